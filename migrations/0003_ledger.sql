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
-- A null partner is compared apart: "is not distinct from" finds no index,
-- and a code may have as many accounts as there are partners.
create function app.find_account(
  p_code text, p_partner uuid, p_currency text) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
  v_id uuid;
begin
  if p_partner is null then
    select a.id into v_id from app.accounts a
    where a.organization_id = v_org and a.code = p_code
      and a.partner_id is null and a.currency = p_currency;
  else
    select a.id into v_id from app.accounts a
    where a.organization_id = v_org and a.code = p_code
      and a.partner_id = p_partner and a.currency = p_currency;
  end if;
  return v_id;
end $$;

create function app.open_account(
  p_id uuid, p_code text, p_partner uuid, p_currency text) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
  v_id uuid := app.find_account(p_code, p_partner, p_currency);
  c record;
begin
  if v_id is not null then
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
  on conflict (organization_id, code, partner_id, currency) do nothing
  returning accounts.id into v_id;
  -- no row: another transaction made it meanwhile
  return coalesce(v_id, app.find_account(p_code, p_partner, p_currency));
end $$;

-- The same for many: one row for each element, in any order. p_ids are used
-- for the accounts that have to be made.
create function app.open_accounts(
  p_ids uuid[], p_codes text[], p_partners uuid[], p_currencies text[])
returns table (ordinal int, id uuid)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
  v_count int := cardinality(p_ids);
  v_ordinals int[];
  v_found uuid[];
begin
  if v_org is null then
    raise exception 'no organization' using errcode = 'P0401';
  end if;
  if v_count is null or v_count > 5000 or cardinality(p_codes) <> v_count
     or cardinality(p_partners) <> v_count
     or cardinality(p_currencies) <> v_count then
    raise exception 'accounts' using errcode = 'P0400';
  end if;
  for attempt in 1 .. 2 loop
    select array_agg(f.n), array_agg(f.id) into v_ordinals, v_found
    from (
      select u.n, a.id
      from unnest(p_codes, p_partners, p_currencies) with ordinality
             as u(code, partner, currency, n)
      join app.accounts a on a.organization_id = v_org and a.code = u.code
                         and a.partner_id = u.partner
                         and a.currency = u.currency
      union all
      select u.n, a.id
      from unnest(p_codes, p_partners, p_currencies) with ordinality
             as u(code, partner, currency, n)
      join app.accounts a on a.organization_id = v_org and a.code = u.code
                         and a.currency = u.currency
      where a.partner_id is null and u.partner is null) f;
    exit when coalesce(cardinality(v_found), 0) = v_count;
    if attempt = 2 then
      raise exception 'accounts' using errcode = 'P0500';
    end if;
    perform 1
    from unnest(p_codes, p_partners, p_currencies) as u(code, partner, cur)
    left join app.account_chart ch on ch.code = u.code
    where u.cur is null
       or ch.tracked is distinct from (u.partner is not null);
    if found then
      raise exception 'no such account' using errcode = 'P0404';
    end if;
    -- ordered, so that two batches wait for each other in one direction
    insert into app.accounts
      (organization_id, id, code, partner_id, currency, sign, tracked, floor)
    select v_org, w.id, w.code, w.partner, w.currency, w.sign, w.tracked,
           case when w.tracked then 0 end
    from (select distinct on (u.code, u.partner, u.currency)
                 u.id, u.code, u.partner, u.currency, ch.sign, ch.tracked
          from unnest(p_ids, p_codes, p_partners, p_currencies)
                 as u(id, code, partner, currency)
          join app.account_chart ch on ch.code = u.code
          order by u.code, u.partner, u.currency, u.id) w
    where not exists (
      select 1 from app.accounts a
      where a.organization_id = v_org and a.code = w.code
        and a.partner_id = w.partner and a.currency = w.currency)
    order by w.code, w.partner, w.currency
    on conflict (organization_id, code, partner_id, currency) do nothing;
  end loop;
  return query
    select u.n, u.found
    from unnest(v_ordinals, v_found) u(n, found);
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

-- ------------------------------------------------------------- post, many
-- What app.post does, for up to 5,000 postings in one set of statements.
-- Posting n is element n of the first five arrays; leg_posting names the
-- posting (1 ..) of each leg, whose legs are numbered as they come. Returns
-- one row for each posting. All or nothing, with the SQLSTATEs of app.post:
--   a key that is known, or stands twice, same content : replayed = true
--   the same with other content                        : P0422
-- The floors are checked once, against what the whole batch leaves.
create function app.post_many(
  p_ids uuid[], p_kinds text[], p_keys text[], p_partners uuid[],
  p_reverses uuid[], p_leg_posting int[], p_leg_debit uuid[],
  p_leg_credit uuid[], p_leg_amount bigint[])
returns table (ordinal int, posting_id uuid, replayed boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
  v_count int := cardinality(p_ids);
  v_legs int := cardinality(p_leg_posting);
  v_hash bytea[];      -- of posting n
  v_n_legs int[];
  v_first int[];       -- the posting of the batch that has n's key first
  v_new boolean[];     -- posting n is written by this call
  v_posting uuid[];    -- the id that answers for n
  v_leg_no int[];      -- number of leg m within its posting
  v_net_ids uuid[];
  v_nets bigint[];
  v_locked int;
  n int;
begin
  if v_org is null then
    raise exception 'no organization' using errcode = 'P0401';
  end if;
  if v_count is null or v_count not between 1 and 5000
     or cardinality(p_kinds) <> v_count or cardinality(p_keys) <> v_count
     or cardinality(p_partners) <> v_count
     or cardinality(p_reverses) <> v_count
     or v_legs is null or cardinality(p_leg_debit) <> v_legs
     or cardinality(p_leg_credit) <> v_legs
     or cardinality(p_leg_amount) <> v_legs then
    raise exception 'legs' using errcode = 'P0400';
  end if;
  if v_count = 1 then
    if exists (select 1 from unnest(p_leg_posting) l(p)
               where l.p is distinct from 1) then
      raise exception 'legs' using errcode = 'P0400';
    end if;
    return query
      select 1, r.posting_id, r.replayed
      from app.post(p_ids[1], p_kinds[1], p_keys[1], p_partners[1],
                    p_leg_debit, p_leg_credit, p_leg_amount,
                    p_reverses[1]) r;
    return;
  end if;

  select array_agg(h.hash order by h.n), array_agg(h.legs order by h.n),
         array_agg(h.first order by h.n)
  into v_hash, v_n_legs, v_first
  from (
    select u.n, l.legs::int as legs,
           (min(u.n) over (partition by u.key))::int as first,
           sha256(convert_to(jsonb_build_array(u.kind, u.partner,
             l.debit, l.credit, l.amount, u.reverses)::text, 'UTF8')) as hash
    from unnest(p_kinds, p_keys, p_partners, p_reverses) with ordinality
           as u(kind, key, partner, reverses, n)
    join (select m.posting, count(*) as legs,
                 array_agg(m.debit order by m.n) as debit,
                 array_agg(m.credit order by m.n) as credit,
                 array_agg(m.amount order by m.n) as amount
          from unnest(p_leg_posting, p_leg_debit, p_leg_credit, p_leg_amount)
                 with ordinality as m(posting, debit, credit, amount, n)
          group by m.posting) l on l.posting = u.n) h;
  -- a posting without legs, or a leg without a posting
  if cardinality(v_hash) is distinct from v_count
     or (select sum(x) from unnest(v_n_legs) x) <> v_legs then
    raise exception 'legs' using errcode = 'P0400';
  end if;
  perform 1
  from unnest(v_hash, v_first) u(hash, first)
  join unnest(v_hash) with ordinality f(hash, n) on f.n = u.first
  where u.hash <> f.hash;
  if found then
    raise exception 'key reused' using errcode = 'P0422';
  end if;

  -- The claims, in one order: two batches with common keys wait for each
  -- other in one direction.
  insert into app.postings
    (organization_id, id, partner_id, kind, idem_key, req_hash, reverses,
     n_legs)
  select v_org, u.id, u.partner, u.kind, u.key, u.hash, u.reverses, u.legs
  from unnest(p_ids, p_partners, p_kinds, p_keys, v_hash, p_reverses,
              v_n_legs, v_first) with ordinality
         as u(id, partner, kind, key, hash, reverses, legs, first, n)
  where u.first = u.n
  order by u.key collate "C"
  on conflict (organization_id, idem_key) do nothing;
  get diagnostics n = row_count;

  if n = v_count then
    v_posting := p_ids;
    v_new := array_fill(true, array[v_count]);
  else
    -- A posting of an earlier transaction, or of an earlier call in this
    -- one, has its legs; one that was claimed just now has none yet.
    select array_agg(k.id order by k.n), array_agg(k.is_new order by k.n)
    into v_posting, v_new
    from (
      select u.n, t.id, l.posting_id is null and u.first = u.n as is_new
      from unnest(p_keys, v_hash, v_first) with ordinality
             as u(key, hash, first, n)
      join app.postings t on t.organization_id = v_org and t.idem_key = u.key
                         and t.req_hash = u.hash
      left join app.transfers l on l.organization_id = v_org
                               and l.posting_id = t.id and l.leg = 1) k;
    if cardinality(v_posting) is distinct from v_count then
      raise exception 'key reused' using errcode = 'P0422';
    end if;
  end if;

  -- one lock order everywhere
  perform 1 from app.accounts a
  where a.organization_id = v_org and a.tracked
    and a.id in (select x.id
                 from unnest(p_leg_posting, p_leg_debit, p_leg_credit)
                        as m(posting, debit, credit)
                 cross join lateral (values (m.debit), (m.credit)) x(id)
                 where v_new[m.posting])
  order by a.id for no key update of a;
  get diagnostics v_locked = row_count;

  select array_agg(x.leg order by x.n) into v_leg_no
  from (select m.n,
               (row_number() over (partition by m.posting order by m.n))::int
                 as leg
        from unnest(p_leg_posting) with ordinality as m(posting, n)) x;
  insert into app.transfers
    (organization_id, posting_id, leg, partner_id, currency, debit_id,
     credit_id, amount)
  select d.organization_id, v_posting[m.posting], m.leg,
         p_partners[m.posting], d.currency, d.id, c.id, m.amount
  from unnest(p_leg_posting, v_leg_no, p_leg_debit, p_leg_credit,
              p_leg_amount) as m(posting, leg, debit, credit, amount)
  join app.accounts d on d.organization_id = v_org and d.id = m.debit
  join app.accounts c on c.organization_id = d.organization_id
                     and c.id = m.credit and c.currency = d.currency
  where v_new[m.posting]
  on conflict do nothing;
  get diagnostics n = row_count;
  if n <> (select coalesce(sum(u.legs), 0)
           from unnest(v_n_legs, v_new) u(legs, is_new) where u.is_new) then
    raise exception 'no such account' using errcode = 'P0404';
  end if;

  if v_locked > 0 then
    select array_agg(x.id), array_agg(x.net) into v_net_ids, v_nets
    from (select s.id, sum(s.v)::bigint as net
          from unnest(p_leg_posting, p_leg_debit, p_leg_credit, p_leg_amount)
                 as m(posting, debit, credit, amount)
          cross join lateral (values (m.debit, m.amount),
                                     (m.credit, - m.amount)) s(id, v)
          where v_new[m.posting]
          group by s.id) x;
    update app.accounts a set balance = a.balance + a.sign * u.net
    from unnest(v_net_ids, v_nets) u(id, net)
    where a.organization_id = v_org and a.id = u.id and a.tracked;
    get diagnostics n = row_count;
    if n <> v_locked then
      raise exception 'balances' using errcode = 'P0500';
    end if;
  end if;
  return query
    select u.n::int, u.id, not u.is_new
    from unnest(v_posting, v_new) with ordinality as u(id, is_new, n);
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

grant execute on function app.find_account(text, uuid, text),
  app.open_account(uuid, text, uuid, text),
  app.open_accounts(uuid[], text[], uuid[], text[]),
  app.lock_accounts(uuid[]),
  app.post(uuid, text, text, uuid, uuid[], uuid[], bigint[], uuid),
  app.post_many(uuid[], text[], text[], uuid[], uuid[], int[], uuid[],
                uuid[], bigint[])
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
