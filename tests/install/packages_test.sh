#!/usr/bin/env bash
# Makes the Debian packages of a build tree, and installs them in a root directory of their own: an overlay over this machine's,
# which has their dependencies. There the session of README.md runs, whose program is compiled and run against an emulator.
# Removing the packages leaves nothing.
# Usage: packages_test.sh BUILD_DIR SOURCE_DIR    Prints `N passed, N failed`.
set -euo pipefail
export LC_ALL=C.UTF-8

# session FILE: runs the commands of the terminal session in a document, in this shell, and compares what they print.
session() {
    local line command='' expected=''
    sed -n '/^<!-- session -->/,/^```$/p' "$1" | sed '1,2d; $d' >session
    echo '$ true' >>session
    while IFS= read -r line <&3; do
        if [ "${line#\$ }" = "$line" ]; then
            expected+=$line$'\n'
            continue
        fi
        if [ -n "$command" ]; then
            eval "$command" >output 2>&1 3<&- || true
            [ "$(cat output)" = "${expected%$'\n'}" ] || { echo "$command: expected: $expected"; cat output; exit 1; }
        fi
        command=${line#\$ } expected=''
    done 3<session
    wait
}

if [ "${1-}" = --inside ]; then # in the overlay, as root
    set -x
    packages=$2
    dpkg --install "$packages"/*.deb
    mkdir /tmp/boxd-user
    cd /tmp/boxd-user
    HOME=/tmp/boxd-user
    examples=/usr/share/doc/boxd/examples
    cp $examples/sync/hello.c .
    # shellcheck disable=SC2046  # the flags are words
    if pkg-config --exists grpc; then # what a static program needs in addition
        gcc -std=c11 hello.c $(pkg-config --cflags boxd) $(pkg-config --static --libs boxd |
            sed -E 's/-l((boxd|drukbox)[a-z-]*)/-l:lib\1.a/g') -o hello_static
    fi
    # shellcheck disable=SC2046
    gcc -std=c11 -D_GNU_SOURCE $examples/loops/libuv.c $examples/loops/job.c $(pkg-config --cflags --libs boxd-libuv libuv) -o loop
    unset BOXD_TOKEN BOXD_BASE_URL
    set +x
    session "$packages/README.md"
    set -x
    boxd-emulator --port 0 --http-port 0 --exit-with-parent --ready-file env >/dev/null &
    for _ in $(seq 300); do [ ! -e env ] || break; sleep 0.1; done
    # shellcheck disable=SC1091
    . ./env
    [ ! -e hello_static ] || [ "$(./hello_static)" = "hello from C" ]
    ./loop
    boxctl ls
    kill %1
    wait
    cd /
    rm -r /tmp/boxd-user
    # shellcheck disable=SC2046  # names of packages
    dpkg --purge $(for file in "$packages"/*.deb; do dpkg-deb --field "$file" Package; done)
    exit
fi

if [ "${1-}" = --outside ]; then # in mount and network namespaces, as root
    work=$2 tests=$(dirname "$(realpath "$0")")
    mount -t tmpfs none "$work/overlay"
    mkdir "$work"/overlay/{upper,work,root}
    mount -t overlay none -o "lowerdir=/,upperdir=$work/overlay/upper,workdir=$work/overlay/work" "$work/overlay/root"
    cd "$work/overlay/root"
    mount --rbind /dev dev
    mount --rbind /proc proc
    mount -t tmpfs none tmp
    mkdir tmp/packages
    cp "$work"/packages/*.deb "$tests/packages_test.sh" "$tests/../../README.md" tmp/packages
    ip link set lo up
    # pivot_root and not chroot, in which the kernel refuses the user namespaces of the emulator.
    mkdir tmp/old
    # shellcheck disable=SC2016  # for the inner shell
    unshare --mount timeout 300 bash -c \
        'pivot_root . tmp/old && umount -l /tmp/old && exec /tmp/packages/packages_test.sh --inside /tmp/packages'
    # What the overlay has and the machine has not. Character devices stand for removed files.
    cd "$work/overlay/upper"
    find . ! -type c | while read -r path; do
        [ -e "/$path" ] || [ -L "/$path" ] || echo "left: ${path#.}"
    done >"$work/left"
    cat "$work/left"
    [ ! -s "$work/left" ]
    exit
fi

build_dir=$(cd "${1:?usage: packages_test.sh BUILD_DIR SOURCE_DIR}" && pwd)
source_dir=$(cd "${2:?usage: packages_test.sh BUILD_DIR SOURCE_DIR}" && pwd)
if grep -q '^BOXD_SANITIZE:[A-Z]*=.' "$build_dir/CMakeCache.txt" ||
    ! grep -q '^CMAKE_INSTALL_PREFIX:PATH=/usr$' "$build_dir/CMakeCache.txt"; then
    echo "packages_test.sh: not a build for packages (-DCMAKE_INSTALL_PREFIX=/usr), skipped"
    exit 77
fi
for tool in dh lintian unshare; do
    command -v $tool >/dev/null || { echo "packages_test.sh: $tool is missing, skipped"; exit 77; }
done

work=$(mktemp -d "$build_dir/packages_test.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/overlay"
passed=0
failed=0

# check WHAT COMMAND...: passes if the command succeeds; otherwise shows its output.
check() {
    local what=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        sed 's/^/    /' "$work/log"
    fi
}

# Each installed file is in one package, but for the license and the changelog, which each package has in Debian's form. The completion
# of zsh is in Debian's folder.
complete() {
    DESTDIR=$work/whole cmake --install "$build_dir" >/dev/null
    (cd "$work/whole" && find . ! -type d | grep -vE '^\./usr/share/doc/boxd/(LICENSE|CHANGELOG.md)$' | sort) >"$work/installed"
    for file in "$work"/packages/*.deb; do
        dpkg-deb --fsys-tarfile "$file" | tar t | grep -v '/$'
    done | grep -vE '/share/(doc/[^/]*/(copyright|changelog.*gz)|lintian/.*)$' | sed 's/\(man[0-9]\/.*\)\.gz$/\1/; s/\/zsh\/vendor-completions\//\/zsh\/site-functions\//' | sort >"$work/packed"
    diff "$work/installed" "$work/packed"
}

# A program that is built with a library depends on this version of it, or a newer one.
versioned() {
    local file version lines
    for file in "$work"/packages/lib*0_*.deb; do
        version=$(dpkg-deb -f "$file" Version)
        lines=$(dpkg-deb -I "$file" shlibs) || return
        echo "$file: $lines"
        ! grep -qv "(>= ${version%-*})$" <<<"$lines" || return
    done
}

clean_root() {
    local user=()
    [ "$(id -u)" = 0 ] || user=(--map-root-user)
    unshare "${user[@]}" --mount --net "$0" --outside "$work"
}

check "the packages" "$source_dir/cmake/packaging/deb.sh" --built "$build_dir" --output "$work/packages"
check "each file is in a package" complete
check "versions of the libraries" versioned
# Without the check that formats each man page, which other tests do; a release has all checks.
check "lintian" lintian --allow-root --fail-on error,warning -X documentation/manual "$work"/packages/*.deb
check "installed in a clean root" clean_root
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
