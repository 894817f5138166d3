#!/bin/sh
# Lints proto/api.proto: it must compile without a warning, keep the rules of proto/buf.yaml and be formatted.
# Usage: lint.sh BUILD_DIR    buf is installed into BUILD_DIR/buf. Exit 77 (skipped) where buf cannot be had.
set -eu

build_dir=${1:?usage: lint.sh BUILD_DIR}
proto_dir=$(cd "$(dirname "$0")/../../proto" && pwd)
buf_version=1.47.2

command -v protoc >/dev/null || { echo "lint.sh: no protoc, skipped"; exit 77; }
warnings=$(protoc -I "$proto_dir" -o /dev/null api.proto 2>&1) || { echo "$warnings"; exit 1; }
if [ -n "$warnings" ]; then
    echo "$warnings"
    exit 1
fi

buf=$build_dir/buf/node_modules/.bin/buf
if ! [ -x "$buf" ]; then
    command -v npm >/dev/null || { echo "lint.sh: no npm, skipped"; exit 77; }
    mkdir -p "$build_dir/buf"
    npm install --silent --no-audit --no-fund --no-save --prefix "$build_dir/buf" "@bufbuild/buf@$buf_version" ||
        { echo "lint.sh: buf could not be installed, skipped"; exit 77; }
fi
"$buf" lint "$proto_dir"
"$buf" format --diff --exit-code "$proto_dir"
echo "api.proto is clean"
