#!/bin/bash
# Lints an OpenAPI document with a public linter: checks/openapi/lint.sh docs/api/openapi.json
# Works without network once `npm ci` has run here (./dev setup does it).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -eq 1 ] || { echo "usage: ${0##*/} FILE" >&2; exit 2; }
[ -x "$here/node_modules/.bin/spectral" ] || { echo "run ./dev setup first" >&2; exit 2; }
exec "$here/node_modules/.bin/spectral" lint --ruleset "$here/ruleset.yaml" --fail-severity error --quiet "$1"
