#!/bin/bash
# load_sql.sh DATABASE: loads migrations/[0-9]*.sql into an empty database with
# plain psql, the way the server's migration runner does: each file in one
# transaction with the two settings, and app.own_all() at the end. PGHOST,
# PGPORT, PGUSER as for psql; run as the administrator. A file is sent as one
# string; on Citus statement by statement, as it asks for.
set -eu
cd "$(dirname "$0")/../migrations"
export PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
citus=$(psql -X -Atc "select to_regclass('pg_catalog.pg_dist_partition')
  is not null" -d "$1")
own="do \$\$ begin if to_regproc('app.own_all') is not null then
  call app.own_all(); end if; end \$\$"
for file in [0-9]*.sql; do
  if [ "$citus" = t ]; then body=(-f "$file"); else body=(-c "$(cat "$file")"); fi
  psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -1 -d "$1" \
    -c "set local citus.multi_shard_modify_mode = 'sequential'" \
    -c "set local citus.enable_unsafe_triggers = 'on'" \
    "${body[@]}" -c "$own" || { echo "FAILED: $file"; exit 1; }
done
