#!/bin/sh
# Checks that the programs call each blocking function of the headers inside a callback. Usage: blocking_functions.sh E2E_PROGRAM...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 "$here/surface_test.py" --list-blocking | sort >"$scratch/declared"
for program in "$@"; do "$program" --list-blocking; done | sort >"$scratch/tried"
diff "$scratch/declared" "$scratch/tried" || { echo "0 passed, 1 failed"; exit 1; }
echo "1 passed, 0 failed"
