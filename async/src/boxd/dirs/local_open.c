/* local_open.c: openat2(), which is newer than the C library. Called by tree_reader.c on the disk thread. */
#include "boxd/dirs/local_open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_beneath(int root, const char *path, int flags)
{
    const struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

int local_open_beneath(int root, const char *path)
{
    struct stat status;
    const int found = open_beneath(root, path, O_PATH);
    if (found < 0)
        return -1;
    const int failed = fstat(found, &status);
    close(found);
    if (failed)
        return -1;
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
        return open_beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    errno = ENXIO;
    return -1;
}
