#!/bin/bash
# race.sh DATABASE [CLIENTS]: many clients against the kernel, one line for
# each race; exits 1 if anything is not exact, a deadlock was found or a
# statement failed. The database must be loaded (load_sql.sh); each race has
# an organization of its own, so the database is not clean afterwards. Needs
# pgbench, which comes with the server. PGHOST, PGPORT, PGUSER as for psql.
set -u
db=$1; clients=${2:-16}
bin=${TANDEM_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
admin=${PGUSER:-$(id -un)}
out=$(mktemp -d) && trap 'rm -rf "$out"' EXIT
# the clients wait for each other on purpose, and the machine may be busy
export PGOPTIONS="-c client_min_messages=warning -c lock_timeout=100s"
PGOPTIONS+=" -c statement_timeout=100s"
PGOPTIONS+=" -c idle_in_transaction_session_timeout=100s"
sql() { psql -X -q -At -v ON_ERROR_STOP=1 -U "$admin" -d "$db" "$@"; }
org() { printf '62000000-0000-4000-8000-%012d' "$1"; }

sql -o /dev/null <<'SQL' || exit 1
drop schema if exists app_test cascade;
create schema app_test;
grant usage on schema app_test to app_money, app_write;
create function app_test.partner(n int) returns uuid language plpgsql as $$
begin return md5('partner' || n)::uuid; end $$;
create function app_test.account(code text, n int, cur text default 'USD')
returns uuid language plpgsql as $$
begin
  return app.open_account(gen_random_uuid(), code,
    case when n > 0 then app_test.partner(n) end, cur);
end $$;
create function app_test.post(kind text, key text, d uuid, c uuid, v bigint)
returns boolean language plpgsql as $$
begin
  return (select r.replayed from app.post(gen_random_uuid(), kind, key, null,
                                          array[d], array[c], array[v]) r);
end $$;
-- one unit, unless none is left; two clients share each key
create function app_test.reserve(key text) returns text language plpgsql as $$
begin
  perform app_test.post('reserve', key,
    app_test.account('unit.quota_available', 1, 'QTA'),
    app_test.account('unit.quota_reserved', 1, 'QTA'), 1);
  return 'taken';
exception when check_violation then
  return 'empty';
end $$;
create function app_test.move(key text) returns void language plpgsql as $$
declare
  d uuid[] := '{}'; c uuid[] := '{}'; a int; b int;
begin
  for leg in 1 .. 3 loop
    a := 1 + floor(random() * 6);
    b := 1 + (a + floor(random() * 5)::int) % 6;
    d := d || app_test.account('liab.wallet', a);
    c := c || app_test.account('liab.wallet', b);
  end loop;
  perform app.post(gen_random_uuid(), 'move', key, null, d, c,
                   array[3, 5, 7]::bigint[]);
end $$;
-- 40 keys of 400 in any order, in one batch or one at a time; the content
-- follows from the key
create function app_test.batch(singly boolean) returns void
language plpgsql as $$
declare
  n int[] := array(select x from generate_series(1, 400) x
                   order by random() limit 40);
  w uuid[]; bank uuid := app_test.account('asset.bank', 0); i int;
begin
  select array_agg(o.id order by o.ordinal) into w from app.open_accounts(
    array(select gen_random_uuid() from generate_series(1, 40)),
    array_fill('liab.wallet'::text, array[40]),
    array(select app_test.partner(x % 30 + 1)
          from unnest(n) with ordinality u(x, o) order by o),
    array_fill('USD'::text, array[40])) o;
  if singly then
    i := 1 + floor(random() * 40);
    perform app_test.post('in', 'in:' || n[i], bank, w[i], n[i]);
    return;
  end if;
  perform app.post_many(
    array(select gen_random_uuid() from generate_series(1, 40)),
    array_fill('in'::text, array[40]),
    array(select 'in:' || x from unnest(n) with ordinality u(x, o) order by o),
    array_fill(null::uuid, array[40]), array_fill(null::uuid, array[40]),
    array(select generate_series(1, 40)), array_fill(bank, array[40]), w,
    n::bigint[]);
end $$;
create function app_test.charge(p_key text) returns void
language plpgsql as $$
declare
  v_org uuid := app.organization_id(); v_actor uuid := app.actor_id();
begin
  insert into app.idempotency
    (organization_id, actor_id, key, route, req_hash)
  values (v_org, v_actor, p_key, 'topup', '\x00') on conflict do nothing;
  if not found then return; end if;
  perform app_test.post('topup', 'topup:' || gen_random_uuid(),
    app_test.account('asset.bank', 0), app_test.account('liab.wallet', 1), 100);
  update app.idempotency set state = 'done', status = 201
  where organization_id = v_org and actor_id = v_actor and key = p_key;
end $$;
create table app_test.claimed (id uuid not null);
grant insert on app_test.claimed to app_write;
grant execute on all functions in schema app_test to app_money, app_write;
create function app_test.organization(o uuid, partners int) returns void
language plpgsql as $$
begin
  insert into app.organizations(organization_id, slug, name)
  values (o, 'race-' || right(o::text, 4), 'Race');
  insert into app.partners(organization_id, id, kind, slug, name, status)
  select o, app_test.partner(g), 'reseller', 'p-' || g, 'P', 'active'
  from generate_series(1, partners) g;
end $$;
SQL
status=0
base=$(sql -c "select count(*) from app.organizations
               where slug like 'race-%'")
next=$((base + 1))
deadlocks() { # the statistics arrive a second late
  sleep 1.2
  sql -c "select deadlocks from pg_stat_database where datname = '$db'"
}
# name, role, transactions of each client, partners, set-up SQL, the
# statement, a query that must give t
race() {
  local o; o=$(org $next); next=$((next + 1))
  local before; before=$(deadlocks)
  sql -o /dev/null -c "select app_test.organization('$o', $4)" \
    -c "set app.organization_id = '$o'; set app.actor_kind = 'staff'; $5" ||
    { echo "not ok $1: set-up"; status=1; return; }
  { echo "begin;"
    echo "set local app.organization_id = '$o';"
    echo "set local app.actor_kind = 'staff';"
    echo "set local app.actor_id = '$o';"
    echo "$6;"
    echo "commit;"; } > "$out/race.sql"
  "$bin/pgbench" -n -c "$clients" -j 2 -t "$3" -f "$out/race.sql" -U "$2" \
    "$db" > "$out/bench" 2>&1
  local code=$? after exact wrong
  after=$(deadlocks)
  exact=$(sql -c "set app.organization_id = '$o'" -c "$7")
  wrong=$(sql -c "set app.organization_id = '$o'" \
              -c "select count(*) from app.reconcile()")
  if [ $code = 0 ] && [ "$before" = "$after" ] && [ "$exact" = t ] &&
     [ "$wrong" = 0 ] && grep -q 'failed transactions: 0 ' "$out/bench"; then
    echo "ok $1: $clients clients of $3," \
      "$(sed -n 's/^tps = \([0-9]*\).*/\1 per second/p' "$out/bench")"
  else
    cat "$out/bench"
    echo "not ok $1: exact $exact, reconcile $wrong," \
      "deadlocks $((after - before))"
    status=1
  fi
}
balance() { # code
  echo "(select coalesce(sum(a.balance), 0) from app.accounts a where
    a.organization_id = app.organization_id() and a.code = '$1')"
}
race "units never oversold" app_money 50 1 \
  "select app_test.post('issue', 'issue',
     app_test.account('unit.quota_issued', 0, 'QTA'),
     app_test.account('unit.quota_available', 1, 'QTA'), 300);
   select app_test.account('unit.quota_reserved', 1, 'QTA')" \
  "\\set k random(1, 20)
select app_test.reserve('r:' || :client_id / 2 || ':' || :k || ':' ||
  (random() * 10)::int)" \
  "select $(balance unit.quota_reserved) = (select count(*)
     from app.postings where organization_id = app.organization_id()
     and kind = 'reserve')
   and $(balance unit.quota_available) + $(balance unit.quota_reserved) = 300
   and $(balance unit.quota_available) = 0"
race "transfers both ways, 3 legs" app_money 50 6 \
  "select app_test.post('topup', 'topup:' || g,
     app_test.account('asset.bank', 0), app_test.account('liab.wallet', g),
     100000) from generate_series(1, 6) g" \
  "select app_test.move(gen_random_uuid()::text)" \
  "select $(balance liab.wallet) = 600000 and count(*) = 50 * $clients + 6
   from app.postings where organization_id = app.organization_id()"
race "overlapping batches, new accounts" app_money 15 30 \
  "select app_test.account('asset.bank', 0)" \
  "\\set k random(1, 4)
select app_test.batch(:k = 1)" \
  "select $(balance liab.wallet) = sum(substr(idem_key, 4)::int)
     and count(*) > 300 from app.postings
   where organization_id = app.organization_id()"
race "one key, one effect" app_money 40 1 \
  "select app_test.account('asset.bank', 0);
   select app_test.account('liab.wallet', 1)" \
  "\\set k random(1, 25)
select app_test.charge('key' || :k)" \
  "select count(*) > 20 and $(balance liab.wallet) = 100 * count(*)
     and bool_and(state = 'done') from app.idempotency
   where organization_id = app.organization_id()"
race "jobs claimed once" app_write 10 1 \
  "insert into app.jobs(organization_id, id, kind)
   select app.organization_id(), gen_random_uuid(), 'mail'
   from generate_series(1, 500)" \
  "insert into app_test.claimed(id) select id from app.claim_jobs(5, '60 s')" \
  "select count(*) = 500 and count(distinct id) = 500 from app_test.claimed"
sql -c "drop schema app_test cascade"
exit $status
