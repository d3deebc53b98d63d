#!/bin/bash
# sql_kernel.sh DATABASE: checks the database kernel on one server, as the
# administrator, with nothing but psql (PGHOST, PGPORT, PGUSER). The database
# must exist and be empty (on Citus: with the extension and the workers
# added); it connects as the app roles too, so trust them on the socket.
#   1 migrations load, the catalogue lint is empty
#   2 the lint finds every seeded defect of lint-mutations.txt
#   3 attacks.sql: everything refused, honest actions work; on plain
#     PostgreSQL once more with the walls in the form they have on Citus
#   4 chart.sql: every flow of the account chart; post_many.sql: the
#     set-based posting does what one posting at a time does
# One line per step; exits 1 on the first failure. VERBOSE=1 tells more.
set -u
cd "$(dirname "$0")/../migrations" || exit 1
db=$1
admin=${PGUSER:-$(id -un)}
export PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
run() { psql -X -q -d "$db" "$@"; }
lint() { run -At -F ' | ' "$@"; }
die() { echo "FAILED: $*"; exit 1; }
out=$(mktemp -d) && trap 'rm -rf "$out"' EXIT

../checks/load_sql.sh "$db" > "$out/load" 2>&1 ||
  { cat "$out/load"; die "migrations"; }
citus=$(run -Atc \
  "select to_regclass('pg_catalog.pg_dist_partition') is not null")
echo "migrations load"

lint -v ON_ERROR_STOP=1 -f lint.sql > "$out/lint" 2>&1 ||
  { cat "$out/lint"; die lint.sql; }
run -f lint_citus.sql >> "$out/lint" 2>&1 ||
  { cat "$out/lint"; die lint_citus.sql; }
[ -s "$out/lint" ] && { cat "$out/lint"; die "lint is not empty"; }
echo "lint is empty"

count=0; engine=0
while IFS='|' read -r rule sql; do
  case $rule in ''|'#'*) continue ;; esac
  count=$((count + 1))
  { echo "begin;"
    echo "set local citus.multi_shard_modify_mode = 'sequential';"
    echo "set local citus.enable_unsafe_triggers = 'on';"
    echo "\\o /dev/null"
    echo "$sql;"
    echo "\\o"
    echo "\\i lint.sql"
    echo "rollback;"; } > "$out/m.sql"
  lint -v ON_ERROR_STOP=1 -f "$out/m.sql" > "$out/m" 2> "$out/me"
  if grep -q ERROR "$out/me"; then
    # refused by Citus itself (never counted on plain PostgreSQL)
    if [ "$citus" = t ]; then
      engine=$((engine + 1))
      [ -n "${VERBOSE:-}" ] &&
        echo "  engine: $rule: $(grep -m1 ERROR "$out/me")"
      continue
    fi
  elif [ "$rule" = clean ]; then
    [ ! -s "$out/m" ] && continue
  else
    grep -q "^$rule |" "$out/m" && continue
  fi
  cat "$out/m" "$out/me"; die "mutation: $rule | $sql"
done < lint-mutations.txt
echo "$count seeded schemas judged rightly ($engine refused by the engine)"

attacks() { # database, label
  psql -X -q -d "$1" -v admin="$admin" -f attacks.sql > "$out/a" 2>&1
  grep '^NOT REFUSED' "$out/a" && die "attacks.sql, $2"
  grep '^psql' "$out/a" | grep -v ERROR && die "attacks.sql, $2"
  [ "$(grep -c '^ok' "$out/a")" -ge 99 ] || { cat "$out/a"; die "attacks.sql"; }
  echo "$(grep -c '^ok' "$out/a") attacks and allowed actions as expected, $2"
}
if [ "$citus" = f ]; then
  other="${db}_per_row"
  psql -X -q -d "$db" -c "create database \"$other\"" || die "$other"
  ../checks/load_sql.sh "$other" || die "$other"
  psql -X -q -v ON_ERROR_STOP=1 -1 -d "$other" \
    -c "set local allow_system_table_mods = on" \
    -c "create table pg_catalog.pg_dist_partition (a int)" \
    -c "call app.remake_policies()" \
    -c "drop table pg_catalog.pg_dist_partition" || die "remake_policies"
  attacks "$other" "walls in the form of Citus"
  psql -X -q -d "$db" -c "drop database \"$other\""
fi
attacks "$db" "walls in the form of this engine"

for file in chart post_many; do
  run -f $file.sql > "$out/c" 2>&1 || { cat "$out/c"; die $file.sql; }
  grep -E '^(not ok|ERROR)' "$out/c" && die $file.sql
  echo "$(grep -c '^ok' "$out/c") checks of $file.sql"
done
