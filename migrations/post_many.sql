-- post_many.sql: app.post_many does what app.post does. Run as the
-- administrator in a database with the migrations; uses two organizations of
-- its own. In one, 300 random postings go through app.post one at a time; in
-- the other, the same postings go through app.post_many in batches. The
-- answers, the hashes, the legs and the balances must be the same, whichever
-- of the two replays what the other wrote. Stops at the first difference.

\set ON_ERROR_STOP 1
\set VERBOSITY terse
\pset tuples_only on
\pset format unaligned

\set one '''61000000-0000-4000-8000-000000000001'''
\set two '''61000000-0000-4000-8000-000000000002'''
create schema if not exists app_test;
grant usage on schema app_test to app_money;

-- partners and ids are the same in both organizations: the hash holds them
create or replace function app_test.id(kind text, n int) returns uuid
language plpgsql as $$
begin
  return md5(kind || n)::uuid;
end $$;

-- 300 postings of 1 to 4 legs; some keys stand twice, alike
create table app_test.wanted as
select n, app_test.id('posting', n) as id, 'kind' || n % 3 as kind,
       'key:' || case when n % 17 = 0 then n - 1 else n end as key, legs,
       case when n % 5 = 0 then null
            else app_test.id('partner', (n * 7) % 20 + 1) end as partner
from (select n, (n * 13) % 4 + 1 as legs from generate_series(1, 300) n) x;
update app_test.wanted w set kind = v.kind, legs = v.legs, partner = v.partner
from app_test.wanted v where w.n % 17 = 0 and v.n = w.n - 1;
create table app_test.leg as
select w.n, l.leg,
       case when leg = 1 or w.partner is null then app_test.id('bank', 0)
            else app_test.id('wallet', (key_n * 7) % 20 + 1) end as debit,
       case when leg = 1 and w.partner is not null
            then app_test.id('wallet', (key_n * 7) % 20 + 1)
            else app_test.id('sales', 0) end as credit,
       case when leg = 1 then 100000 + key_n else 10 * leg + key_n end::bigint
         as amount
from (select *, substr(key, 5)::int as key_n from app_test.wanted) w
cross join lateral generate_series(1, w.legs) l(leg);

-- posts number lo to hi one at a time
create or replace function app_test.singly(lo int, hi int)
returns table (n int, posting_id uuid, replayed boolean)
language plpgsql as $$
declare
  w app_test.wanted;
begin
  for w in select x.* from app_test.wanted x
           where x.n between lo and hi order by x.n loop
    n := w.n;
    select r.posting_id, r.replayed into posting_id, replayed
    from app.post(w.id, w.kind, w.key, w.partner,
      array(select l.debit from app_test.leg l where l.n = w.n order by l.leg),
      array(select l.credit from app_test.leg l where l.n = w.n order by l.leg),
      array(select l.amount from app_test.leg l where l.n = w.n order by l.leg)
    ) r;
    return next;
  end loop;
end $$;
create or replace function app_test.together(lo int, hi int)
returns table (n int, posting_id uuid, replayed boolean)
language plpgsql as $$
declare
  w record;
  l record;
begin
  select array_agg(x.id order by x.n) as ids,
         array_agg(x.kind order by x.n) as kinds,
         array_agg(x.key order by x.n) as keys,
         array_agg(x.partner order by x.n) as partners
  into w from app_test.wanted x where x.n between lo and hi;
  select array_agg(x.n - lo + 1 order by x.leg, x.n) as postings,
         array_agg(x.debit order by x.leg, x.n) as debits,
         array_agg(x.credit order by x.leg, x.n) as credits,
         array_agg(x.amount order by x.leg, x.n) as amounts
  into l from app_test.leg x where x.n between lo and hi;
  return query
    select r.ordinal + lo - 1, r.posting_id, r.replayed
    from app.post_many(w.ids, w.kinds, w.keys, w.partners,
      array_fill(null::uuid, array[cardinality(w.ids)]),
      l.postings, l.debits, l.credits, l.amounts) r;
end $$;
create or replace function app_test.same(what text, a text, b text)
returns text language plpgsql as $$
begin
  if a is distinct from b then
    raise exception '%: % and %', what, left(a, 300), left(b, 300);
  end if;
  return 'ok ' || what;
end $$;
-- the SQLSTATE of a batch of two given as an expression
create or replace function app_test.state(what text, want text, call text)
returns text language plpgsql as $$
declare
  got text := '00000';
begin
  begin
    execute call;
  exception when others then
    got := sqlstate;
  end;
  return app_test.same(what, got, want);
end $$;
grant execute on all functions in schema app_test to app_money;
grant select on all tables in schema app_test to app_money;

begin;
insert into app.organizations(organization_id, slug, name)
values (:one, 'post-one', 'One'), (:two, 'post-two', 'Two');
insert into app.partners(organization_id, id, kind, slug, name, status)
select o, app_test.id('partner', g), 'reseller', 'p-' || g, 'P', 'active'
from unnest(array[:one, :two]::uuid[]) o, generate_series(1, 20) g;
commit;

select current_user as admin \gset
\c - app_money
set statement_timeout = '60s';
-- accounts: singly in the first, together in the second organization
begin;
set local app.organization_id = :one;
set local app.actor_kind = 'staff';
select count(app.open_account(app_test.id('wallet', g), 'liab.wallet',
  app_test.id('partner', g), 'USD')) from generate_series(1, 20) g \g /dev/null
select app.open_account(app_test.id('bank', 0), 'asset.bank', null, 'USD'),
  app.open_account(app_test.id('sales', 0), 'rev.sales', null, 'USD')
  \g /dev/null
select string_agg(r, ' ' order by n) as one_answers
from (select n, concat(n, posting_id, replayed) as r
      from app_test.singly(1, 250)) x \gset
commit;
begin;
set local app.organization_id = :two;
set local app.actor_kind = 'staff';
-- every account asked for twice in one batch
select app_test.same('accounts opened together',
  string_agg(concat(ordinal, id), ' ' order by ordinal),
  (select string_agg(concat(n, case
     when (n - 1) % 22 < 20 then app_test.id('wallet', (n - 1) % 22 + 1)
     when (n - 1) % 22 = 20 then app_test.id('bank', 0)
     else app_test.id('sales', 0) end), ' ' order by n)
   from generate_series(1, 44) n))
from app.open_accounts(
  array(select case when n < 20 then app_test.id('wallet', n + 1)
                    when n = 20 then app_test.id('bank', 0)
                    else app_test.id('sales', 0) end
        from generate_series(1, 2) t, generate_series(0, 21) n
        order by t, n),
  array(select case when n < 20 then 'liab.wallet' when n = 20
                    then 'asset.bank' else 'rev.sales' end
        from generate_series(1, 2) t, generate_series(0, 21) n
        order by t, n),
  array(select case when n < 20 then app_test.id('partner', n + 1) end
        from generate_series(1, 2) t, generate_series(0, 21) n
        order by t, n),
  array_fill('USD'::text, array[44]));
select string_agg(r, ' ' order by n) as two_answers
from (select n, concat(n, posting_id, replayed) as r
      from app_test.together(1, 100)
      union all
      select n, concat(n, posting_id, replayed)
      from app_test.together(101, 101)
      union all
      select n, concat(n, posting_id, replayed)
      from app_test.together(102, 250)) x \gset
commit;
select app_test.same('answers', :'one_answers', :'two_answers');

-- each replays what the other way wrote, and writes the rest
begin;
set local app.organization_id = :one;
set local app.actor_kind = 'staff';
select string_agg(concat(n, posting_id, replayed), ' ' order by n)
  as one_answers from app_test.together(1, 300) \gset
commit;
begin;
set local app.organization_id = :two;
set local app.actor_kind = 'staff';
select string_agg(concat(n, posting_id, replayed), ' ' order by n)
  as two_answers from app_test.singly(1, 300) \gset
commit;
select app_test.same('answers of replays', :'one_answers', :'two_answers');

-- SQLSTATEs; what is written is undone
begin;
set local app.organization_id = :two;
set local app.actor_kind = 'staff';
select app_test.state('batch: ' || what, want, format(
  'select app.post_many(array[%L, %L]::uuid[], array[''k'', %L], %L, '
  'array[null, null]::uuid[], array[null, %L]::uuid[], %L, %L, %L, %L)',
  app_test.id('new', 1), app_test.id('new', 2), kind, keys, reverses,
  postings, debits, credits, amounts))
from (select app_test.id('bank', 0) as b, app_test.id('sales', 0) as s,
             app_test.id('wallet', 1) as w, app_test.id('none', 1) as x) a,
lateral (values
  ('one key, two contents', 'P0422', 'kk', '{a,a}', null::uuid, '{1,2}',
   array[b, b], array[s, s], '{1,1}'),
  ('a known key, other content', 'P0422', 'k', '{a,key:1}', null, '{1,2}',
   array[b, b], array[s, s], '{1,1}'),
  ('a posting without legs', 'P0400', 'k', '{a,b}', null, '{1,1}',
   array[b, b], array[s, s], '{1,1}'),
  ('a leg without a posting', 'P0400', 'k', '{a,b}', null, '{1,2,3}',
   array[b, b, b], array[s, s, s], '{1,1,1}'),
  ('a leg of no posting', 'P0400', 'k', '{a,b}', null, '{1,NULL}',
   array[b, b], array[s, s], '{1,1}'),
  ('legs of different length', 'P0400', 'k', '{a,b}', null, '{1,2}',
   array[b, b], array[s], '{1,1}'),
  ('one key too few', 'P0400', 'k', '{a}', null, '{1,2}',
   array[b, b], array[s, s], '{1,1}'),
  ('an unknown account', 'P0404', 'k', '{a,b}', null, '{1,2}',
   array[b, x], array[s, s], '{1,1}'),
  ('below the floor', '23514', 'k', '{a,b}', null, '{1,2}',
   array[b, w], array[s, s], '{1,900000000}'),
  ('amount zero', '23514', 'k', '{a,b}', null, '{1,2}',
   array[b, b], array[s, s], '{1,0}'),
  ('amount null', '23502', 'k', '{a,b}', null, '{1,2}',
   array[b, b], array[s, s], '{1,NULL}'),
  ('key null', '23502', 'k', '{a,NULL}', null, '{1,2}',
   array[b, b], array[s, s], '{1,1}'),
  ('reverses nothing', '23503', 'k', '{a,b}', x, '{1,2}',
   array[b, b], array[s, s], '{1,1}'),
  ('reverses the first of the batch', '00000', 'k', '{a,b}',
   app_test.id('new', 1), '{1,2}', array[b, s], array[s, b], '{1,1}'),
  ('reverses it again', '23505', 'k', '{c,d}', app_test.id('new', 1),
   '{1,2}', array[b, s], array[s, b], '{1,1}')
) v(what, want, kind, keys, reverses, postings, debits, credits, amounts);
rollback;

-- the books of both organizations
\c - :admin
set app.organization_id = :one;
select app_test.same('postings and hashes',
  (select md5(string_agg(concat(id, kind, idem_key, req_hash, n_legs,
     partner_id), ' ' order by id)) from app.postings
   where organization_id = :one),
  (select md5(string_agg(concat(id, kind, idem_key, req_hash, n_legs,
     partner_id), ' ' order by id)) from app.postings
   where organization_id = :two));
select app_test.same('legs',
  (select md5(string_agg(concat(posting_id, leg, partner_id, currency,
     debit_id, credit_id, amount), ' ' order by posting_id, leg))
   from app.transfers where organization_id = :one),
  (select md5(string_agg(concat(posting_id, leg, partner_id, currency,
     debit_id, credit_id, amount), ' ' order by posting_id, leg))
   from app.transfers where organization_id = :two));
select app_test.same('balances',
  (select string_agg(concat(id, ' ', balance), ' ' order by id)
   from app.accounts where organization_id = :one),
  (select string_agg(concat(id, ' ', balance), ' ' order by id)
   from app.accounts where organization_id = :two));
select app_test.same('reconcile', count(*)::text, '0') from app.reconcile();
set app.organization_id = :two;
select app_test.same('reconcile', count(*)::text, '0') from app.reconcile();
select case when count(*) > 280 then 'ok ' else 'not ok ' end || count(*)
  || ' postings' from app.postings where organization_id = :two;
drop schema app_test cascade;
