#!/bin/sh
# The functions that matrix_e2e tries inside a callback are all that the headers declare, but for close, which has tests of its
# own. Usage: blocking_functions.sh MATRIX_E2E
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 "$here/surface_test.py" --list-blocking | grep -v '^boxd_compute_close$' | sort >"$scratch/declared"
"$1" --list-blocking | sort >"$scratch/tried"
diff "$scratch/declared" "$scratch/tried" || { echo "0 passed, 1 failed"; exit 1; }
echo "1 passed, 0 failed"
