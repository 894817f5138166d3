#!/usr/bin/env bash
# inside.sh NAME [-R REGEX]: builds the copy of the source and runs the tests. For enter.sh.
set -euo pipefail
name=$1
shift
source=/boxd/source
dir=/boxd/build
. "$source/tests/setup.sh"
BOXD_SOURCE=$source

options=() chosen=()
case $name in
newest) labels='^(unit|e2e)$' ;;
i386)
    labels='^unit$'
    [ "$(dpkg --print-architecture)" = i386 ] || { echo "this root is not one of i386" >&2; exit 1; }
    ;;
s390x)
    labels='^unit$'
    # These test what needs name spaces, seccomp, clone() with its own flags, or TCP_INFO, which qemu does not have.
    chosen=(-E '^unit\.(sandbox|sandbox_files|os|paths|paths_portable|http_memory)$')
    CK_TIMEOUT_MULTIPLIER=$((10 * CK_TIMEOUT_MULTIPLIER))
    export PKG_CONFIG_LIBDIR=/usr/lib/s390x-linux-gnu/pkgconfig:/usr/share/pkgconfig
    options=(-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=s390x -DCMAKE_C_COMPILER=s390x-linux-gnu-gcc
        -DCMAKE_CXX_COMPILER=s390x-linux-gnu-g++ -DCMAKE_LIBRARY_ARCHITECTURE=s390x-linux-gnu
        -DCMAKE_CROSSCOMPILING_EMULATOR=/usr/bin/qemu-s390x)
    ;;
esac
# gcc notes on i386 that its own earlier versions had another ABI.
configure "$dir" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBOXD_WERROR=ON -DCMAKE_C_FLAGS=-Wno-psabi "${options[@]}"
build "$dir"
cd "$dir"
failed=0
ctest -L "$labels" "${chosen[@]}" --output-on-failure --parallel $((2 * $(nproc))) --output-junit ctest.xml "$@" >ctest.log 2>&1 || failed=$?
[ "$failed" = 0 ] || cat ctest.log
echo
echo "$name: versions"
dpkg-query -W -f='  ${Package} ${Version}\n' libgrpc-dev libcurl4-openssl-dev libprotobuf-c-dev libjansson-dev libmicrohttpd-dev \
    libssl-dev libc6-dev gcc cmake check
python3 -B "$source/tests/portability/report.py" ctest.xml "$name"
exit "$failed"
