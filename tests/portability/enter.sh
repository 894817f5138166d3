#!/usr/bin/env bash
# enter.sh ROOT_DIR NAME [-R REGEX]: makes ROOT_DIR the root directory and runs inside.sh there. For run.sh, as root, in mount
# and process namespaces of their own. pivot_root and not chroot: a process in a chroot cannot make the user namespaces of the
# emulator's isolated boxes.
set -euo pipefail
dir=$1
shift
mount --bind "$dir" "$dir"
mount -t proc proc "$dir/proc"
mount -t sysfs -o ro sysfs "$dir/sys"
mount --rbind /dev "$dir/dev"
mkdir -p "$dir/old-root"
cd "$dir"
pivot_root . old-root
umount -l /old-root
cd /boxd
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
    CK_TIMEOUT_MULTIPLIER="$CK_TIMEOUT_MULTIPLIER" /boxd/source/tests/portability/inside.sh "$@"
