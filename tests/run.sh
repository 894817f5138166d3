#!/usr/bin/env bash
# The test command: installs what is missing, builds, runs the whole suite. Asks nothing.
set -euo pipefail
BOXD_SOURCE=$(cd "$(dirname "$0")/.." && pwd)
. "$BOXD_SOURCE/tests/setup.sh"

usage() {
    cat <<'EOF'
usage: tests/run.sh [--asan | --tsan | --valgrind] [--bench | --stress SECONDS] [-R REGEX] [-L LABEL] [--verbose]

  --asan       build and run under AddressSanitizer and UndefinedBehaviorSanitizer
  --tsan       build and run under ThreadSanitizer
  --valgrind   run the two quickstarts under valgrind's memcheck
  --bench      print the benchmark's ratios instead of running tests
  --stress SECONDS
               run the stress test for so long instead, e.g. --tsan --stress 600; it prints its seed
  -R REGEX     only the tests whose names match, e.g. -R e2e.exec
  -L LABEL     only the tests of a label: unit, e2e, stress, examples, boxctl, docs, interop, surface, lint,
               install
  --verbose    show what each test prints

Builds live in build-test, build-asan, build-tsan (or below BOXD_BUILD_DIR).
EOF
}

mode=test
filter=
stress=
ctest_options=(--output-on-failure --parallel "$(nproc)")
while [ $# -gt 0 ]; do
    case $1 in
    --asan | --tsan | --valgrind | --bench) mode=${1#--} ;;
    -R | -L)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        ctest_options+=("$1" "$2")
        filter+=" $2"
        shift
        ;;
    --stress)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        stress=$2
        shift
        ;;
    --verbose) ctest_options+=(--verbose) ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

need "${BOXD_BUILD_PACKAGES[@]}" "${BOXD_TEST_PACKAGES[@]}"
base=${BOXD_BUILD_DIR:-$BOXD_SOURCE}
case $mode in
asan) dir=$base/build-asan options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DBOXD_SANITIZE=address) ;;
tsan) dir=$base/build-tsan options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DBOXD_SANITIZE=thread) ;;
*) dir=$base/build-test options=(-DCMAKE_BUILD_TYPE=Release -DBOXD_WERROR=ON) ;;
esac
configure "$dir" "${options[@]}"
build "$dir"

if [ "$mode" = asan ] || [ "$mode" = tsan ]; then
    # what is not ours to instrument, or not about our code
    ctest_options+=(-LE "lint|install|interop|surface|docs")
    export ASAN_OPTIONS=detect_stack_use_after_return=1:allocator_may_return_null=1
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    export LSAN_OPTIONS=suppressions=$BOXD_SOURCE/tests/lsan.supp:print_suppressions=0
    export TSAN_OPTIONS=suppressions=$BOXD_SOURCE/tests/tsan.supp:halt_on_error=1:second_deadlock_stack=1:allocator_may_return_null=1
    export CK_TIMEOUT_MULTIPLIER=5
elif [ "$mode" = test ] && [ -z "$stress" ] && [[ -z $filter || $filter == *interop* || $filter == *docs* ]]; then
    "$BOXD_SOURCE/tests/interop/venvs.sh" "$dir"
fi

case $mode in
bench) exec "$BOXD_SOURCE/tests/bench/run.sh" "$dir" ;;
valgrind) exec "$BOXD_SOURCE/tests/valgrind.sh" "$dir" ;;
esac
if [ -n "$stress" ]; then
    BOXD_EMULATOR=$dir/tests/emulator/boxd-emulator exec "$dir/tests/stress/boxd-stress" --seconds "$stress"
fi
cd "$dir"
ctest "${ctest_options[@]}"
