/* Paths and memory of the commands for files. */
#include "files/files.h"

#include "api/base64.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void *must(void *pointer)
{
    if (!pointer) {
        cli_error(EXIT_FAILED, "out of memory");
        exit(EXIT_FAILED);
    }
    return pointer;
}

void *must_grow(void *items, size_t count, size_t item_size)
{
    const bool is_full = (count & (count + 1)) == 0; /* all capacities are powers of 2 */
    return is_full ? must(realloc(items, 2 * (count + 1) * item_size)) : items;
}

char *format_text(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return must(length < 0 ? NULL : text);
}

char *join_path(const char *directory, const char *name)
{
    const size_t length = strlen(directory);
    return format_text("%s%s%s", directory, length > 0 && directory[length - 1] == '/' ? "" : "/", name);
}

size_t length_without_slashes(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length;
}

char *last_part(const char *path)
{
    const size_t end = length_without_slashes(path);
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return must(strndup(path + begin, end - begin));
}

bool is_file_name(const char *name)
{
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "/") != 0;
}

char *parent_of(const char *path)
{
    size_t end = length_without_slashes(path);
    while (end > 0 && path[end - 1] != '/')
        end--;
    while (end > 1 && path[end - 1] == '/')
        end--;
    return end > 0 ? must(strndup(path, end)) : format_text(".");
}

char *without_slashes(const char *path)
{
    return must(strndup(path, length_without_slashes(path)));
}

bool is_utf8(const char *path)
{
    json_t *value = json_string(path);
    json_decref(value);
    return value != NULL;
}

void json_put_path(json_t *object, const char *key, const char *path)
{
    json_put(object, key, json_text(path));
    if (!path || is_utf8(path))
        return;
    char *bytes_key = format_text("%s_base64", key);
    char *digits = must(base64_encode((const uint8_t *)path, strlen(path)));
    json_put(object, bytes_key, json_text(digits));
    free(digits);
    free(bytes_key);
}

char *json_get_path(const json_t *object, const char *key)
{
    char *bytes_key = format_text("%s_base64", key);
    const char *digits = json_string_value(json_object_get(object, bytes_key));
    uint8_t *bytes = NULL;
    size_t size = 0;
    char *path = digits && base64_decode(digits, &bytes, &size)
                     ? must(strndup((const char *)bytes, size))
                     : format_text("%s", json_string_value(json_object_get(object, key)));
    free(bytes);
    free(bytes_key);
    return path;
}

/* ---- descriptors ---- */

/* The number of the descriptor if `path` is an entry of the directory of this process's descriptors, else -1.
 * Sets `parent`, of PATH_MAX bytes, to the directory of the path. */
static int descriptor_entry(const char *path, char *parent)
{
    char start[PATH_MAX], own[64];
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 0;
    *parent = '\0';
    if (length >= sizeof start)
        return -1;
    snprintf(start, sizeof start, "%.*s", (int)length, path);
    if (!realpath(slash && !length ? "/" : slash ? start : ".", parent)) {
        *parent = '\0';
        return -1;
    }
    snprintf(own, sizeof own, "/proc/%ld/fd", (long)getpid());
    int64_t number;
    return strcmp(parent, own) == 0 && parse_number(slash + 1, INT_MAX, &number) ? (int)number : -1;
}

int local_descriptor(const char *path)
{
    enum { MAX_LINKS = 16 };
    char at[PATH_MAX], parent[PATH_MAX], target[PATH_MAX];
    if (snprintf(at, sizeof at, "%s", path) >= (int)sizeof at)
        return -1;
    for (int i = 0; i < MAX_LINKS; i++) {
        const int number = descriptor_entry(at, parent);
        const ssize_t length = number < 0 && *parent ? readlink(at, target, sizeof target - 1) : -1;
        if (length < 0)
            return number;
        target[length] = '\0';
        const int made = *target == '/' ? snprintf(at, sizeof at, "%s", target)
                                        : snprintf(at, sizeof at, "%s/%s", parent, target);
        if (made >= (int)sizeof at)
            return -1;
    }
    return -1;
}
