/* local_open.c: openat2(), which is newer than the C library. Called on the disk thread. */
#include "boxd/dirs/local_open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_beneath(int root, const char *path, int flags, unsigned resolve)
{
    const struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | resolve};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

int local_open_beneath(int root, const char *path)
{
    struct stat status;
    const int found = open_beneath(root, path, O_PATH, RESOLVE_NO_MAGICLINKS);
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

static entry_kind kind_of(mode_t mode)
{
    return S_ISREG(mode) ? ENTRY_FILE : S_ISDIR(mode) ? ENTRY_DIR : S_ISLNK(mode) ? ENTRY_LINK : ENTRY_OTHER;
}

bool local_stat(int root, const char *path, bool follows, tree_entry *e, char *target, size_t size)
{
    struct stat status;
    const int fd = follows ? open_beneath(root, path, O_PATH, RESOLVE_NO_MAGICLINKS)
                           : open_beneath(root, path, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    if (fd < 0)
        return false;
    const bool found = fstat(fd, &status) == 0;
    const ssize_t length = found && S_ISLNK(status.st_mode) ? readlinkat(fd, "", target, size - 1) : 0;
    close(fd);
    if (!found || length < 0)
        return false;
    target[length] = '\0';
    *e = (tree_entry){.kind = kind_of(status.st_mode),
                      .target = target,
                      .size = (uint64_t)status.st_size,
                      .mtime_s = status.st_mtim.tv_sec,
                      .mtime_ns = (uint32_t)status.st_mtim.tv_nsec};
    return true;
}
