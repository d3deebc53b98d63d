#!/bin/bash
# run.sh: measures Tandem, its peer (peer/) and the database alone (pgbench/) in turns, and prints the table.
# What is measured and how to read it: README.md. Everything runs on this machine and in a folder of its own.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${here%/*}

usage() {
  cat <<'TEXT'
usage: bench/run.sh [--jobs LIST] [--runs N] [--seconds N] [--rows N] [--connections N] [--without-tandem]
                    [--write]

  --jobs LIST         comma separated: visits,leads,events,list,list_light,report,import (default: all)
  --runs N            interleaved runs of each job (default 3); the table has their medians
  --seconds N         length of one measurement (default 8)
  --rows N            conversions in the database beforehand (default 1000000)
  --connections N     keep-alive connections of the load generator (default 64; list_light always has 2)
  --without-tandem    the peer and the database alone
  --write             put the table into bench/README.md

Environment: PEER_WORKERS (processes of the peer, default: half the processors), PEER_POOL (connections of
each role in one of them, default 20), TANDEM_SHARED (folder of the full data sets, for `import`).
TEXT
}

jobs=visits,leads,events,list,list_light,report,import
runs=3 seconds=8 rows=1000000 connections=64 tandem=1 write=0
while [ $# -gt 0 ]; do
  case $1 in
    --jobs) jobs=$2; shift ;;
    --runs) runs=$2; shift ;;
    --seconds) seconds=$2; shift ;;
    --rows) rows=$2; shift ;;
    --connections) connections=$2; shift ;;
    --without-tandem) tandem=0 ;;
    --write) write=1 ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

binary=$root/build/release/tandem
pg_bin=/usr/lib/postgresql/15/bin
work=$(mktemp -d)
chmod 755 "$work"
results=$work/results.jsonl
: > "$results"
children=()
own_cluster=""

say() { printf '%s\n' "$*" >&2; }
die() { say "bench: $*"; exit 1; }

clean_up() {
  local pid
  for pid in "${children[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${children[@]}"; do wait "$pid" 2>/dev/null || true; done
  [ -z "$own_cluster" ] || as_postgres "$pg_bin/pg_ctl" -D "$own_cluster" -m fast stop > /dev/null 2>&1 \
    || true
  rm -rf "$work"
}
trap clean_up EXIT

as_postgres() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

free_port() {
  node -e 'const server = require("net").createServer();
    server.listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close(); })'
}

wait_for() { # what command...
  local what=$1; shift
  for _ in $(seq 300); do "$@" > /dev/null 2>&1 && return 0; sleep 0.2; done
  tail -n 20 "$work"/*.log >&2 || true
  die "waited a minute for $what"
}

# ------------------------------------------------------------------ start

start_cluster() { # the settings of Tandem's own cluster: durable, socket only
  own_cluster=$work/cluster
  mkdir -p "$own_cluster" "$work/socket"
  [ "$(id -u)" -ne 0 ] || chown postgres "$own_cluster" "$work/socket"
  as_postgres "$pg_bin/initdb" -D "$own_cluster" -U postgres -A trust -E UTF8 --locale=C \
    > "$work/initdb.log" 2>&1
  as_postgres "$pg_bin/pg_ctl" -D "$own_cluster" -w -l "$own_cluster/log" start -o "-c listen_addresses= \
    -c unix_socket_directories=$work/socket -c max_connections=120 -c shared_buffers=256MB" \
    > "$work/pg_ctl.log" 2>&1 \
    || { tail -n 20 "$own_cluster/log" >&2; die "the database did not start"; }
  export PGHOST=$work/socket PGPORT=5432 PGUSER=postgres
}

start_tandem() {
  [ -x "$binary" ] || die "no $binary: build it (./dev bench does), or --without-tandem"
  tandem_port=$(free_port)
  # One load generator plays all clients: what keeps one of them in bounds is not what is measured.
  "$binary" serve --data "$work/data" --port "$tandem_port" --connections-per-address 4096 \
    --caller-requests-per-second 0 --caller-requests-in-progress 0 --organization-requests-per-second 0 \
    --reports-in-progress 0 \
    > "$work/tandem.log" 2>&1 &
  children+=($!)
  wait_for "tandem to be ready" curl -fsS "http://127.0.0.1:$tandem_port/readyz"
  export PGHOST=$work/data/socket PGPORT=5432 PGUSER=${TANDEM_ADMINISTRATOR:-postgres}
}

seed() { # database
  psql -X -q -o /dev/null -d "$1" -v rows="$rows" -f "$here/seed.sql" || die "could not fill $1"
}

start_peer() {
  say "filling the peer's database ($rows conversions)"
  psql -X -q -d postgres -c "create database bench_peer"
  "$root/checks/load_sql.sh" bench_peer
  seed bench_peer
  peer_port=$(free_port)
  peer_secret="whsec_$(head -c 32 /dev/urandom | base64)"
  env -u PGUSER PGDATABASE=bench_peer PORT="$peer_port" PEER_SECRET="$peer_secret" \
    PEER_ORGANIZATION=01900000-0000-7000-8000-000000000001 NODE_ENV=production \
    node "$here/peer/server.mjs" > "$work/peer.log" 2>&1 &
  children+=($!)
  wait_for "the peer to be ready" bash -c "echo > /dev/tcp/127.0.0.1/$peer_port"
}

# Secrets of endpoints are sealed by the server, so the endpoint is made by a call and not by SQL.
make_tandem_endpoint() {
  local answer
  answer=$(curl -fsS "http://127.0.0.1:$tandem_port/api/inbound-endpoints" -H "Idempotency-Key: bench" \
    -H "Authorization: Bearer $staff_key" -H "Content-Type: application/json" \
    -d '{"provider": "generic", "name": "bench"}') \
    || die "could not make an endpoint for billing events"
  tandem_address=$(node -pe 'JSON.parse(process.argv[1]).address' "$answer")
  # shellcheck disable=SC2034  # read through ${!secret}
  tandem_secret=$(node -pe 'JSON.parse(process.argv[1]).secret' "$answer")
}

# ------------------------------------------------------------------ measure

record() { # job system run json
  node -e 'const [job,system,run,json]=process.argv.slice(1);const r=JSON.parse(json);
    r.per_second??=r.requests/r.seconds;console.log(JSON.stringify({job,system,run:+run,...r}))' "$@" \
    | tee -a "$results" >&2
}

load() { # system script connections: runs wrk, prints its JSON
  local port=${1}_port path=${1}_path
  (cd "$here/wrk" && READY=$((seconds * 80000)) INBOUND_PATH=${!path:-} SEED=$RANDOM \
    wrk -t1 -c"$3" -d"${seconds}s" --timeout 10s -s "$2.lua" "http://127.0.0.1:${!port}" \
    2> "$work/wrk.json" > "$work/wrk.txt") \
    || { cat "$work/wrk.json" "$work/wrk.txt" >&2; die "wrk failed"; }
  # A refusal is answered faster than work: a run with errors measures nothing.
  grep '^{.*"errors": 0}' "$work/wrk.json" \
    || { cat "$work/wrk.json" "$work/wrk.txt" >&2; die "$2 of $1 had errors"; }
}

database_of() { if [ "$1" = peer ]; then echo bench_peer; else echo "${TANDEM_DATABASE:-tandem}"; fi; }
count_of() { psql -X -At -d "$(database_of "$1")" -c "select count(*) from app.$2"; }

# Rows against answers: an answer without its row is a lie, and the measurement is thrown away.
check_rows() { # job system before after answers
  [ $(($4 - $3)) -ge "$5" ] || die "$1 of $2: $5 answers but $(($4 - $3)) rows"
}

measure_writes() { # job system table script run
  local before after json answers
  before=$(count_of "$2" "$3")
  json=$(load "$2" "$4" "$connections")
  after=$(count_of "$2" "$3")
  answers=$(node -pe 'JSON.parse(process.argv[1]).requests' "$json")
  check_rows "$1" "$2" "$before" "$after" "$answers"
  record "$1" "$2" "$5" "$json"
}

measure_reads() { # job script connections run
  local system
  for system in "${systems[@]}"; do
    record "$1" "$system" "$4" "$(load "$system" "$2" "$3")"
  done
}

# Accepted and applied: the clock stops when the ledger has every accepted event.
measure_events() { # system run
  local secret=${1}_secret begin before accepted json posted end last=-1 still=0
  EVENTS=$work/events.txt
  node "$here/tools/sign.mjs" $((seconds * 20000)) "${!secret}" "$1-$2-$RANDOM" > "$EVENTS"
  export EVENTS
  before=$(count_of "$1" postings)
  accepted=$(count_of "$1" inbound_events)
  begin=$(date +%s.%N)
  json=$(load "$1" events "$connections")
  accepted=$(($(count_of "$1" inbound_events) - accepted))
  while :; do
    posted=$(($(count_of "$1" postings) - before))
    end=$(date +%s.%N)
    [ "$posted" -lt "$accepted" ] || break
    if [ "$posted" -eq "$last" ]; then still=$((still + 1)); else still=0; fi
    [ "$still" -lt 100 ] || die "events of $1: $accepted accepted, $posted applied, and no more for 10 s"
    last=$posted
    sleep 0.1
  done
  record events "$1" "$2" "$(node -e 'const [json,n,begin,end]=process.argv.slice(1);const r=JSON.parse(json);
    console.log(JSON.stringify({...r,accepted:+n,per_second:n/(end-begin)}))' \
    "$json" "$accepted" "$begin" "$end")"
  rm -f "$EVENTS"
}

measure_pgbench() { # job script role run clients
  (cd "$work" && rm -f latency.*)
  pgbench -n -M prepared -c "$5" -j 2 -T "$seconds" -f "$here/pgbench/$2.sql" -U "$3" \
    --log --sampling-rate=0.2 --log-prefix="$work/latency" bench_peer > "$work/pgbench.txt" 2>&1 \
    || { cat "$work/pgbench.txt" >&2; die "pgbench failed"; }
  record "$1" pgbench "$4" "$(node "$here/tools/pgbench_result.mjs" "$work/pgbench.txt" "$work"/latency.*)"
}

measure_import() { # run
  local file=${TANDEM_SHARED:-$root/../shared}/data/online-retail/online_retail_2010-12_2011-06.csv.gz
  local lines begin end
  [ -f "$file" ] || file=$(ls "$root"/demo/online-retail-*.csv.gz)
  lines=$(($(zcat "$file" | wc -l) - 1))
  if [ "$tandem" -eq 1 ]; then
    begin=$(date +%s.%N)
    "$binary" import conversions "$file" --mapping "$root/demo/online-retail.toml" --organization demo \
      --data "$work/import-$1" --format json > "$work/import.log" 2>&1 \
      || die "import failed: $(tail -n 5 "$work/import.log")"
    end=$(date +%s.%N)
    rm -rf "$work/import-$1"
    record import tandem "$1" "$(node -pe 'const [n,b,e]=process.argv.slice(1).map(Number);
      JSON.stringify({per_second:n/(e-b),lines:n,took_s:e-b})' "$lines" "$begin" "$end")"
  fi
  # The database's limit: the same lines by COPY into one table without an index.
  psql -X -q -d bench_peer -c "create table bench.lines (invoice text, stock text, description text,
    quantity int, at timestamp, price numeric, customer text, country text)"
  begin=$(date +%s.%N)
  zcat "$file" | psql -X -q -d bench_peer -c "copy bench.lines from stdin (format csv, header)"
  end=$(date +%s.%N)
  psql -X -q -d bench_peer -c "drop table bench.lines"
  record import pgbench "$1" "$(node -pe 'const [n,b,e]=process.argv.slice(1).map(Number);
    JSON.stringify({per_second:n/(e-b),lines:n,took_s:e-b})' "$lines" "$begin" "$end")"
}

# New connections to the database, first plans and empty caches belong to the start, not to the measurement.
warm_up() { # job
  local seconds=2 system script=$1
  [ "$script" != list_light ] || script=list
  case $script in visits | leads | list | report) ;; *) return 0 ;; esac
  for system in "${systems[@]}"; do load "$system" "$script" "$connections" > /dev/null; done
}

measure() { # job run
  local system
  [ "$2" -gt 1 ] || warm_up "$1"
  psql -X -q -d postgres -c checkpoint
  case $1 in
    visits) for system in "${systems[@]}"; do measure_writes visits "$system" visits visits "$2"; done
      measure_pgbench visits visit app_service "$2" 16 ;;
    leads) for system in "${systems[@]}"; do measure_writes leads "$system" leads leads "$2"; done
      measure_pgbench leads lead app_write "$2" 16 ;;
    events) for system in "${systems[@]}"; do measure_events "$system" "$2"; done
      measure_pgbench events event app_money "$2" 16 ;;
    list) measure_reads list list "$connections" "$2"
      measure_pgbench list list app_read "$2" 16 ;;
    list_light) measure_reads list_light list 2 "$2"
      measure_pgbench list_light list app_read "$2" 2 ;;
    report) measure_reads report report "$connections" "$2"
      measure_pgbench report report app_read "$2" 16 ;;
    import) measure_import "$2" ;;
    *) die "no such job: $1" ;;
  esac
}

# ------------------------------------------------------------------ go

[ -d "$here/peer/node_modules" ] || (cd "$here/peer" && npm ci --no-audit --no-fund --loglevel=error >&2)
staff_key=$(printf 'tdm_live_%042dA' 0) # keys of seed.sql
SITE_KEY=$(printf 'pk_live_%024d' 1)
export SITE_KEY
systems=(peer)
if [ "$tandem" -eq 1 ]; then
  systems=(tandem peer)
  start_tandem
  say "filling Tandem's database ($rows conversions)"
  seed "$(database_of tandem)"
  make_tandem_endpoint
  # shellcheck disable=SC2034  # read through ${!path}
  tandem_path=/api/inbound/$tandem_address
else
  start_cluster
fi
start_peer
# shellcheck disable=SC2034
peer_path=/api/inbound/bench
export VISITORS=$work/visitors.txt PARTNERS=$work/partners.txt
psql -X -At -d bench_peer -c "select bench.id('visitor', n) from generate_series(1, 10000) n" > "$VISITORS"
psql -X -At -F ' ' -d bench_peer > "$PARTNERS" \
  -c "select bench.id('partner', n), bench.key(n) from generate_series(1, 100) n"

disk_of() { # folder
  [ "$(stat -f -c %T "$1")" = tmpfs ] && echo "a disk in memory" || echo "the machine's disk"
}

IFS=, read -ra wanted <<< "$jobs"
for job in "${wanted[@]}"; do
  for run in $(seq "$runs"); do
    say "== $job, run $run of $runs"
    measure "$job" "$run"
  done
done

node "$here/tools/table.mjs" "$results" | tee "$work/table.md"
if [ "$write" -eq 1 ]; then
  node "$here/tools/write_table.mjs" "$here/README.md" "$work/table.md" \
    "$(date -u +%F): $(nproc) processors, $connections connections, $seconds s a run, $rows conversions, on \
$(disk_of "$work")."
fi
