#!/usr/bin/env bash
# The test command: installs missing packages, builds, runs the whole suite, and runs unattended.
set -euo pipefail
BOXD_SOURCE=$(cd "$(dirname "$0")/.." && pwd)
. "$BOXD_SOURCE/tests/setup.sh"

usage() {
    cat <<'EOF'
usage: tests/run.sh [--asan | --tsan | --valgrind] [--bench | --lint | --stress SECONDS] [-R REGEX] [-E REGEX]
                    [-L LABEL] [--verbose]

  --asan       build and run under AddressSanitizer and UndefinedBehaviorSanitizer
  --tsan       build and run under ThreadSanitizer
  --valgrind   run the two quickstarts under valgrind's memcheck
  --bench      measure the library beside other clients instead of running tests; tests/bench/run.sh --help
  --lint       check the sources instead of running tests, with clang-tidy over all of them, and clang's static analyzer
               over those of the libraries; the test lint.sources runs both on sources that differ from the last commit
  --stress SECONDS
               run the stress test for SECONDS instead, e.g. --tsan --stress 600; it prints its seed
  -R REGEX     only the tests whose names match, e.g. -R e2e.exec
  -E REGEX     without the tests whose names match
  -L LABEL     only the tests of a label: unit, e2e, embedding, faults, stress, examples, boxctl, docs, live,
               interop, surface, lint, install, bench
  --verbose    show what each test prints

At the end it prints the ten tests that took longest.

Builds live in build-test, build-asan, build-tsan (or below BOXD_BUILD_DIR).
EOF
}

mode=test
filter=
stress=
# Many tests mostly wait (for a deadline, for a server that restarts), so there are three times as many as cores at a time.
ctest_options=(--output-on-failure --parallel $((3 * $(nproc))) --output-junit ctest.xml)
while [ $# -gt 0 ]; do
    case $1 in
    --asan | --tsan | --valgrind | --bench | --lint) mode=${1#--} ;;
    -R | -L | -E)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        ctest_options+=("$1" "$2")
        [ "$1" = -E ] || filter+=" $2"
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

[ "$mode" != bench ] || exec "$BOXD_SOURCE/tests/bench/run.sh"
need "${BOXD_BUILD_PACKAGES[@]}" "${BOXD_TEST_PACKAGES[@]}"
base=${BOXD_BUILD_DIR:-$BOXD_SOURCE}
case $mode in
asan) dir=$base/build-asan options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DBOXD_SANITIZE=address) ;;
tsan) dir=$base/build-tsan options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DBOXD_SANITIZE=thread) ;;
*) dir=$base/build-test options=(-DCMAKE_BUILD_TYPE=Release -DBOXD_WERROR=ON -DCMAKE_INSTALL_PREFIX=/usr) ;; # for install.packages
esac
configure "$dir" "${options[@]}"
if [ "$mode" = lint ]; then
    build "$dir" boxd_proto e2e_operations boxd_bench_cpp_api # clang-tidy needs the generated headers
    exec "$BOXD_SOURCE/tests/lint/lint.py" "$dir" --tidy all
fi

# The Python environments of the tests are made while the build runs. Sanitizers run only our own code: the faults.
venvs=
environments=(faults)
if [ "$mode" = test ] && [[ -z $filter || $filter == *interop* || $filter == *docs* ]]; then
    environments=()
fi
if [ -z "$stress" ] && [[ $mode == *san || ${#environments[@]} = 0 || $filter == *faults* ]]; then
    "$BOXD_SOURCE/tests/interop/venvs.sh" "$dir" "${environments[@]}" &
    venvs=$!
fi
built=0
build "$dir" || built=$?
[ -z "$venvs" ] || wait "$venvs"
[ "$built" = 0 ] || exit "$built"

if [ "$mode" = asan ] || [ "$mode" = tsan ]; then
    # Left out: programs that are not instrumented, the sources, speed, and boxd-live, whose calls e2e makes as well.
    ctest_options+=(-LE "lint|install|interop|surface|docs|live|bench")
    export ASAN_OPTIONS=detect_stack_use_after_return=1:allocator_may_return_null=1
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    export LSAN_OPTIONS=suppressions=$BOXD_SOURCE/tests/lsan.supp:print_suppressions=0
    export TSAN_OPTIONS=suppressions=$BOXD_SOURCE/tests/tsan.supp:halt_on_error=1:second_deadlock_stack=1:allocator_may_return_null=1
    export CK_TIMEOUT_MULTIPLIER=5
fi

[ "$mode" != valgrind ] || exec "$BOXD_SOURCE/tests/valgrind.sh" "$dir"
if [ -n "$stress" ]; then
    BOXD_EMULATOR=$dir/tests/emulator/boxd-emulator exec "$dir/tests/stress/boxd-stress" --seconds "$stress"
fi
cd "$dir"
failed=0
ctest "${ctest_options[@]}" || failed=$?
python3 -B "$BOXD_SOURCE/tests/slowest.py" "$dir/ctest.xml"
exit "$failed"
