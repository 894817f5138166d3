#!/usr/bin/env bash
# Builds boxd for C and runs the quickstart program in both forms: with blocking calls and with callbacks. If BOXD_API_URL and
# BOXD_API_KEY are not set, it starts an emulator on loopback and uses that. The exit status is that of the programs.
set -euo pipefail
BOXD_SOURCE=$(cd "$(dirname "$0")/.." && pwd)
. "$BOXD_SOURCE/tests/setup.sh"

build_dir=${BOXD_BUILD_DIR:-$BOXD_SOURCE/build}
need "${BOXD_BUILD_PACKAGES[@]}"
configure "$build_dir" -DCMAKE_BUILD_TYPE=Release -DBOXD_BUILD_TESTS=OFF -DBOXD_BUILD_EMULATOR=ON
build "$build_dir" quickstart_sync quickstart_async boxd-emulator

if [ -z "${BOXD_API_URL:-}" ] || [ -z "${BOXD_API_KEY:-}" ]; then
    around=("$BOXD_SOURCE/tests/with_emulator.sh" "$build_dir/tests/emulator/boxd-emulator" --)
else
    around=(env)
fi
exec "${around[@]}" sh -ec '
    echo "== examples/sync/quickstart.c, blocking calls"
    "$0/quickstart_sync"
    echo "== examples/async/quickstart.c, callbacks"
    "$0/quickstart_async"' "$build_dir/examples"
