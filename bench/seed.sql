-- The data of the benchmark: one organization, 100 partners with a link, a key and a 5 % deal each, 10,000 leads, and
-- `rows` conversions of the year 2025 with an earning each. Run by psql as the administrator, -v rows=1000000, in a
-- migrated database. Loaded without triggers: the rows are made to fit each other here. The ledger starts empty.
\set ON_ERROR_STOP on
set client_min_messages = warning;
set session_replication_role = replica;
set synchronous_commit = off;
begin;

create schema bench;
create function bench.uuid7(at timestamptz) returns uuid language sql volatile as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7'
    || substr(r, 1, 3) || '8' || substr(r, 4, 15))::uuid
  from (select replace(gen_random_uuid()::text, '-', '')) as x(r)
$$;
-- The next two are single expressions, which the planner puts into the statement: pgbench shall not pay for calls.
-- Of the transaction's time and a number: the same in all statements of one transaction.
create function bench.new(n bigint) returns uuid language sql stable return
  (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid;
-- A stable id from a word and a number.
create function bench.id(what text, n bigint) returns uuid language sql immutable parallel safe return
  overlay(overlay(md5(what || n::text) placing '7' from 13 for 1) placing '8' from 17 for 1)::uuid;
create function bench.organization() returns uuid language sql immutable parallel safe return
  '01900000-0000-7000-8000-000000000001'::uuid;
-- An account's id as the server makes it (src/ledger/ledger.cpp): version 8, from the SHA-256 of its names.
create function bench.digest(code text, partner uuid) returns bytea language sql immutable parallel safe return
  substr(sha256(convert_to(bench.organization()::text || '/' || code || '/' || coalesce(partner::text, '') || '/USD',
    'UTF8')), 1, 16);
create function bench.account(code text, partner uuid) returns uuid language sql immutable parallel safe return
  encode(set_byte(set_byte(bench.digest(code, partner), 6, (get_byte(bench.digest(code, partner), 6) & 15) | 128),
    8, (get_byte(bench.digest(code, partner), 8) & 63) | 128), 'hex')::uuid;
-- The n-th API key, in the form that the server makes them; 0 is the staff's, 1 to 100 are the partners'.
create function bench.key(n bigint) returns text language sql immutable return
  'tdm_live_' || lpad(n::text, 42, '0') || 'A';
grant usage on schema bench to app_read, app_write, app_money, app_service;
grant execute on all functions in schema bench to app_read, app_write, app_money, app_service;

insert into app.organizations (organization_id, slug, name, currency)
values (bench.organization(), 'bench', 'Bench', 'USD');

insert into app.partners (organization_id, id, kind, slug, name, status)
select bench.organization(), bench.id('partner', n), 'affiliate', 'partner-' || n, 'Partner ' || n, 'active'
from generate_series(1, 100) n;

insert into app.links (organization_id, id, partner_id, code, destination)
select bench.organization(), bench.id('link', n), bench.id('partner', n), 'bench' || n, 'https://shop.example/'
from generate_series(1, 100) n;

insert into app.deals (organization_id, id, partner_id, name, state)
select bench.organization(), bench.id('deal', n), bench.id('partner', n), 'Five per cent', 'active'
from generate_series(1, 100) n;
insert into app.deal_versions (organization_id, id, deal_id, partner_id, version, valid_from)
select bench.organization(), bench.id('version', n), bench.id('deal', n), bench.id('partner', n), 1, '2020-01-01Z'
from generate_series(1, 100) n;
insert into app.deal_terms (organization_id, id, deal_version_id, partner_id, position, kind, trigger, method,
  rate_ppm, base, duration, window_days, model, hold_days)
select bench.organization(), bench.id('term', n), bench.id('version', n), bench.id('partner', n), 1, 'commission',
  'sale', 'percentage', 50000, 'gross', 'lifetime', 90, 'last', 30
from generate_series(1, 100) n;

insert into app.contacts (organization_id, id, email, email_normalised)
select bench.organization(), bench.id('contact', n), 'customer' || n || '@seed.example',
  'customer' || n || '@seed.example'
from generate_series(1, 10000) n;
insert into app.leads (organization_id, id, contact_id, partner_id, link_id, external_id, source, occurred_at)
select bench.organization(), bench.id('lead', n), bench.id('contact', n), bench.id('partner', n % 100 + 1),
  bench.id('link', n % 100 + 1), 'cus_' || n, 'api', '2024-12-01Z'
from generate_series(1, 10000) n;
insert into app.lead_attributions (organization_id, lead_id, position, partner_id, link_id, weight)
select bench.organization(), bench.id('lead', n), 1, bench.id('partner', n % 100 + 1), bench.id('link', n % 100 + 1), 1
from generate_series(1, 10000) n;

insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot)
select bench.organization(), bench.uuid7(now()), bench.id('partner', n % 100 + 1), bench.id('link', n % 100 + 1),
  bench.id('visitor', n), 'counted', 'script', now(), 0
from generate_series(1, 10000) n;

-- The accounts of commissions, so that pgbench can name them as the others do from memory.
insert into app.accounts (organization_id, id, code, partner_id, currency, sign, tracked, floor)
select bench.organization(), bench.account('exp.commission', null), 'exp.commission', null, 'USD', 1, false, null
union all
select bench.organization(), bench.account('liab.commission_held', bench.id('partner', n)), 'liab.commission_held',
  bench.id('partner', n), 'USD', -1, true, 0
from generate_series(1, 100) n;

-- Keys. The text of a key is public here: this database serves a benchmark only.
insert into app.api_keys (organization_id, id, partner_id, name, prefix, secret_hash)
select bench.organization(), bench.id('key', n), nullif(bench.id('partner', n), bench.id('partner', 0)), 'bench',
  'tdm_live_0000', sha256(convert_to(bench.key(n), 'UTF8'))
from generate_series(0, 100) n;
insert into app.site_keys (organization_id, id, name, key, allowed_origins)
values (bench.organization(), bench.id('site', 1), 'bench', 'pk_live_' || lpad('1', 24, '0'),
  array['https://shop.example']);
insert into app.code_registry (code, kind, organization_id, target_id)
select 'organization:bench', 'organization', bench.organization(), bench.organization()
union all
select 'link:bench' || n, 'link', bench.organization(), bench.id('link', n) from generate_series(1, 100) n
union all
select 'api_key:' || encode(k.secret_hash, 'hex'), 'api_key', k.organization_id, k.id from app.api_keys k
union all
select 'site_key:' || k.key, 'site_key', k.organization_id, k.id from app.site_keys k;

-- Conversions in order of time, so that ids of version 7 and time agree; each partner's are spread over the year.
create temporary table made as
select bench.uuid7(at) as conversion_id, bench.uuid7(at) as earning_id, n, at, n % 100 + 1 as partner,
  1000 + n::bigint * 7919 % 50000 as amount
from (select n, '2025-01-01Z'::timestamptz + n * (interval '365 days' / :rows) as at
      from generate_series(0, :rows - 1) n) x;
insert into app.conversions (organization_id, id, source, external_id, kind, partner_id, lead_id, link_id, amount,
  currency, exact_amount, occurred_at)
select bench.organization(), m.conversion_id, 'generic', 'seed-' || m.n, 'sale', bench.id('partner', m.partner),
  bench.id('lead', 1 + m.n % 10000), bench.id('link', m.partner), m.amount, 'USD', m.amount / 100.0, m.at
from made m;
insert into app.earnings (organization_id, id, partner_id, kind, state, conversion_id, link_id, term_id,
  deal_version_id, amount, currency, exact_base, rate_ppm, occurred_at, hold_until, explanation)
select bench.organization(), m.earning_id, bench.id('partner', m.partner), 'commission', 'due', m.conversion_id,
  bench.id('link', m.partner), bench.id('term', m.partner), bench.id('version', m.partner), round(m.amount * 0.05),
  'USD', m.amount / 100.0, 50000, m.at, m.at + interval '30 days', '{}'
from made m;
-- pgbench has one role a connection; Tandem and the peer store what arrives by app_service.
grant insert on app.inbound_events to app_money;
commit;
vacuum analyze;
checkpoint;
