#!/bin/sh
# Records the ABI of a build tree: tests/abi/record.sh BUILD_DIR. docs/abi.md says when.
set -eu
build=${1:?usage: tests/abi/record.sh BUILD_DIR}
exec python3 "$(dirname "$0")/abi_test.py" --record "$build" "$build/common/libboxd-common.so" \
    "$build/async/libboxd-async.so" "$build/sync/libboxd.so" "$build/async/libdrukbox-async.so" "$build/sync/libdrukbox.so"
