#!/usr/bin/env bash
# Makes the Debian packages of this source tree, without network.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/../.." && pwd)

usage() {
    cat <<'EOF'
usage: cmake/packaging/deb.sh [--built DIR] [--output DIR]

  --built DIR    pack what the build tree DIR has, instead of building. The tree was configured with
                 -DCMAKE_INSTALL_PREFIX=/usr and has the emulator and the examples
  --output DIR   where the packages are written (default: build-deb in the source tree)

The build dependencies are in debian/control: `apt-get build-dep .` installs them. Without --built, the source package (.dsc) is
made as well.
EOF
}

built= output=$source_dir/build-deb
while [ $# -gt 0 ]; do
    case $1 in
    --built | --output)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        if [ "$1" = --built ]; then built=$(cd "$2" && pwd); else output=$2; fi
        shift
        ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done
mkdir -p "$output"
output=$(cd "$output" && pwd)
version=$(dpkg-parsechangelog -l "$source_dir/debian/changelog" -S Version)
upstream=${version%-*}
work=$(mktemp -d "$output/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/boxd-$upstream
mkdir "$tree"

if [ -n "$built" ]; then
    if ! grep -q '^CMAKE_INSTALL_PREFIX:PATH=/usr$' "$built/CMakeCache.txt"; then
        echo "deb.sh: $built was not configured with -DCMAKE_INSTALL_PREFIX=/usr" >&2
        exit 1
    fi
    cp -r "$source_dir/debian" "$source_dir/CHANGELOG.md" "$tree"
    cd "$tree"
    # Without dpkg-buildpackage, which notes every package of this machine; with the fastest compression.
    DPKG_DEB_COMPRESSOR_LEVEL=1 BOXD_BUILT=$built DEB_BUILD_OPTIONS=noddebs debian/rules binary >"$output/deb.log" 2>&1 || {
        tail -50 "$output/deb.log" >&2
        exit 1
    }
else
    "$source_dir/cmake/packaging/source.sh" "$work/boxd_$upstream.orig.tar.gz"
    tar xzf "$work/boxd_$upstream.orig.tar.gz" -C "$tree" --strip-components=1
    cp -r "$source_dir/debian" "$tree"
    cd "$tree"
    dpkg-buildpackage -uc -us >"$output/deb.log" 2>&1 || {
        tail -50 "$output/deb.log" >&2
        exit 1
    }
fi
cd "$work"
find . -maxdepth 1 -type f -exec mv {} "$output" \;
