#!/usr/bin/env bash
# Builds the programs of the benchmark, runs them, and prints a table; docs/performance.md explains it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
BOXD_SOURCE=$(cd "$here/../.." && pwd)
. "$BOXD_SOURCE/tests/setup.sh"

usage() {
    cat <<'EOF'
usage: tests/bench/run.sh [--build-dir DIR] [OPTION...]

Builds (a Release build) and measures everything, in less than ten minutes on two cores. The machine must be idle.

  --build-dir DIR   use this build instead of build-bench; it is configured only if it is new
  OPTION            options of tests/bench/bench.py; all: tests/bench/bench.py --help
    --only REGEX    only the groups whose names match, e.g. --only 'unary|streams': unary-1, unary-8, in-flight, exec, stream-64k,
                    stream-1k, streams-100, files, hosts, paths, memory, sizes, instructions
    --rounds N      each ratio is the median over N rounds; below 5 there is no verdict
    --scale S       multiplies the duration of each measurement
    --json FILE     also write all figures to FILE
    --docs          write the tables and plots into docs/
EOF
}

dir=${BOXD_BUILD_DIR:-$BOXD_SOURCE}/build-bench
options=()
while [ $# -gt 0 ]; do
    case $1 in
    --build-dir) dir=$2 && shift ;;
    --help | -h) usage && exit 0 ;;
    *) options+=("$1") ;;
    esac
    shift
done

need "${BOXD_BUILD_PACKAGES[@]}"
# Without these packages the benchmark runs without grpc++ and without counts of instructions.
need "${BOXD_BENCH_PACKAGES[@]}" || echo "bench: not all of ${BOXD_BENCH_PACKAGES[*]} can be installed" >&2
[ -f "$dir/build.ninja" ] || configure "$dir" -DCMAKE_BUILD_TYPE=Release
"$BOXD_SOURCE/tests/interop/venvs.sh" "$dir" 0.1.2 0.2.19 >&2 || echo "bench: no environments for Python" >&2
build "$dir" boxd-bench boxd-async
exec python3 -B "$here/bench.py" "$dir" "${options[@]}"
