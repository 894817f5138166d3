#!/bin/sh
# Lints our C and C++: format, clang-tidy, length of functions and files, and which room may include what.
# Usage: lint.sh BUILD_DIR [--changed]    BUILD_DIR has compile_commands.json; --changed: format and clang-tidy
# only on what differs from the last commit. Prints each finding and `N passed, N failed`, a rule each.
set -eu

build_dir=$(cd "${1:?usage: lint.sh BUILD_DIR [--changed]}" && pwd)
changed=${2:-}
cd "$(dirname "$0")/../.."
git rev-parse --git-dir >/dev/null 2>&1 || { echo "lint.sh: not a git checkout, skipped"; exit 77; }

max_function_lines=80
max_file_lines=600
# Files that may be longer, and why: "path reason", one per line.
long_files="
"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The files that git knows or would take, and that exist: generated ones live in build directories.
existing() { sort -u | while read -r file; do [ -f "$file" ] && echo "$file"; done; }
git ls-files -co --exclude-standard '*.c' '*.h' '*.cpp' | existing >"$scratch/files"
if [ "$changed" = --changed ]; then
    { git diff --name-only HEAD -- '*.c' '*.h' '*.cpp'; git ls-files -o --exclude-standard '*.c' '*.h' '*.cpp'; } |
        existing >"$scratch/checked"
else
    cp "$scratch/files" "$scratch/checked"
fi

# rule MESSAGE: its findings are what stands on standard input. The end of a pipe, so it counts in files.
: >"$scratch/passed"
: >"$scratch/failed"
rule() {
    cat >"$scratch/findings"
    if [ -s "$scratch/findings" ]; then
        echo "$1" >>"$scratch/failed"
        cat "$scratch/findings"
        echo "lint: $1"
        echo
    else
        echo "$1" >>"$scratch/passed"
    fi
}

missing() { command -v "$1" >/dev/null && return 1; echo "lint: no $1, its rule is skipped"; }

in_files() { grep -E "$1" "$scratch/files" || true; }

# includes PATHS: each include of the files under the pattern, as file:line:<header> or file:line:"header".
includes() {
    in_files "$1" | xargs -r awk '
        match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]*[>"]/) {
            header = substr($0, RSTART, RLENGTH)
            sub(/^[^<"]*/, "", header)
            print FILENAME ":" FNR ":" header
        }'
}

with() { grep -E "$1" || true; }
without() { grep -vE "$1" || true; }

# Which room may include what.

includes '^common/' | with ':[<"](grpc|grpc\+\+|curl|protobuf-c|(boxd|drukbox)/aio|(boxd|drukbox)/adapters)[/.]|:"api\.pb-c\.h|:<jansson' |
    rule "common/ knows no transport: no gRPC, curl, protobuf, JSON or async header there"

includes '^(common|async|sync)/' | with ':[<"]curl/' | without '^async/src/core/http' |
    rule "only async/src/core/http* includes curl"

in_files '^(common|async|sync)/' | xargs -r grep -nE '\bgrpc_completion_queue' | without '^async/src/core/' |
    rule "only async/src/core/ touches a completion queue"

includes '^(common|async|sync)/' | with ':"(.*/)?api\.pb-c\.h"|:<(.*/)?api\.pb-c\.h>' |
    without '^(async/src/boxd/wire|common/include/boxd/types/rpc)\.h:' |
    rule "only async/src/boxd/wire.h and boxd/types/rpc.h include the generated api.pb-c.h"

includes '^(async|sync)/src/drukbox/' | with ':[<"](grpc|protobuf-c)[/.]|:"(auth|compute|request|unary|wire)\.h|:<boxd/aio' |
    rule "Drukbox includes no gRPC and nothing of the boxd client"

includes '^(common|async)/(src|include)/' | without '^(common/src/(drukbox_|options)|(common|async)/include/drukbox/|async/src/drukbox/)' |
    with ':<drukbox/' | rule "only Drukbox's own files include its headers"

includes '^sync/src/' | without ':(<(boxd|drukbox)/[a-z_/]+\.h>|"waiter\.h"|<(errno|pthread|std[a-z]+|string|time)\.h>)$' |
    rule "sync/src includes public boxd headers, its waiter.h and the C library, nothing else"

includes '^(common|async|sync)/include/' |
    without ':<((boxd|drukbox)/[a-z_/]+|std[a-z]+)\.h>$' | without '/boxd/types/rpc\.h:[0-9]*:<boxd/api\.pb-c\.h>$' |
    rule "a public header includes <boxd/...>, <drukbox/...> and <std...> headers, nothing else"

includes '^(common|sync)/include/' | with ':<(boxd|drukbox)/(aio|adapters)' |
    rule "headers of common/ and sync/ do not include the async ones"

includes '^async/adapters/' | without ':("(adapter|errors|mem)\.h"|<((boxd|drukbox)/[a-z_/]+|std[a-z]+)\.h>)$' |
    without '^async/adapters/(libuv\.c:[0-9]*:<uv|libevent\.c:[0-9]*:<event2/event|glib\.c:[0-9]*:<glib-unix)\.h>$' |
    rule "an adapter includes public boxd headers, errors.h and mem.h of common/, and its own loop's header"

# Length.

while read -r file; do
    lines=$(wc -l <"$file")
    case $long_files in *"
$file "*) continue ;; esac
    [ "$lines" -le "$max_file_lines" ] || echo "$file: $lines lines"
done <"$scratch/files" | rule "no file is longer than $max_file_lines lines"

# Functions open and close with a brace in the first column; clang-format sees to that.
xargs -r awk -v max="$max_function_lines" '
    FNR == 1 { start = 0 }
    /^\{/ { start = FNR }
    /^\}/ && start {
        if (FNR - start + 1 > max)
            print FILENAME ":" start ": " FNR - start + 1 " lines"
        start = 0
    }' <"$scratch/files" | rule "no function is longer than $max_function_lines lines"

# The tools.

if ! missing clang-format; then
    { xargs -r clang-format --dry-run -Werror --fallback-style=none <"$scratch/checked" 2>&1 || true; } |
        with 'error:' | rule "clang-format -i mends these"
fi

if ! missing clang-tidy; then
    commands=$build_dir/compile_commands.json
    [ -f "$commands" ] || { echo "lint.sh: $commands is missing"; exit 1; }
    root=$(pwd)
    sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$commands" | sort -u >"$scratch/compiled"
    sed "s,^,$root/," "$scratch/checked" | grep -Fxf "$scratch/compiled" >"$scratch/tidied" || true
    echo "clang-tidy: $(wc -l <"$scratch/tidied") sources"
    # One process's output is printed in one piece, and only where there is a finding.
    xargs -r -P 2 -n 1 sh -c 'out=$(clang-tidy --quiet -p "$0" "$1" 2>/dev/null) || printf "%s\n" "$out"' \
        "$build_dir" <"$scratch/tidied" | sed "s,$root/,,g" | rule "clang-tidy"
fi

echo "$(wc -l <"$scratch/passed") passed, $(wc -l <"$scratch/failed") failed"
[ ! -s "$scratch/failed" ]
