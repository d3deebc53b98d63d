#!/bin/bash
# plans.sh DATABASE: migrates the empty database and runs checks/plans.py on it, a minute or two.
set -euo pipefail
cd "$(dirname "$0")/.."
checks/load_sql.sh "$1" > /dev/null
exec python3 checks/plans.py "$1"
