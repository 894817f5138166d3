#!/usr/bin/env bash
# site_test.sh: the site and the manual pages are built without a warning: each name, link, @copydoc and status finds its target,
# groff has nothing to say about the manual pages, and their examples compile.
# Usage: site_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
build=$(realpath "$2")
cd "$1"
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
status=0
python3 -B docs/site/build.py "$output" || status=$?
[ "$status" = 0 ] || exit "$status" # 77: a tool is missing
python3 -B tests/docs/man_examples_test.py . "$build" "$output/man/man3"
if [ -n "$(command -v groff)" ]; then
    cd "$output/man"
    warnings=$(grep -L '^\.so ' man3/* | xargs groff -ww -man -z 2>&1)
    echo "$warnings" | head -20
    [ -z "$warnings" ]
fi
