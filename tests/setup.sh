# setup.sh, sourced by tests/run.sh and examples/quickstart.sh: installs missing packages on Debian 12, configures and builds.
# Runs unattended; uses sudo when not root.

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# need PACKAGE...: installs the missing ones.
need() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return 0
    echo "installing: ${missing[*]}" >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

BOXD_BUILD_PACKAGES=(cmake ninja-build pkg-config gcc g++ libc6-dev libgrpc-dev libprotobuf-c-dev protobuf-c-compiler
    protobuf-compiler libcurl4-openssl-dev libjansson-dev libmicrohttpd-dev libjwt-dev libssl-dev libuv1-dev libevent-dev
    libglib2.0-dev libev-dev libsystemd-dev) # the adapter for Qt is tested if Qt is here
BOXD_TEST_PACKAGES=(check clang clang-format clang-tidy doxygen groff-base python3 python3-venv valgrind binutils curl iproute2
    abigail-tools debhelper dpkg-dev lintian)
BOXD_BENCH_PACKAGES=(g++ libgrpc++-dev libprotobuf-dev protobuf-compiler-grpc valgrind python3-venv)
BOXD_TEST_PACKAGES+=(luajit) # examples/languages
BOXD_TEST_PACKAGES+=(cmark-gfm groff-base) # with doxygen: the site and the manual pages

# configure BUILD_DIR [CMAKE_OPTION...]: configures once, and again when the options change.
configure() {
    local dir=$1
    shift
    mkdir -p "$dir"
    local wanted="$*"
    if [ ! -f "$dir/build.ninja" ] || [ "$(cat "$dir/.options" 2>/dev/null)" != "$wanted" ]; then
        cmake -S "$BOXD_SOURCE" -B "$dir" -G Ninja "$@" >"$dir/configure.log" 2>&1 || {
            cat "$dir/configure.log" >&2
            return 1
        }
        printf '%s' "$wanted" >"$dir/.options"
    fi
}

# build BUILD_DIR [TARGET...]: quiet unless it fails.
build() {
    local dir=$1
    shift
    cmake --build "$dir" ${1:+--target "$@"} >"$dir/build.log" 2>&1 || {
        grep -v '^\[' "$dir/build.log" >&2
        return 1
    }
}
