#!/usr/bin/env bash
# Installs Debian packages in a new Debian 12 without boxd and without development files, and runs there what the test
# install.packages runs: the session of README.md. Needs root, the network and minutes.
# usage: cmake/packaging/try.sh PACKAGES_DIR
set -euo pipefail
packages=$(realpath "${1:?usage: cmake/packaging/try.sh PACKAGES_DIR}")
source_dir=$(cd "$(dirname "$0")/../.." && pwd)

if [ "$(id -u)" != 0 ]; then
    echo "try.sh: debootstrap needs root" >&2
    exit 1
fi
root=$(mktemp -d)
if [ "${BOXD_TRY_INSIDE-}" != yes ]; then # in a mount namespace, so that nothing stays mounted
    export BOXD_TRY_INSIDE=yes
    trap 'rm -rf --one-file-system "$root"' EXIT
    unshare --mount "$0" "$packages"
    exit
fi
mount -t tmpfs none "$root"
debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev,pkg-config,libuv1-dev bookworm "$root"
cp /etc/resolv.conf "$root/etc/"
cp -r /etc/apt/apt.conf.d "$root/etc/apt/"
mkdir "$root/tmp/packages"
find "$packages" -name '*.deb' ! -name '*-dbgsym_*' -exec cp {} "$root/tmp/packages" \;
cp "$source_dir/tests/install/packages_test.sh" "$source_dir/README.md" "$root/tmp/packages"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
chroot "$root" apt-get update -qq
chroot "$root" sh -c 'DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /tmp/packages/*.deb'
# pivot_root and not chroot, in which the kernel refuses the user namespaces of the emulator.
mkdir "$root/tmp/old"
cd "$root"
# shellcheck disable=SC2016  # for the inner shell
unshare --mount --net bash -c 'ip link set lo up; pivot_root . tmp/old && umount -l /tmp/old &&
    exec /tmp/packages/packages_test.sh --inside /tmp/packages'
echo "the packages work in a new Debian 12"
