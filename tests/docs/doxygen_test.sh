#!/usr/bin/env bash
# doxygen_test.sh: Doxygen reads the public headers without a warning, so each reference and each @copydoc finds its target.
# Usage: doxygen_test.sh SOURCE_DIR
set -euo pipefail
cd "$1"
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
{
    cat docs/Doxyfile
    echo "OUTPUT_DIRECTORY = $output"
    echo "WARN_AS_ERROR = FAIL_ON_WARNINGS"
} | doxygen -
