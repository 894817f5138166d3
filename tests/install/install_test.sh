#!/bin/sh
# Installs into a scratch prefix and builds programs against it, as a user would: with pkg-config and gcc, with
# find_package, and in C++. Each must find the installed libraries and say that it has no credential.
# Usage: install_test.sh BUILD_DIR SOURCE_DIR    Prints `N passed, N failed`.
set -eu

build_dir=$(cd "${1:?usage: install_test.sh BUILD_DIR SOURCE_DIR}" && pwd)
source_dir=$(cd "${2:?usage: install_test.sh BUILD_DIR SOURCE_DIR}" && pwd)
consumer_dir=$(cd "$(dirname "$0")/consumer" && pwd)

if grep -q '^BOXD_SANITIZE:[A-Z]*=.' "$build_dir/CMakeCache.txt"; then
    echo "install_test.sh: a sanitizer's build is not for installing, skipped"
    exit 77
fi

work=$build_dir/install_test
prefix=$work/prefix
unset DESTDIR
passed=0
failed=0
rm -rf "$work"
mkdir -p "$work/bin"
log=$work/log
trap 'rm -rf "$work"' EXIT

# check WHAT COMMAND...: passes if the command succeeds; otherwise shows its output.
check() {
    what=$1
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        sed 's/^/    /' "$log"
    fi
}

# Programs run without the caller's environment, which may hold a credential.
alone() { env -i PATH="$PATH" HOME="$work" "$@"; }

says_no_credential() {
    code=0
    said=$(alone "$@" 2>&1) || code=$?
    echo "exit code $code: $said"
    [ "$code" -eq 1 ] || return 1
    case $said in authentication:*BOXD_API_KEY* | "invalid argument: "*SANDBOX_SERVICE_URL*) ;; *) return 1 ;; esac
}

# needs PROGRAM LIBRARY: the program itself names the library.
needs() {
    readelf -d "$1"
    readelf -d "$1" | grep -q "(NEEDED).*\[$2\]"
}

# All libraries are found, ours in the prefix.
resolves() {
    ldd=$(alone "$@")
    echo "$ldd"
    case $ldd in *"not found"*) return 1 ;; esac
    [ -z "$(echo "$ldd" | grep -E 'libboxd|libdrukbox' | grep -v "=> $lib_dir/")" ]
}

installed() {
    for file in "$prefix/include/boxd/boxd.h" "$prefix/include/boxd/aio.h" "$lib_dir/libboxd.so" \
        "$lib_dir/libboxd.so.0" "$lib_dir/libboxd-async.so" "$lib_dir/libboxd-async.so.0" \
        "$lib_dir/pkgconfig/boxd.pc" "$lib_dir/pkgconfig/boxd-async.pc" \
        "$prefix/include/drukbox/drukbox.h" "$prefix/include/drukbox/aio.h" "$lib_dir/libdrukbox.so" \
        "$lib_dir/libdrukbox.so.0" "$lib_dir/libdrukbox-async.so" "$lib_dir/libdrukbox-async.so.0" \
        "$lib_dir/pkgconfig/drukbox.pc" "$lib_dir/pkgconfig/drukbox-async.pc" \
        "$lib_dir/libboxd.a" "$lib_dir/libboxd-async.a" "$lib_dir/libboxd-common.a" "$lib_dir/libdrukbox.a" \
        "$lib_dir/libdrukbox-async.a" "$lib_dir/libboxd-libuv.a" "$lib_dir/libdrukbox-libuv.a" \
        "$lib_dir/libboxd-rpc.a" "$lib_dir/pkgconfig/boxd-rpc.pc" "$prefix/share/boxd/api.proto" \
        "$lib_dir/cmake/boxd/boxdConfig.cmake" "$lib_dir/cmake/boxd/boxdConfigVersion.cmake"; do
        [ -e "$file" ] || { echo "$file is missing"; return 1; }
    done
}

all_headers() {
    for folder in common async sync; do
        (cd "$source_dir/$folder/include" && find . -name '*.h')
    done >"$work/unsorted"
    echo ./boxd/api.pb-c.h | sort - "$work/unsorted" >"$work/declared" # and the generated one
    (cd "$prefix/include" && find . -type f) | sort >"$work/installed"
    diff "$work/declared" "$work/installed"
}

# The tree can be moved: it contains no path of the build. The prefix is in the build directory, too.
movable() {
    ! grep -rnIF -e "$source_dir" -e "$build_dir" "$prefix"
}

# The documents and examples that an installed header names, as docs/exec.md or examples/tracing/, are installed.
header_paths() {
    grep -rhoE '\b(docs|examples|proto|tests|async|common|sync)/[A-Za-z0-9_./-]*[A-Za-z0-9_/]' "$prefix/include" | sort -u >"$work/named"
    [ "$(grep -c . "$work/named")" -gt 5 ] || return 1
    while read -r path; do
        [ -e "$prefix/share/doc/boxd/$path" ] || { echo "$path is missing"; missing=1; }
    done <"$work/named"
    [ -z "${missing-}" ]
}

# The links between the installed documents lead to installed files, but for those into the source tree.
document_links() {
    cd "$prefix/share/doc/boxd"
    for document in docs/*.md; do
        grep -oE '\]\([a-z][A-Za-z0-9_./-]*\)' "$document" | tr -d '])(' | while read -r path; do
            [ -e "docs/$path" ] || echo "$document: $path"
        done
    done >"$work/broken"
    cat "$work/broken"
    [ ! -s "$work/broken" ]
}

# manual PROGRAM: its man page has no error, and each option of the help.
manual() {
    page=$prefix/share/man/man1/$1.1
    grep -q '^\.TH' "$page" || return 1
    said=$(groff -man -Tascii -P-cbou -ww "$page" 2>&1 >"$work/page")
    echo "$said"
    [ -z "$said" ] || return 1
    alone "$prefix/bin/$1" --help | grep -oE '^ +--[a-z-]+' | while read -r option; do
        grep -qF -e "$option" "$work/page" || { echo "$option is not in the manual"; exit 1; }
    done
}

# The installed examples build on their own.
installed_examples() {
    cmake -S "$prefix/share/doc/boxd/examples" -B "$work/examples" -D CMAKE_PREFIX_PATH="$prefix" \
        -D CMAKE_C_COMPILER_LAUNCHER="$launcher" &&
        cmake --build "$work/examples" --parallel 2 --target "$@"
}

# The libraries search for each other in their own directory, and in no build directory.
no_other_path() {
    ! readelf -d "$1" | grep -E 'RUNPATH|RPATH' | grep -vF '[$ORIGIN]'
}

# only_ours_exported LIBRARY PREFIX
only_ours_exported() {
    nm -D --defined-only "$1" |
        awk -v ours="^$2_" '$(NF - 1) != "A" && $NF !~ ours { print; bad = 1 } END { exit bad }'
}

# Checks all libraries that are loaded with it, not only those that it names itself.
loads_no_grpc() {
    ldd "$1"
    ! ldd "$1" | grep -E 'grpc|protobuf|absl|not found'
}

# Drukbox alone: no file of boxd is installed, and all symbols resolve.
drukbox_only() {
    for component in common drukbox_async drukbox common_development drukbox_development; do
        cmake --install "$build_dir" --prefix "$work/drukbox_only" --component $component || return 1
    done
    (cd "$work/drukbox_only" && find . -name 'lib*.so*') | tee "$work/drukbox_libraries"
    ! grep -vE 'libboxd-common\.so|libdrukbox' "$work/drukbox_libraries" || return 1
    [ ! -e "$work/drukbox_only/include/boxd/boxd.h" ] && [ ! -e "$work/drukbox_only/include/boxd/aio.h" ]
}

drukbox_only_pkg_config() (
    PKG_CONFIG_PATH=$(dirname "$(find "$work/drukbox_only" -name drukbox.pc)")
    package=drukbox
    # shellcheck disable=SC2086  # two files
    with_pkg_config drukbox_only gcc -std=c11 -D_GNU_SOURCE -I"$source_dir/examples/common" $drukbox_sources
)

drukbox_only_cmake() {
    cmake -S "$consumer_dir" -B "$work/drukbox_consumer" -D CMAKE_PREFIX_PATH="$work/drukbox_only" \
        -D EXAMPLES_DIR="$source_dir/examples" -D BOXD_COMPONENTS="drukbox;drukbox-async" &&
        cmake --build "$work/drukbox_consumer"
}

components() {
    cmake --install "$build_dir" --prefix "$work/async_only" --component async &&
        find "$work/async_only" ! -type d -print | tee "$work/async_files" &&
        grep -q 'libboxd-async\.so\.0$' "$work/async_files" && ! grep -v 'libboxd-async\.so\.' "$work/async_files"
}

# refuses_component PREFIX COMPONENT MESSAGE
refuses_component() {
    rm -rf "$work/component"
    said=$(cmake -S "$consumer_dir" -B "$work/component" -D CMAKE_PREFIX_PATH="$1" -D BOXD_COMPONENTS="$2" 2>&1) && return 1
    echo "$said"
    echo "$said" | tr -s ' \n' ' ' | grep -qF "$3"
}

# A loop is optional: its library and its development files are components.
without_loops() {
    for component in common async sync common_development development; do
        cmake --install "$build_dir" --prefix "$work/no_loops" --component $component || return 1
    done
    ! (cd "$work/no_loops" && find .) | grep -E 'adapters|libuv|libev|glib|sdevent|qt'
}

# adapter_components COMPONENT LOOP
adapter_components() {
    cmake --install "$build_dir" --prefix "$work/$1_only" --component "$1" &&
        cmake --install "$build_dir" --prefix "$work/$1_only" --component "$1_development" &&
        (cd "$work/$1_only" && find . ! -type d) | tee "$work/$1_files" &&
        [ "$(grep -c . "$work/$1_files")" -eq 8 ] && ! grep -vF "$2" "$work/$1_files"
}

# only_attach_exported PRODUCT LOOP
only_attach_exported() {
    exported=$(nm -D --defined-only "$lib_dir/lib$1-$2.so" | awk '$(NF - 1) != "A" { sub(/@.*/, "", $NF); print $NF }')
    echo "$exported"
    [ "$exported" = "$1_$2_attach" ]
}

# is_static PROGRAM LIBRARY: our libraries are in the program, and it loads LIBRARY, of any version.
is_static() {
    readelf -d "$1"
    ! readelf -d "$1" | grep -E '\(NEEDED\).*lib(boxd|drukbox)' && readelf -d "$1" | grep -q "(NEEDED).*\[$2\.[0-9]"
}

# static_with_pkg_config NAME PACKAGE COMMAND...: in a tree that has the static libraries alone.
static_with_pkg_config() (
    name=$1
    PKG_CONFIG_PATH=$work/static_only/${lib_dir#"$prefix"/}/pkgconfig
    # shellcheck disable=SC2046  # the flags are words
    flags=$(pkg-config --static --cflags --libs "$2")
    shift 2
    # shellcheck disable=SC2086
    "$@" -Wall -Wextra -Wpedantic -Werror -o "$work/bin/static_$name" $flags
)

# As a part of another project: what is built, and that its settings stay, is checked by its CMakeLists.txt.
subproject() {
    cmake -S "$consumer_dir/../subproject" -B "$work/subproject$1" -D BOXD_DIR="$source_dir" -D FETCH="$1" \
        -D CMAKE_C_COMPILER_LAUNCHER="$launcher"
}

subproject_installs() {
    cmake -D BOXD_INSTALL=ON "$work/subproject" && cmake --build "$work/subproject" --parallel 2 &&
        cmake --install "$work/subproject" --prefix "$work/subproject_prefix" &&
        [ -n "$(find "$work/subproject_prefix" -name libboxd.so)" ] &&
        [ -n "$(find "$work/subproject_prefix" -name libboxd.a)" ]
}
subproject_has_no_tests() {
    ctest --test-dir "$work/subproject" -N
    ctest --test-dir "$work/subproject" -N | grep -qF 'Total Tests: 0' &&
        cmake --install "$work/subproject" --prefix "$work/subproject_prefix" && [ ! -e "$work/subproject_prefix" ]
}

refuses_newer() {
    said=$(cmake -S "$consumer_dir" -B "$work/newer" -D CMAKE_PREFIX_PATH="$prefix" -D BOXD_WANTED=99 2>&1) && return 1
    echo "$said"
    echo "$said" | grep -q 'with requested version "99"'
}

with_pkg_config() {
    name=$1
    shift
    # shellcheck disable=SC2046  # the flags are words
    "$@" -Wall -Wextra -Wpedantic -Werror -o "$work/bin/pc_$name" $(pkg-config --cflags --libs "$package")
}

# A program found through LD_LIBRARY_PATH, and one through an rpath of its own.
# Nothing stays, but for directories that other programs use, too. The manifest is made here: install.packages installs from the
# same build tree at the same time.
uninstalled() {
    touch "$prefix/include/kept.h"
    find "$prefix" ! -type d ! -name kept.h >"$work/manifest" &&
        cmake -DMANIFEST="$work/manifest" -P "$source_dir/cmake/uninstall.cmake" || return
    find "$prefix"
    [ "$(find "$prefix" ! -type d)" = "$prefix/include/kept.h" ] && [ -z "$(find "$prefix" -name '*boxd*' -o -name 'drukbox*')" ] &&
        [ -z "$(find "$prefix" -type d | grep -vE '^'"$prefix"'(/(bin|include|lib|lib64|share|share/man|lib/[^/]*-linux-[^/]*))?$')" ]
}

check_program() {
    what=$1 program=$2 library=$3
    shift 3
    check "$what needs $library" needs "$program" "$library"
    check "$what finds its libraries" resolves "$@" ldd "$program"
    check "$what says that it has no credential" says_no_credential "$@" "$program"
}

check "cmake --install" cmake --install "$build_dir" --prefix "$prefix"
lib_dir=$(dirname "$(find "$prefix" -name libboxd.so)")
check "the installed files" installed
check "the installed headers" all_headers
check "a tree that can be moved" movable
for library in libboxd.so libboxd-async.so libboxd-common.so libdrukbox.so libdrukbox-async.so; do
    ours=${library#lib}
    check "the exports of $library" only_ours_exported "$lib_dir/$library" "${ours%%[-.]*}"
    check "the paths in $library" no_other_path "$lib_dir/$library"
done
for library in libboxd-common libdrukbox-async libdrukbox; do
    check "$library loads no gRPC" loads_no_grpc "$lib_dir/$library.so"
done
check "libboxd-common needs no libcurl" sh -c "! ldd '$lib_dir/libboxd-common.so' | grep -E 'libcurl|libjansson'"
check "the component async" components

PKG_CONFIG_PATH=$lib_dir/pkgconfig
export PKG_CONFIG_PATH
package=boxd
check "sync with pkg-config" with_pkg_config sync gcc -std=c11 "$source_dir/examples/sync/quickstart.c"
check "C++ with pkg-config" with_pkg_config cpp g++ -std=c++17 "$consumer_dir/main.cpp"
package=boxd-async
check "async with pkg-config" with_pkg_config async gcc -std=c11 -pthread "$source_dir/examples/async/quickstart.c"

package="boxd boxd-rpc"
check "rpc with pkg-config" with_pkg_config rpc gcc -std=c11 "$consumer_dir/rpc.c"

drukbox_sources="$source_dir/examples/sync/drukbox_host.c $source_dir/examples/common/ssh_files.c"
package=drukbox
# shellcheck disable=SC2086  # two files
check "drukbox with pkg-config" with_pkg_config drukbox gcc -std=c11 -D_GNU_SOURCE -I"$source_dir/examples/common" \
    $drukbox_sources
check "drukbox in C++ with pkg-config" with_pkg_config drukbox_cpp g++ -std=c++17 "$consumer_dir/drukbox.cpp"
package=drukbox-async
check "drukbox-async with pkg-config" with_pkg_config drukbox_async gcc -std=c11 -D_GNU_SOURCE -pthread \
    -I"$source_dir/examples/common" "$source_dir/examples/async/drukbox_host.c" "$source_dir/examples/common/ssh_files.c"
check "the components of Drukbox" drukbox_only
check "Drukbox alone with pkg-config" drukbox_only_pkg_config
check "Drukbox alone over find_package" drukbox_only_cmake
check "Drukbox alone runs" says_no_credential LD_LIBRARY_PATH="$(dirname "$(find "$work/drukbox_only" -name libdrukbox.so)")" \
    "$work/bin/pc_drukbox_only"
check "boxd's own is refused there" refuses_component "$work/drukbox_only" boxd 'boxd has no component boxd, or it is not installed'

# Static: our libraries are in the program, gRPC and the others are loaded.
cp -r "$prefix" "$work/static_only"
find "$work/static_only" -name 'lib*.so*' -exec rm {} +
check "static with pkg-config" static_with_pkg_config sync boxd gcc -std=c11 "$source_dir/examples/sync/quickstart.c"
check "static async with pkg-config" static_with_pkg_config async boxd-async gcc -std=c11 \
    "$source_dir/examples/async/quickstart.c"
check "static beside names of its own" static_with_pkg_config names boxd gcc -std=c11 "$consumer_dir/names.c"
check "static in C++" static_with_pkg_config cpp boxd g++ -std=c++17 "$consumer_dir/main.cpp"
# shellcheck disable=SC2086  # two files
check "static Drukbox with pkg-config" static_with_pkg_config drukbox drukbox gcc -std=c11 -D_GNU_SOURCE \
    -I"$source_dir/examples/common" $drukbox_sources
for name in sync async names cpp; do
    check "static $name loads gRPC and nothing of ours" is_static "$work/bin/static_$name" libgrpc.so
    check "static $name says that it has no credential" says_no_credential "$work/bin/static_$name"
done
check "static drukbox loads nothing of ours" is_static "$work/bin/static_drukbox" libcurl.so
check "static drukbox loads no gRPC" loads_no_grpc "$work/bin/static_drukbox"
check "static drukbox says that it has no credential" says_no_credential "$work/bin/static_drukbox"

# A loop's own library is named by the program.
loops="libuv libevent glib libev sdevent"
if [ -e "$lib_dir/libboxd-qt.so" ]; then # Qt is here
    loops="$loops qt"
    qt=$(readelf -d "$lib_dir/libboxd-qt.so" | sed -n 's/.*\[lib\(Qt[0-9]Core\)\..*/\1/p')
fi

# loop_program NAME
loop_program() {
    source=$source_dir/examples/loops/$1.c compiler="gcc -std=c11 -D_GNU_SOURCE" library=
    case $1 in
    libuv) package="boxd-libuv libuv" ;;
    libevent) package="boxd-libevent libevent_core" ;;
    glib) package="boxd-glib glib-2.0" ;;
    libev) package=boxd-libev library=-lev ;; # has no pkg-config file
    sdevent) package="boxd-sdevent libsystemd" ;;
    qt) package="boxd-qt $qt" compiler="g++ -std=c++17 -fPIC" source=$source_dir/examples/loops/qt.cpp ;;
    esac
    # shellcheck disable=SC2046  # the flags are words
    gcc -std=c11 -c "$source_dir/examples/loops/job.c" -o "$work/job.o" $(pkg-config --cflags boxd-async)
    # shellcheck disable=SC2086
    with_pkg_config "$1" $compiler "$source" "$work/job.o" $library
}

for name in $loops; do
    check "$name with pkg-config" loop_program "$name"
    for product in boxd drukbox; do
        check "the exports of lib$product-$name.so" only_attach_exported $product "$name"
        check "the paths in lib$product-$name.so" no_other_path "$lib_dir/lib$product-$name.so"
    done
    check "libdrukbox-$name.so loads no gRPC" loads_no_grpc "$lib_dir/libdrukbox-$name.so"
    check "the components of $name" adapter_components "$name" "$name"
    check "the components of drukbox-$name" adapter_components "drukbox_$name" "$name"
done

check "find_package" cmake -S "$consumer_dir" -B "$work/consumer" -D CMAKE_PREFIX_PATH="$prefix" \
    -D EXAMPLES_DIR="$source_dir/examples" -D LOOPS="$(echo $loops | tr ' ' ';')" -D QT="${qt-}"
check "programs over find_package" cmake --build "$work/consumer"
check "static over find_package" is_static "$work/consumer/static" libgrpc.so
check "static over find_package runs" says_no_credential "$work/consumer/static"
check "static Drukbox over find_package" is_static "$work/consumer/drukbox_static" libcurl.so
check "static Drukbox over find_package runs" says_no_credential "$work/consumer/drukbox_static"
launcher=$(sed -n 's/^CMAKE_C_COMPILER_LAUNCHER:[A-Z]*=//p' "$build_dir/CMakeCache.txt")
check "add_subdirectory" subproject ''
check "add_subdirectory builds" cmake --build "$work/subproject" --parallel 2 --target hosts
check "add_subdirectory runs" says_no_credential "$work/subproject/hosts"
check "add_subdirectory has no tests and installs nothing" subproject_has_no_tests
check "add_subdirectory installs the libraries if it is asked to" subproject_installs
check "FetchContent" subproject ON
check "a version that is too new is refused" refuses_newer
check "an unknown component is refused" refuses_component "$prefix" nothing 'boxd has no component nothing'
check "no loop without asking for it" without_loops
check "an adapter that is not installed is refused" refuses_component "$work/no_loops" libuv \
    "boxd's adapter for libuv is not installed"

for name in sync async cpp rpc $loops drukbox drukbox_async drukbox_cpp; do
    case $name in
    drukbox | drukbox_cpp) library=libdrukbox.so.0 ;;
    drukbox_async) library=libdrukbox-async.so.0 ;;
    async) library=libboxd-async.so.0 ;;
    lib* | glib | sdevent | qt) library=libboxd-$name.so.0 ;;
    *) library=libboxd.so.0 ;;
    esac
    check_program "$name with pkg-config" "$work/bin/pc_$name" $library LD_LIBRARY_PATH="$lib_dir"
    check_program "$name with find_package" "$work/consumer/$name" $library
done
for name in drukbox drukbox_async drukbox_cpp; do
    check "$name loads no gRPC" sh -c "! env LD_LIBRARY_PATH='$lib_dir' ldd '$work/bin/pc_$name' | grep -E 'grpc|protobuf|absl'"
done
check "the drukbox-async program needs no libdrukbox" sh -c "! readelf -d '$work/bin/pc_drukbox_async' | grep -F '[libdrukbox.so'"
check "the async program needs no libboxd" sh -c "! readelf -d '$work/bin/pc_async' | grep -F '[libboxd.so'"
# Only programs that include boxd/rpc.h link the generated messages. libboxd-async needs libprotobuf-c for itself.
check "the sync program needs no protobuf-c" sh -c "! readelf -d '$work/bin/pc_sync' | grep -F '[libprotobuf-c.so'"
check "libboxd needs no protobuf-c" sh -c "! readelf -d '$lib_dir/libboxd.so' | grep -F '[libprotobuf-c.so'"
check "libboxd-async needs no loop" sh -c "! readelf -d '$lib_dir/libboxd-async.so' | grep -E 'libuv|libev|libglib|libsystemd|libQt'"
check "the rpc program needs protobuf-c" sh -c "readelf -d '$work/bin/pc_rpc' | grep -F '[libprotobuf-c.so'"

if [ -e "$build_dir/examples/boxctl/boxctl" ]; then # BOXD_BUILD_EXAMPLES
    check "boxctl finds its libraries" sh -c "! ldd '$prefix/bin/boxctl' | grep 'not found'"
    check "boxctl has a manual page" test -s "$prefix/share/man/man1/boxctl-disk-create.1"
    check "boxctl has completions" test -s "$prefix/share/bash-completion/completions/boxctl"
    check "boxctl runs" alone "$prefix/bin/boxctl" --version
    check "no other path in boxctl" sh -c "! readelf -d '$prefix/bin/boxctl' | grep -E 'RUNPATH|RPATH' | grep -vF '[\$ORIGIN/'"
fi

check "the paths in the headers" header_paths
check "the links in the documents" document_links
check "the installed examples" installed_examples hello_sync loop_libuv loop_libev fanout_async drukbox_host_sync
if [ -e "$build_dir/tests/emulator/boxd-emulator" ]; then
    check "boxd-emulator runs" alone "$prefix/bin/boxd-emulator" --version
    check "the manual of boxd-emulator" manual boxd-emulator
fi

check "uninstalling" uninstalled
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
