#!/usr/bin/env bash
# The run command: builds boxd for C and runs the same program twice, blocking and with callbacks. Without BOXD_API_URL and
# BOXD_API_KEY in the environment it runs against an emulator of its own on loopback. Its exit status is the programs'.
set -euo pipefail
BOXD_SOURCE=$(cd "$(dirname "$0")/.." && pwd)
. "$BOXD_SOURCE/tests/setup.sh"

build_dir=${BOXD_BUILD_DIR:-$BOXD_SOURCE/build}
need "${BOXD_BUILD_PACKAGES[@]}"
configure "$build_dir" -DCMAKE_BUILD_TYPE=Release -DBOXD_BUILD_TESTS=OFF -DBOXD_BUILD_EMULATOR=ON
build "$build_dir" quickstart_sync quickstart_async boxd-emulator

emulator=
directory=
stop() {
    [ -n "$emulator" ] && kill "$emulator" 2>/dev/null && wait "$emulator" 2>/dev/null
    [ -n "$directory" ] && rm -rf "$directory"
    return 0
}
trap stop EXIT

if [ -z "${BOXD_API_URL:-}" ] || [ -z "${BOXD_API_KEY:-}" ]; then
    directory=$(mktemp -d)
    "$build_dir/tests/emulator/boxd-emulator" --port 0 --http-port 0 --exit-with-parent \
        --ready-file "$directory/env" >"$directory/out" 2>&1 &
    emulator=$!
    for _ in $(seq 200); do
        [ -f "$directory/env" ] && break
        kill -0 "$emulator" 2>/dev/null || break
        sleep 0.05
    done
    [ -f "$directory/env" ] || { cat "$directory/out" >&2; exit 1; }
    unset BOXD_TOKEN BOXD_BASE_URL
    . "$directory/env"
fi

echo "== examples/sync/quickstart.c, blocking"
"$build_dir/examples/quickstart_sync"
echo "== examples/async/quickstart.c, with callbacks"
"$build_dir/examples/quickstart_async"
