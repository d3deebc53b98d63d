#!/bin/bash
# Runs a command against a PostgreSQL 15 cluster of its own, which is gone afterwards:
#   checks/private_cluster.sh checks/sql_kernel.sh kernel
# The command finds an empty database `kernel` by PGHOST, PGPORT and PGUSER (administrator; all are trusted).
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: ${0##*/} COMMAND [ARGUMENT...]" >&2; exit 2; }
bin=${TANDEM_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
folder=$(mktemp -d)
as_owner=()
if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
  chown postgres "$folder"
  as_owner=(setpriv --reuid postgres --regid postgres --clear-groups --)
fi
finish() {
  "${as_owner[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
"${as_owner[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
  > initdb.log 2>&1 || { cat initdb.log; exit 1; }
options="-c listen_addresses='' -c unix_socket_directories='$folder' -c fsync=off -c max_connections=60"
"${as_owner[@]}" "$bin/pg_ctl" -D "$folder/data" -s -w -l "$folder/data/server.log" -o "$options" start
cd "$OLDPWD"
export PGHOST=$folder PGPORT=5432 PGUSER=postgres
unset PGDATABASE PGSERVICE PGOPTIONS
psql -X -q -d postgres -c 'create database kernel'
"$@"
