#!/usr/bin/env bash
# Prepares and makes a release. docs/maintaining.md has the whole procedure.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
    cat <<'EOF'
usage: cmake/packaging/release.sh prepare BUILD_DIR
       cmake/packaging/release.sh make --output DIR [--url URL] [--draft]

prepare    for the version in common/include/boxd/version.h: dates the section of CHANGELOG.md, writes the entry of
           debian/changelog, lists what the version brought in cmake/symbols, and records the ABI of BUILD_DIR. Look at the
           difference and commit it.
make       from the commit that is checked out, without network: the source archive, Debian packages (source and binary, checked by
           lintian), recipes for vcpkg, Conan and Homebrew, the notes, and SHA256SUMS, in DIR.
           --url URL  the address at which the source archive will be, for the recipes (default: https://boxd.sh/ and its name)
           --draft    a trial: the version does not have to be prepared
EOF
}

die() {
    echo "release.sh: $*" >&2
    exit 1
}

version=$(sed -nE 's/^#define BOXD_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+)$/\2/p' common/include/boxd/version.h | paste -sd.)
minor=${version%.*}
packaged=$(dpkg-parsechangelog -S Version)

# The names of the public functions of a build tree that no earlier release has, as "library function".
new_functions() {
    local file name
    for file in "$1"/{common/libboxd-common,async/libboxd-async,sync/libboxd,async/libdrukbox-async,sync/libdrukbox}.so \
        "$1"/async/adapters/lib*.so; do
        name=$(basename "$file" .so)
        nm -D --defined-only "$file" | awk -v library="${name#lib}" \
            '$(NF - 1) == "T" { sub(/@.*/, "", $NF); if ($NF !~ /^boxd_private_/) print library, $NF }'
    done | sort | grep -vxF -f <(cat /dev/null $(find cmake/symbols -name '*.txt' ! -name "$minor.txt")) || true
}

prepare() {
    local build=$1 date
    date=$(date -u +%Y-%m-%d)
    grep -q "^## \[Unreleased\]: $version$" CHANGELOG.md || die "CHANGELOG.md has no section \"## [Unreleased]: $version\""
    sed -i "s/^## \[Unreleased\]: $version$/## [$version] - $date/" CHANGELOG.md
    if [ "${packaged%-*}" != "$version" ]; then
        {
            printf 'boxd (%s-0upstream1) unstable; urgency=medium\n\n' "$version"
            printf '  * New release. The changes are in changelog.gz of each package.\n\n'
            printf ' -- %s  %s\n\n' "$(sed -n 's/^Maintainer: //p' debian/control)" "$(date -uR)"
            cat debian/changelog
        } >debian/changelog.new
        mv debian/changelog.new debian/changelog
    fi
    new_functions "$build" >"cmake/symbols/$minor.txt"
    tests/abi/record.sh "$build"
    echo "prepared $version: $(grep -c . "cmake/symbols/$minor.txt") new functions. Look at the difference, then commit it."
}

# The section of this version in the changelog.
notes() {
    awk -v version="$version" '
        /^## / { inside = index($0, version) > 0 && $0 ~ /^## \[/; next }
        inside { print }' CHANGELOG.md
}

is_prepared() {
    [ -z "$(git status --porcelain)" ] || die "there are changes that are not committed"
    grep -q "^## \[$version\] - " CHANGELOG.md || die "CHANGELOG.md has no date for $version: run \"release.sh prepare\""
    [ -s "cmake/symbols/$minor.txt" ] || die "cmake/symbols/$minor.txt is missing: run \"release.sh prepare\""
    [ "${packaged%-*}" = "$version" ] || die "debian/changelog has $packaged, and the headers have $version"
}

make_release() {
    local archive=$output/boxd-$version.tar.gz
    mkdir -p "$output"
    [ -z "$(ls -A "$output")" ] || die "$output is not empty"
    cmake/packaging/source.sh "$archive"
    cmake/packaging/deb.sh --output "$output/debian"
    lintian --allow-root --fail-on error,warning "$output"/debian/*.changes
    cmake/packaging/fill_recipes.py "$version" "${url:-https://boxd.sh/boxd-$version.tar.gz}" "$archive" "$output/recipes"
    { printf '# boxd for C %s\n' "$version"; notes; } >"$output/NOTES.md"
    (cd "$output" && find . -type f ! -name SHA256SUMS ! -name '*.log' | sort | xargs sha256sum >SHA256SUMS)
    echo "made $version of $(git rev-parse --short HEAD) in $output:"
    (cd "$output" && find . -type f | sort)
}

output= url= draft=
case ${1-} in
prepare)
    [ $# = 2 ] || { usage >&2; exit 2; }
    prepare "$2"
    ;;
make)
    shift
    while [ $# -gt 0 ]; do
        case $1 in
        --output | --url)
            [ $# -ge 2 ] || { usage >&2; exit 2; }
            if [ "$1" = --output ]; then output=$(realpath -m "$2"); else url=$2; fi
            shift
            ;;
        --draft) draft=yes ;;
        *) usage >&2; exit 2 ;;
        esac
        shift
    done
    [ -n "$output" ] || { usage >&2; exit 2; }
    [ -n "$draft" ] || is_prepared
    make_release
    ;;
--help | -h) usage ;;
*) usage >&2; exit 2 ;;
esac
