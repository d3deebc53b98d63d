-- 0003_ledger.sql: one double-entry ledger for money and units.
-- One text for PostgreSQL 15 and Citus 12.1, after 0002_kernel.sql.
--
-- A transfer is one debit and one credit of one amount in one currency, so
-- a posting balances by construction. Only app_money writes here, and
-- only through app.post and app.post_many.

-- ------------------------------------------------------------------ chart
-- sign +1: debit-normal (assets, expenses); -1: credit-normal.
-- tracked: the account carries its balance and may not go below zero; these
-- are the partners' accounts. Platform accounts are untracked: one hot
-- tracked row costs a factor 2.8, so their balance is a sum.
create table app.account_chart (
  code        text not null,
  sign        smallint not null,
  per_partner boolean not null,
  tracked     boolean not null,
  unit        boolean not null,
  constraint account_chart_pk primary key (code),
  constraint account_chart_sign check (sign in (1, -1)),
  constraint account_chart_tracked check (tracked = per_partner)
);
select app.scale_replicate('app.account_chart');
insert into app.account_chart(code, sign, per_partner, tracked, unit) values
  ('asset.bank',                 1, false, false, false),
  ('asset.psp_receivable',       1, false, false, false),
  ('asset.partner_receivable',   1, true,  true,  false),
  ('asset.clawback_receivable',  1, true,  true,  false),
  ('liab.commission_held',      -1, true,  true,  false),
  ('liab.commission_payable',   -1, true,  true,  false),
  ('liab.payout_in_transit',    -1, true,  true,  false),
  ('liab.wallet',               -1, true,  true,  false),
  ('liab.prepaid_quota',        -1, true,  true,  false),
  ('liab.customer_refund_due',  -1, false, false, false),
  ('liab.tax',                  -1, false, false, false),
  ('rev.sales',                 -1, false, false, false),
  ('rev.assessment',            -1, false, false, false),
  ('rev.breakage',              -1, false, false, false),
  ('contra.partner_discount',    1, false, false, false),
  ('contra.refunds',             1, false, false, false),
  ('exp.commission',             1, false, false, false),
  ('exp.psp_fee',                1, false, false, false),
  ('exp.dispute_fee',            1, false, false, false),
  ('exp.bad_debt',               1, false, false, false),
  ('fx.clearing',                1, false, false, false),
  ('fx.gain_loss',               1, false, false, false),
  ('unit.quota_issued',          1, false, false, true),
  ('unit.quota_available',      -1, true,  true,  true),
  ('unit.quota_reserved',       -1, true,  true,  true),
  ('unit.quota_used',           -1, true,  true,  true),
  ('unit.credit_used',           1, true,  true,  true),
  ('unit.credit_issued',        -1, false, false, true);

-- --------------------------------------------------------------- accounts
-- currency: ISO code, or a unit: QTA (quota), CRD (credit).
create table app.accounts (
  organization_id uuid not null,
  id         uuid not null,
  code       text not null,
  partner_id uuid,
  currency   text not null,
  sign       smallint not null,
  tracked    boolean not null,
  floor      bigint,
  balance    bigint not null default 0,
  created_at timestamptz not null default now(),
  constraint accounts_pk primary key (organization_id, id),
  constraint accounts_one unique nulls not distinct
    (organization_id, code, partner_id, currency),
  constraint accounts_currency_key unique (organization_id, id, currency),
  constraint accounts_sign check (sign in (1, -1)),
  constraint accounts_currency check (currency ~ '^[A-Z]{3}$'),
  constraint accounts_tracked check (tracked = (partner_id is not null)),
  constraint accounts_untracked check
    (tracked or (floor is null and balance = 0)),
  constraint accounts_floor check (floor is null or balance >= floor)
);
select app.scale_distribute('app.accounts');

-- --------------------------------------------------------------- postings
create table app.postings (
  organization_id uuid not null,
  id         uuid not null,
  partner_id uuid,
  kind       text not null,
  idem_key   text not null,
  req_hash   bytea not null,
  reverses   uuid,
  n_legs     smallint not null,
  at         timestamptz not null default now(),
  constraint postings_pk primary key (organization_id, id),
  constraint postings_once unique (organization_id, idem_key),
  constraint postings_reversed_once unique (organization_id, reverses),
  constraint postings_key check (length(idem_key) between 1 and 255),
  constraint postings_legs check (n_legs between 1 and 1000)
);
select app.scale_distribute('app.postings');

create table app.transfers (
  organization_id uuid not null,
  posting_id  uuid not null,
  leg        smallint not null,
  partner_id uuid,
  currency   text not null,
  debit_id   uuid not null,
  credit_id  uuid not null,
  amount     bigint not null,
  constraint transfers_pk
    primary key (organization_id, posting_id, leg),
  constraint transfers_amount check (amount between 1 and 1000000000000),
  constraint transfers_two_accounts check (debit_id <> credit_id)
);
select app.scale_distribute('app.transfers');

alter table app.accounts add constraint accounts_code_fk
  foreign key (code) references app.account_chart;
alter table app.accounts add constraint accounts_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.postings add constraint postings_reverses_fk
  foreign key (organization_id, reverses) references app.postings;
alter table app.transfers add constraint transfers_posting_fk
  foreign key (organization_id, posting_id)
  references app.postings;
-- with the currency, so that a leg cannot mix two
alter table app.transfers add constraint transfers_debit_fk
  foreign key (organization_id, debit_id, currency)
  references app.accounts (organization_id, id, currency);
alter table app.transfers add constraint transfers_credit_fk
  foreign key (organization_id, credit_id, currency)
  references app.accounts (organization_id, id, currency);
create index transfers_debit on app.transfers (organization_id, debit_id);
create index transfers_credit on app.transfers (organization_id, credit_id);

-- --------------------------------------------------------- walls and rights
call app.wall('app.accounts', 'partner_id');
call app.wall('app.postings', 'partner_id');
call app.wall('app.transfers', 'partner_id');
-- A partner's own posting names the organization's accounts on the other
-- side. They carry no balance; the transfers behind them stay walled.
call app.add_policy('app.accounts', 'platform_accounts', 'select',
  'app_money', 'partner_id is null and {actor_kind} = ''partner''');

call app.freeze('app.postings');
call app.freeze('app.transfers');

grant select on app.account_chart, app.accounts, app.postings,
  app.transfers to app_read, app_write, app_money, app_service;
grant insert on app.accounts, app.postings, app.transfers to app_money;
call app.allow_update('app.accounts', 'app_money', array['balance']);

-- -------------------------------------------------------------- open, lock
-- The account of a code, made on first use. p_id is the server's UUIDv7.
create function app.open_account(
  p_id uuid, p_code text, p_partner uuid, p_currency text) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
  v_id uuid;
  c record;
begin
  select a.id into v_id from app.accounts a
  where a.organization_id = v_org and a.code = p_code
    and a.currency = p_currency
    and a.partner_id is not distinct from p_partner;
  if found then
    return v_id;
  end if;
  select ch.sign, ch.tracked into c
  from app.account_chart ch where ch.code = p_code;
  if not found or c.tracked <> (p_partner is not null) then
    raise exception 'no such account' using errcode = 'P0404';
  end if;
  insert into app.accounts
    (organization_id, id, code, partner_id, currency, sign, tracked, floor)
  values (v_org, p_id, p_code, p_partner, p_currency, c.sign, c.tracked,
          case when c.tracked then 0 end)
  on conflict do nothing;
  select a.id into v_id from app.accounts a
  where a.organization_id = v_org and a.code = p_code
    and a.currency = p_currency
    and a.partner_id is not distinct from p_partner;
  return v_id;
end $$;

-- A route that reads balances before it posts (payout, refund) first locks
-- every tracked account it will touch: one lock order, no deadlock.
create function app.lock_accounts(p_ids uuid[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
begin
  perform 1 from app.accounts a
  where a.organization_id = v_org and a.tracked and a.id = any (p_ids)
  order by a.id for no key update;
end $$;

-- ------------------------------------------------------------------- post
-- SECURITY INVOKER: runs as app_money, under the caller's walls.
--   same key, same content : replayed = true, nothing is written
--   same key, other content: P0422
--   an account that is missing, invisible or in another currency: P0404
--   a balance below its floor: 23514 accounts_floor
-- Every UPDATE, DELETE and second reversal is refused by the tables.
create function app.post(
  p_id uuid, p_kind text, p_key text, p_partner uuid,
  p_debit uuid[], p_credit uuid[], p_amount bigint[],
  p_reverses uuid default null,
  out posting_id uuid, out replayed boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
  v_legs int := cardinality(p_amount);
  v_hash bytea := sha256(convert_to(jsonb_build_array(
    p_kind, p_partner, p_debit, p_credit, p_amount, p_reverses)::text,
    'UTF8'));
  v_minus bigint[] := array(
    select -a.v from unnest(p_amount) with ordinality a(v, n) order by a.n);
  v_ids uuid[];
  v_nets bigint[];
  v_old bytea;
  v_locked int;
  n int;
begin
  if v_org is null then
    raise exception 'no organization' using errcode = 'P0401';
  end if;
  if v_legs is null or v_legs = 0 or cardinality(p_debit) <> v_legs
     or cardinality(p_credit) <> v_legs then
    raise exception 'legs' using errcode = 'P0400';
  end if;

  -- the claim: a second call with this key waits here for the first
  insert into app.postings as t
    (organization_id, id, partner_id, kind, idem_key, req_hash, reverses,
     n_legs)
  values (v_org, p_id, p_partner, p_kind, p_key, v_hash, p_reverses, v_legs)
  on conflict (organization_id, idem_key) do nothing
  returning t.id into posting_id;
  if posting_id is null then
    select t.id, t.req_hash into posting_id, v_old
    from app.postings t
    where t.organization_id = v_org and t.idem_key = p_key;
    if v_old is distinct from v_hash then
      raise exception 'key reused' using errcode = 'P0422';
    end if;
    replayed := true;
    return;
  end if;

  -- one lock order everywhere
  perform 1 from app.accounts a
  where a.organization_id = v_org and a.tracked
    and a.id = any (p_debit || p_credit)
  order by a.id for no key update;
  get diagnostics v_locked = row_count;

  -- Inner joins: an account the caller cannot see gives no leg. ON CONFLICT
  -- cannot happen; without it Citus copies, which walls forbid.
  insert into app.transfers
    (organization_id, posting_id, leg, partner_id, currency, debit_id,
     credit_id, amount)
  select d.organization_id, posting_id, u.leg, p_partner, d.currency,
         d.id, c.id, u.amount
  from unnest(p_debit, p_credit, p_amount) with ordinality
         as u(debit, credit, amount, leg)
  join app.accounts d on d.organization_id = v_org and d.id = u.debit
  join app.accounts c on c.organization_id = d.organization_id
                     and c.id = u.credit and c.currency = d.currency
  on conflict do nothing;
  get diagnostics n = row_count;
  if n <> v_legs then
    raise exception 'no such account' using errcode = 'P0404';
  end if;

  if v_locked > 0 then
    -- Net per account first, then an UPDATE of one table: with FROM in it,
    -- Citus splits the query as soon as the cached plan is generic (after
    -- five executions).
    select array_agg(x.id), array_agg(x.net) into v_ids, v_nets
    from (select s.id, sum(s.v)::bigint as net
          from unnest(p_debit || p_credit, p_amount || v_minus) as s(id, v)
          group by s.id) x;
    update app.accounts a
    set balance = a.balance + a.sign * v_nets[array_position(v_ids, a.id)]
    where a.organization_id = v_org and a.id = any (v_ids) and a.tracked;
    get diagnostics n = row_count;
    if n <> v_locked then
      raise exception 'balances' using errcode = 'P0500';
    end if;
  end if;
  replayed := false;
end $$;

-- -------------------------------------------------------------- reconcile
-- Invariant I1 for the current organization: no row is the only good
-- answer. The reconcile command runs it once per organization.
create function app.reconcile()
returns table (problem text, subject text, detail text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
begin
  return query
    with s as (
      select x.id, sum(x.v) as net
      from (select t.debit_id as id, t.amount as v from app.transfers t
            where t.organization_id = v_org
            union all
            select t.credit_id, -t.amount from app.transfers t
            where t.organization_id = v_org) x
      group by x.id
    )
    select 'balance'::text, a.id::text,
           format('%s stored, %s by legs', a.balance,
                  a.sign * coalesce(s.net, 0))
    from (select * from app.accounts q
          where q.organization_id = v_org and q.tracked) a
    left join s on s.id = a.id
    where a.balance <> a.sign * coalesce(s.net, 0);
  return query
    select 'legs'::text, t.id::text,
           format('%s wanted, %s found', t.n_legs, coalesce(l.n, 0))
    from (select q.id, q.n_legs from app.postings q
          where q.organization_id = v_org) t
    left join (select r.posting_id, count(*) as n from app.transfers r
               where r.organization_id = v_org
               group by r.posting_id) l on l.posting_id = t.id
    where coalesce(l.n, 0) <> t.n_legs;
  return query
    select 'currency'::text, x.currency, sum(x.v)::text
    from (select d.currency, t.amount as v from app.transfers t
          join app.accounts d on d.organization_id = t.organization_id
                             and d.id = t.debit_id
          where t.organization_id = v_org
          union all
          select c.currency, -t.amount from app.transfers t
          join app.accounts c on c.organization_id = t.organization_id
                             and c.id = t.credit_id
          where t.organization_id = v_org) x
    group by x.currency having sum(x.v) <> 0;
end $$;

grant execute on function app.open_account(uuid, text, uuid, text),
  app.lock_accounts(uuid[]),
  app.post(uuid, text, text, uuid, uuid[], uuid[], bigint[], uuid)
  to app_money;
grant execute on function app.reconcile() to app_read, app_money;

-- A balance of any account, tracked or not, from its legs. Joins, not
-- subqueries in the select list: those split the query over all shards.
create view app.account_totals with (security_invoker = true) as
select a.organization_id, a.id, a.code, a.partner_id, a.currency,
       a.sign * (coalesce(d.v, 0) - coalesce(c.v, 0)) as total
from app.accounts a
left join (select t.organization_id, t.debit_id, sum(t.amount) as v
           from app.transfers t
           group by t.organization_id, t.debit_id) d
  on d.organization_id = a.organization_id and d.debit_id = a.id
left join (select t.organization_id, t.credit_id, sum(t.amount) as v
           from app.transfers t
           group by t.organization_id, t.credit_id) c
  on c.organization_id = a.organization_id and c.credit_id = a.id;
grant select on app.account_totals to app_read, app_write, app_money;
