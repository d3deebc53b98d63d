#!/bin/bash
# wall_plan.sh DATABASE: what the tenant wall makes of a plan, on plain
# PostgreSQL. The database must be loaded (load_sql.sh); a table is made in it
# and dropped. For staff and for a partner, a scan
#   reads every setting once, in an InitPlan, and none of them per row,
#   has the wall in the scan's own filter: no gate above it that every row
#     passes, which alone costs a count 1.4 times,
#   keeps the query's own organization and id as index conditions.
# What it costs in time: bench/wall_cost.sh.
set -eu
db=$1
export PGOPTIONS="-c client_min_messages=warning"
org=70000000-0000-4000-8000-000000000001
partner=70000000-0000-4000-8000-000000000002

psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -1 -d "$db" <<SQL
create table app.wall_plan (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid,
  constraint wall_plan_pk primary key (organization_id, id));
select app.scale_distribute('app.wall_plan');
call app.wall('app.wall_plan', 'partner_id');
grant select on app.wall_plan to app_read;
call app.own_all();
SQL

plan() { # actor kind, columns, condition
  psql -X -q -U app_read -d "$db" -At <<SQL
set app.organization_id = '$org'; set app.partner_id = '$partner';
set app.actor_kind = '$1';
explain (costs off) select $2 from app.wall_plan where $3;
SQL
}
status=0
for actor in staff partner; do
  scan=$(plan $actor 'count(*)' "organization_id = '$org' and partner_id is not null")
  found=$(plan $actor partner_id "organization_id = '$org' and id = '$partner'")
  [ "$(grep -c InitPlan <<< "$scan")" -eq 3 ] ||
    { echo "FAILED: not three settings, each read once"; status=1; }
  grep -qE 'current_setting|SubPlan' <<< "$scan" &&
    { echo "FAILED: settings are read per row"; status=1; }
  grep -q 'One-Time Filter' <<< "$scan" &&
    { echo "FAILED: a gate above the scan"; status=1; }
  grep -q "Index Cond: ((organization_id = '$org'::uuid) AND (id = " \
    <<< "$found" || { echo "FAILED: no index condition"; status=1; }
  [ $status -eq 0 ] || { printf '%s\n\n%s\n' "$scan" "$found"; break; }
  echo "$actor: the wall is settled once per query"
done
psql -X -q -d "$db" -c "drop table app.wall_plan;
  delete from app.policies where table_name = 'wall_plan';
  delete from app.table_kinds where table_name = 'wall_plan'"
exit $status
