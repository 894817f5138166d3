/* paths_posix.c: the functions of paths.h on systems without openat2(). Called by boxd/files and boxd/dirs on
 * the disk thread. */
#include "os/paths.h"

#include "os/path_walk.h"

bool path_leads_to_descriptor(const char *path)
{
    return path_walk_leads_to_descriptor(path);
}

bool path_is_mount_point(const char *path)
{
    return path_walk_is_mount_point(path);
}

int path_open_beneath(int root, const char *path)
{
    return path_walk_open_beneath(root, path);
}

bool path_stat_beneath(int root, const char *path, bool follows, struct stat *status, char *target,
                       size_t size)
{
    return path_walk_stat_beneath(root, path, follows, status, target, size);
}
