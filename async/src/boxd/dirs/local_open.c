/* local_open.c: entries of a local directory. Called on the disk thread. */
#include "boxd/dirs/local_open.h"

#include "os/libc.h"
#include "os/paths.h"

int local_open_beneath(int root, const char *path)
{
    return path_open_beneath(root, path);
}

static entry_kind kind_of(mode_t mode)
{
    return S_ISREG(mode) ? ENTRY_FILE : S_ISDIR(mode) ? ENTRY_DIR : S_ISLNK(mode) ? ENTRY_LINK : ENTRY_OTHER;
}

bool local_stat(int root, const char *path, bool follows, tree_entry *e, char *target, size_t size)
{
    struct stat status;
    if (!path_stat_beneath(root, path, follows, &status, target, size))
        return false;
    const struct timespec modified = libc_modified_at(&status);
    *e = (tree_entry){.kind = kind_of(status.st_mode),
                      .target = target,
                      .size = (uint64_t)status.st_size,
                      .mtime_s = modified.tv_sec,
                      .mtime_ns = (uint32_t)modified.tv_nsec};
    return true;
}
