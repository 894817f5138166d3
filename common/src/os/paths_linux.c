/*
 * paths_linux.c: openat2(), which is newer than the C library, and statx(). Linux before 5.6 and filters of
 * system calls refuse openat2(): then path_walk.c does the same. Called by boxd/files and boxd/dirs on the
 * disk thread.
 */
#include "os/paths.h"

#include "os/path_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

static int open_with(int root, const char *path, int flags, unsigned resolve)
{
    const struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC, .resolve = resolve};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* Whether a call failed because the system refuses openat2() for every path. Keeps errno. */
static bool is_refused(int fd)
{
    const int before = errno;
    if (fd >= 0 || (before != ENOSYS && before != EPERM))
        return false;
    const int probe = open_with(AT_FDCWD, "/", O_PATH, 0);
    if (probe >= 0)
        close(probe);
    errno = before;
    return probe < 0;
}

bool path_leads_to_descriptor(const char *path)
{
    const int fd = open_with(AT_FDCWD, path, O_PATH, RESOLVE_NO_MAGICLINKS);
    if (is_refused(fd))
        return path_walk_leads_to_descriptor(path);
    if (fd >= 0)
        close(fd);
    return fd < 0 && errno == ELOOP;
}

/* Linux before 5.8 does not know which files are mounted. */
bool path_is_mount_point(const char *path)
{
    struct statx status;
    if (statx(AT_FDCWD, path, 0, STATX_TYPE, &status) != 0 ||
        !(status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
        return path_walk_is_mount_point(path);
    return status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int open_beneath(int root, const char *path, int flags, unsigned resolve)
{
    return open_with(root, path, flags, RESOLVE_BENEATH | resolve);
}

int path_open_beneath(int root, const char *path)
{
    struct stat status;
    const int found = open_beneath(root, path, O_PATH, RESOLVE_NO_MAGICLINKS);
    if (is_refused(found))
        return path_walk_open_beneath(root, path);
    if (found < 0)
        return -1;
    const int failed = fstat(found, &status);
    close(found);
    if (failed)
        return -1;
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
        return open_beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, RESOLVE_NO_MAGICLINKS);
    errno = ENXIO;
    return -1;
}

bool path_stat_beneath(int root, const char *path, bool follows, struct stat *status, char *target,
                       size_t size)
{
    const int fd = follows ? open_beneath(root, path, O_PATH, RESOLVE_NO_MAGICLINKS)
                           : open_beneath(root, path, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    if (is_refused(fd))
        return path_walk_stat_beneath(root, path, follows, status, target, size);
    if (fd < 0)
        return false;
    const bool found = fstat(fd, status) == 0;
    const ssize_t length = found && S_ISLNK(status->st_mode) ? readlinkat(fd, "", target, size - 1) : 0;
    close(fd);
    if (!found || length < 0)
        return false;
    target[length] = '\0';
    return true;
}
