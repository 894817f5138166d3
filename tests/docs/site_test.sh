#!/usr/bin/env bash
# site_test.sh: the site and the manual pages are built without a warning: each name, link, @copydoc and status finds its target,
# and groff has nothing to say about the manual pages.
# Usage: site_test.sh SOURCE_DIR
set -euo pipefail
cd "$1"
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
status=0
python3 -B docs/site/build.py "$output" || status=$?
[ "$status" = 0 ] || exit "$status" # 77: a tool is missing
if [ -n "$(command -v groff)" ]; then
    cd "$output/man"
    warnings=$(grep -L '^\.so ' man3/* | xargs groff -ww -man -z 2>&1)
    echo "$warnings" | head -20
    [ -z "$warnings" ]
fi
