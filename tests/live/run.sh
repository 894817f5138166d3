#!/usr/bin/env bash
# Compares the real service with the contract and the emulator: builds boxd-live, and runs it with the arguments.
# Uses an account: never in CI. See boxd-live --help (run.sh --help), and CONTRIBUTING.md.
set -euo pipefail
BOXD_SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
. "$BOXD_SOURCE/tests/setup.sh"

for argument in "$@"; do
    [ "$argument" != --help ] || exec cat "$BOXD_SOURCE/tests/live/help.txt"
done
if [ -n "${CI:-}" ]; then
    echo "tests/live/run.sh uses a real account: it does not run in CI" >&2
    exit 2
fi
need "${BOXD_BUILD_PACKAGES[@]}" check
dir=${BOXD_BUILD_DIR:-$BOXD_SOURCE}/build-test
configure "$dir" -DCMAKE_BUILD_TYPE=Release -DBOXD_WERROR=ON >&2
build "$dir" boxd-live >&2
exec "$dir/tests/live/boxd-live" "$@"
