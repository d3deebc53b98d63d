#!/bin/bash
# wall_cost.sh DATABASE [ROWS [ROUNDS]]: what the tenant wall costs on a scan.
# The database must be loaded (load_sql.sh); a table of ROWS rows is made in
# it and dropped. Times each query as the administrator (no wall), as staff
# and as a partner, in interleaved rounds; prints medians and their ratios.
#   named    count(*) of the organization, the leanest scan of our own SQL,
#            where every statement names its organization
#   summed   a sum and one more condition
#   whole    count(*) that names nothing: the wall is its only comparison, so
#            it is shown but not judged
# Exits 1 if staff pay more than 1.3 times of named or summed without a wall.
# Plain PostgreSQL only: on Citus the wall is evaluated per row. That the wall
# is settled once per query is checked without a clock: checks/wall_plan.sh.
set -eu
db=$1; rows=${2:-1000000}; rounds=${3:-11}
admin=${PGUSER:-$(id -un)}
limit=1.30
export PGOPTIONS="-c client_min_messages=warning -c statement_timeout=0"
org=70000000-0000-4000-8000-000000000001
partner=70000000-0000-4000-8000-000000000002
out=$(mktemp -d) && trap 'rm -rf "$out"' EXIT

psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -d "$db" <<SQL
begin;
create table if not exists app.wall_cost (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid,
  amount bigint not null,
  note text not null,
  constraint wall_cost_pk primary key (organization_id, id));
select app.scale_distribute('app.wall_cost');
call app.wall('app.wall_cost', 'partner_id');
grant select on app.wall_cost to app_read;
insert into app.wall_cost(organization_id, id, partner_id, amount, note)
select '$org', gen_random_uuid(), '$partner', g, 'row ' || g
from generate_series(1, $rows) g;
call app.own_all();
commit;
vacuum (analyze) app.wall_cost;
SQL

context="begin; set local app.organization_id = '$org';
set local max_parallel_workers_per_gather = 0;"
staff="$context set local app.actor_kind = 'staff';"
own="$context set local app.actor_kind = 'partner';
set local app.partner_id = '$partner';"
whole="select count(*) from app.wall_cost;"
named="select count(*) from app.wall_cost where organization_id = '$org';"
summed="select sum(amount) from app.wall_cost where organization_id = '$org'
and amount > 0;"

# one warm execution, then three timed ones; prints milliseconds
timed() { # role, context, statement
  psql -X -U "$1" -d "$db" -At <<SQL | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'
set row_security = $([ "$1" = "$admin" ] && echo off || echo on);
$2
$3
\timing on
$3
$3
$3
\timing off
commit;
SQL
}
for ((i = 0; i < rounds; i++)); do
  for query in whole named summed; do
    timed "$admin" "$staff" "${!query}" >> "$out/$query.none"
    timed app_read "$staff" "${!query}" >> "$out/$query.staff"
    timed app_read "$own" "${!query}" >> "$out/$query.partner"
  done
done
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
# The machine may be busy: besides the ratio of the medians, the ratio of the
# fastest runs, which is the work itself. Both must be over the limit to fail.
status=0
for query in named summed whole; do
  none=$(median < "$out/$query.none")
  none_min=$(sort -n "$out/$query.none" | head -1)
  for who in staff partner; do
    ms=$(median < "$out/$query.$who")
    min=$(sort -n "$out/$query.$who" | head -1)
    read -r ratio fastest low <<< "$(awk "BEGIN {
      a = $ms / $none; b = $min / $none_min
      printf \"%.2f %.2f %.2f\", a, b, a < b ? a : b}")"
    echo "$query: $rows rows, no wall $none ms, $who $ms ms," \
      "ratio $ratio, of the fastest runs $fastest"
    if [ $who = staff ] && [ $query != whole ] &&
       awk "BEGIN {exit !($low > $limit)}"; then
      echo "FAILED: more than $limit"; status=1
    fi
  done
done

psql -X -q -d "$db" -c "drop table app.wall_cost;
  delete from app.policies where table_name = 'wall_cost';
  delete from app.table_kinds where table_name = 'wall_cost'"
exit $status
