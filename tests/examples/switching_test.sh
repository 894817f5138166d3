#!/bin/sh
# Checks that the three programs of docs/switching.md print the same, also when they fail.
# Usage: switching_test.sh EMULATOR STEP...
set -u
emulator=$1
shift
with_emulator=$(dirname "$0")/../with_emulator.sh
failed=0
# expect CODE OUT ERR COMMAND...: checks the exit code, the output, and the beginning of the error.
expect() {
    code=$1 out=$2 err=$3
    shift 3
    output=$("$@" 2>&1)
    got=$?
    case $output in
    "$out" | "${err:-none}"*"$out") [ "$got" -eq "$code" ] && return ;;
    esac
    echo "$*: exit code $got: $output"
    failed=$((failed + 1))
}
for step; do
    expect 0 "built: 0, checked: 0" "" "$with_emulator" "$emulator" -- "$step"
    expect 1 "built: -1, checked: -1" "quota: " "$with_emulator" "$emulator" --max-boxes 0 -- "$step"
    expect 1 "built: -1, checked: -1" "authentication: " env -u BOXD_API_KEY -u BOXD_TOKEN "$step"
done
echo "$(($# * 3 - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
