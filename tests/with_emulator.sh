#!/usr/bin/env bash
# with_emulator.sh EMULATOR [OPTION...] -- COMMAND...: starts an emulator, and runs COMMAND in its environment.
set -euo pipefail
program=$1
shift
options=()
while [ "$1" != -- ]; do
    options+=("$1")
    shift
done
shift
directory=$(mktemp -d)
"$program" --port 0 --http-port 0 --exit-with-parent --ready-file "$directory/env" "${options[@]}" >"$directory/out" 2>&1 &
emulator=$!
trap 'kill "$emulator" 2>/dev/null || true; wait "$emulator" || true; rm -rf "$directory"' EXIT
for _ in $(seq 1200); do # a minute, which is enough on a busy machine
    [ -f "$directory/env" ] && break
    kill -0 "$emulator" 2>/dev/null || break
    sleep 0.05
done
[ -f "$directory/env" ] || { cat "$directory/out" >&2; exit 1; }
unset BOXD_TOKEN BOXD_BASE_URL
. "$directory/env"
"$@"
