#!/usr/bin/env bash
# Makes the source archive of the commit that is checked out: cmake/packaging/source.sh FILE.tar.gz
# Two runs for one commit make the same bytes.
set -euo pipefail
file=$(realpath "${1:?usage: source.sh FILE.tar.gz}")
cd "$(dirname "$0")/../.."
version=$(sed -nE 's/^#define BOXD_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+)$/\2/p' common/include/boxd/version.h | paste -sd.)
git archive --format=tar --prefix="boxd-$version/" HEAD | gzip -9n >"$file"
