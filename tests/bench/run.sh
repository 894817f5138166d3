#!/usr/bin/env bash
# run.sh BUILD_DIR [OPTION...]: the benchmark against an emulator of its own; the options are boxd-bench's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift
measure='
    body=$(curl -sf -H "Content-Type: application/json" -d "{\"api_key\":\"$BOXD_API_KEY\"}" "$BOXD_EXCHANGE_URL")
    BOXD_TOKEN=$(printf %s "$body" | python3 -c "import json,sys; print(json.load(sys.stdin)[\"token\"])")
    export BOXD_TOKEN
    exec "$@"'
exec "$here/../with_emulator.sh" "$dir/tests/emulator/boxd-emulator" --synthetic-exec -- \
    bash -c "$measure" bench "$dir/tests/bench/boxd-bench" --json "$@"
