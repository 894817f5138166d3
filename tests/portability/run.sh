#!/usr/bin/env bash
# The portability command: builds the project with other versions of its libraries and other compilers than those of the
# machine, and runs tests there. docs/portability.md names the versions that were tried. Runs unattended; not a part of CI.
set -euo pipefail
BOXD_SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
. "$BOXD_SOURCE/tests/setup.sh"

usage() {
    cat <<'TEXT'
usage: tests/portability/run.sh [--root newest | i386 | s390x | clang | portable | musl | macos | freebsd] [--fresh] [-R REGEX]

  --root newest  (default) builds with the newest gRPC and libcurl of Debian's archive (sid and experimental), and runs the
                 unit and e2e tests
  --root i386    builds for 32-bit x86 with the libraries of Debian 12, and runs the unit tests
  --root s390x   builds for a big-endian machine with the libraries of Debian 12, and runs the unit tests in qemu
  --root clang   builds everything with this machine's clang, whose warnings are errors; needs no root
  --root portable
                 builds with functions of POSIX only (BOXD_PORTABLE), and runs the unit tests and a part of the e2e tests;
                 needs no root
  --root musl, macos, freebsd
                 compiles the libraries with the headers of musl, macOS and FreeBSD, which the compiler zig brings from PyPI.
                 Warnings are errors. Nothing is linked, and nothing runs; needs no root
  --fresh        makes the root again, with the versions that the archive has now
  -R REGEX       only the tests whose names match
  --help

Exit status: 0 everything passed, 2 usage or not root, otherwise something failed.

Needs root for newest, i386 and s390x: debootstrap makes a root directory below build-portability (or BOXD_BUILD_DIR), and keeps it
for the next run. The tests see only that directory, and no process of this machine. BOXD_DEBIAN_MIRROR names another mirror
than debootstrap's own. At the end: the versions, the tests that passed and failed, and what was left out, and why.

A first run takes minutes, and downloads the packages of the root. Two roots need about 2 GiB. The log of making a root is
build-portability/ROOT.log. The script installs missing packages on this machine: debootstrap, rsync and util-linux for a root;
the build packages for the others, with clang and check, or python3-venv.

To clean up: rm -rf --one-file-system build-portability. All mounts belong to the namespace of a run, and end with the run.
TEXT
}

reject() {
    echo "tests/portability/run.sh: $1 (see --help)" >&2
    exit 2
}

root=newest
fresh=
inside=()
while [ $# -gt 0 ]; do
    case $1 in
    --root)
        [[ ${2-} =~ ^(newest|i386|s390x|clang|portable|musl|macos|freebsd)$ ]] || reject "--root has no value \"${2-}\""
        root=$2
        shift
        ;;
    -R)
        [ $# -ge 2 ] || reject "-R needs a regular expression"
        inside+=("$1" "$2")
        shift
        ;;
    --fresh) fresh=1 ;;
    --help | -h) usage; exit 0 ;;
    *) reject "unknown option \"$1\"" ;;
    esac
    shift
done

base=${BOXD_BUILD_DIR:-$BOXD_SOURCE}/build-portability
dir=$base/$root
if [ "$root" = clang ]; then
    need "${BOXD_BUILD_PACKAGES[@]}" clang check
    configure "$dir" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang -DBOXD_WERROR=ON
    build "$dir"
    echo "clang: everything was built without a warning by $(clang --version | head -n 1)"
    exit 0
fi

# Left out: the tests of single files that are mounted, and of the sockets of old versions of libcurl, which only Linux finds.
portable_tests='^(unit\..*|e2e\.(terminal|process|process_fds|cancel|dispatch|loops|files_unary|dirs))$'
if [ "$root" = portable ]; then
    need "${BOXD_BUILD_PACKAGES[@]}" check
    configure "$dir" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBOXD_WERROR=ON -DBOXD_PORTABLE=ON
    build "$dir"
    [ ${#inside[@]} != 0 ] || inside=(-R "$portable_tests")
    exec ctest --test-dir "$dir" --output-on-failure "${inside[@]}"
fi

# compile_with_zig SYSTEM TARGET: compiles the libraries' objects. The headers of gRPC, libcurl, protobuf-c and jansson are
# those of this machine: they know the other systems.
compile_with_zig() {
    local zig=$base/zig headers=$base/headers include tool
    [ -e "$zig/bin/python" ] || python3 -m venv "$zig"
    "$zig/bin/python" -m ziglang version >/dev/null 2>&1 || "$zig/bin/pip" install -q ziglang
    mkdir -p "$headers" "$dir"
    for include in /usr/include /usr/include/"$(gcc -print-multiarch)"; do
        for tool in grpc curl protobuf-c jansson.h jansson_config.h; do
            [ ! -e "$include/$tool" ] || cp -RL "$include/$tool" "$headers/"
        done
    done
    for tool in "cc -target $2" ar ranlib; do
        printf '#!/bin/sh\nexec "%s/bin/python" -m ziglang %s "$@"\n' "$zig" "$tool" >"$dir/${tool%% *}"
        chmod +x "$dir/${tool%% *}"
    done
    configure "$dir/build" -DCMAKE_SYSTEM_NAME="$1" -DCMAKE_SYSTEM_PROCESSOR=x86_64 -DCMAKE_C_COMPILER="$dir/cc" \
        -DCMAKE_AR="$dir/ar" -DCMAKE_RANLIB="$dir/ranlib" -DCMAKE_C_FLAGS="-isystem $headers" -DBOXD_WERROR=ON \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBOXD_BUILD_TESTS=OFF -DBOXD_BUILD_EXAMPLES=OFF -DBOXD_ADAPTERS= -DBOXD_INSTALL=OFF
    local objects
    mapfile -t objects < <(ninja -C "$dir/build" -t targets all |
        sed -n 's,^\(\(common\|async\|sync\)/CMakeFiles/[^ ]*\.o\): .*,\1,p')
    build "$dir/build" "${objects[@]}"
    grep -h '^-- boxd uses' "$dir/build/configure.log" || true
    echo "$root: ${#objects[@]} sources were compiled without a warning by zig $("$zig/bin/python" -m ziglang version)"
}
case $root in
musl) target="Linux x86_64-linux-musl" ;;
macos) target="Darwin x86_64-macos" ;;
freebsd) target="FreeBSD x86_64-freebsd" ;;
*) target= ;;
esac
if [ -n "$target" ]; then
    need "${BOXD_BUILD_PACKAGES[@]}" python3-venv
    # shellcheck disable=SC2086 # two words
    compile_with_zig $target
    exit 0
fi

[ "$(id -u)" = 0 ] || { echo "the roots of other systems need root: run this as root" >&2; exit 2; }
need debootstrap rsync util-linux

# What unit and e2e tests need beyond the build.
packages=("${BOXD_BUILD_PACKAGES[@]}" check python3 openssl ca-certificates iproute2 curl)

# Compilers and code generators of this machine; the libraries and the check framework of s390x.
if [ "$root" = s390x ]; then
    for i in "${!packages[@]}"; do
        case ${packages[i]} in
        gcc | g++) packages[i]+=-s390x-linux-gnu ;;
        lib*-dev | check) packages[i]+=:s390x ;;
        esac
    done
    packages+=(qemu-user)
fi

# gRPC and libcurl come from experimental, where it has newer ones, with what they depend on; all else comes from sid.
add_experimental() {
    local mirror
    mirror=$(awk '$1 == "deb" { print $2; exit }' "$dir/etc/apt/sources.list")
    echo "deb $mirror experimental main" >"$dir/etc/apt/sources.list.d/experimental.list"
    cat >"$dir/etc/apt/preferences.d/experimental" <<'TEXT'
Package: src:grpc src:curl
Pin: release a=experimental
Pin-Priority: 500
TEXT
}

install_packages() {
    cp -L /etc/resolv.conf "$dir/etc/resolv.conf"
    # An archive that is mirrored once may be older than its dates allow.
    cat >"$dir/etc/apt/apt.conf.d/10boxd" <<'TEXT'
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
APT::Install-Recommends "false";
TEXT
    [ "$root" != s390x ] || chroot "$dir" dpkg --add-architecture s390x
    chroot "$dir" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive chroot "$dir" apt-get install -y -qq "${packages[@]}"
    chroot "$dir" apt-get clean
}

make_root() {
    local mirror=${BOXD_DEBIAN_MIRROR:+"$BOXD_DEBIAN_MIRROR"}
    mkdir -p "$dir"
    case $root in
    newest)
        debootstrap --variant=minbase sid "$dir" $mirror
        add_experimental
        ;;
    i386) debootstrap --variant=minbase --arch=i386 bookworm "$dir" $mirror ;;
    s390x) debootstrap --variant=minbase bookworm "$dir" $mirror ;;
    esac
    umount -l "$dir/proc" 2>/dev/null || true # debootstrap's
    install_packages
    touch "$dir/.complete"
}

mkdir -p "$base"
log=$base/$root.log
if [ -n "$fresh" ] || [ ! -e "$dir/.complete" ]; then
    # Nothing of this machine may be mounted below what is removed.
    if grep -q " $dir/" /proc/self/mounts; then
        echo "something is mounted below $dir: unmount it first" >&2
        exit 1
    fi
    rm -rf --one-file-system "$dir"
    echo "making $dir (log: $log)" >&2
    export -f make_root add_experimental install_packages
    export dir root
    # Mounts of debootstrap end with this namespace.
    unshare --mount --propagation private -- bash -euo pipefail -c \
        'packages=("$@"); make_root' bash "${packages[@]}" >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        exit 1
    }
fi

# A copy, so that the build directory in the root belongs to it alone. A file that has changed gets the time of the copy: its
# own may be older than an object that was built of the copy before.
mkdir -p "$dir/boxd/source"
rsync --recursive --links --perms --checksum --delete --exclude='/build*' --exclude=/.git "$BOXD_SOURCE/" "$dir/boxd/source/"

export CK_TIMEOUT_MULTIPLIER=${CK_TIMEOUT_MULTIPLIER:-1}
exec unshare --mount --pid --fork --kill-child --propagation private -- \
    "$BOXD_SOURCE/tests/portability/enter.sh" "$dir" "$root" ${inside[@]+"${inside[@]}"}
