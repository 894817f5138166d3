/* entry_path.c: paths that come from a box. Called by tree_writer.c and dir_index.c on the disk thread, and
 * by remote_result.c on the core thread. */
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

static int octal(const char *digits)
{
    int value = 0;
    for (int i = 0; i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '7')
            return -1;
        value = value * 8 + (digits[i] - '0');
    }
    return value;
}

void entry_path_unescape(char *name)
{
    static const char letters[] = "abfnrtv\\ :", bytes[] = "\a\b\f\n\r\t\v\\ :";
    char *to = name;
    for (const char *from = name; *from; to++) {
        const char *letter = from[0] == '\\' && from[1] ? strchr(letters, from[1]) : NULL;
        const int byte = from[0] == '\\' ? octal(from + 1) : -1;
        if (letter)
            *to = bytes[letter - letters];
        else if (byte > 0)
            *to = (char)byte;
        else
            *to = *from;
        from += letter ? 2 : byte > 0 ? 4 : 1;
    }
    *to = '\0';
}
