#!/usr/bin/env bash
# valgrind.sh BUILD_DIR: the pairs of examples under memcheck: no error, and no leak of the library.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
for program in quickstart_sync quickstart_async dialogue_sync dialogue_async; do
    echo "valgrind: $program"
    "$here/with_emulator.sh" "$dir/tests/emulator/boxd-emulator" -- \
        valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible \
        --errors-for-leak-kinds=definite,indirect,possible --suppressions="$here/valgrind.supp" \
        "$dir/examples/$program"
done
echo "4 passed, 0 failed"
