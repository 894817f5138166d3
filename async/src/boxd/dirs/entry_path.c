/* entry_path.c: checks the paths of an archive. Called by tree_writer.c on the disk thread. */
#include "boxd/dirs/entry_path.h"

#include <string.h>

bool entry_path_clean(char *path)
{
    char *to = path;
    if (*path == '/')
        return false;
    for (const char *from = path; *from;) {
        const size_t size = strcspn(from, "/");
        const char *next = from + size + (from[size] == '/');
        if (size == 2 && from[0] == '.' && from[1] == '.')
            return false;
        if (size > 0 && !(size == 1 && from[0] == '.')) {
            if (to > path)
                *to++ = '/';
            memmove(to, from, size);
            to += size;
        }
        from = next;
    }
    *to = '\0';
    return true;
}

bool entry_path_is_below(const char *path, size_t size, const char *dir, size_t dir_size)
{
    return dir_size == 0 || (size >= dir_size && memcmp(path, dir, dir_size) == 0 &&
                             (size == dir_size || path[dir_size] == '/'));
}
