/*
 * files.c: file operations in a sandbox, in the emulator, with the rights of the box's user. The kernel
 * resolves every path inside the sandbox's root (openat2 with RESOLVE_IN_ROOT). Changes of the tree use the
 * descriptor of the parent directory. Any thread.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Translates a path of the box to a path below the sandbox's root. Without namespaces only some paths are
 * allowed: see host.c. */
static int translate(const sandbox *s, const char *path, const char **inside, char *why, size_t why_size)
{
    if (!path || path[0] != '/' || strlen(path) >= PATH_MAX)
        return sandbox_fail(why, why_size, path && path[0] == '/' ? ENAMETOOLONG : EINVAL,
                            "the path is not absolute or too long");
    *inside = path;
    if (sandbox_host_get()->isolation == SANDBOX_ISOLATION_NAMESPACES)
        return 0;
    if (is_below(path, s->directory) && is_below(path + strlen(s->directory), "/fs"))
        *inside = path + strlen(s->directory) + strlen("/fs");
    if (is_below(*inside, SANDBOX_HOME) || is_below(*inside, "/tmp"))
        return 0;
    return sandbox_fail(why, why_size, EACCES, "without isolation a box has only /home/boxd and /tmp");
}

/* Opens the parent directory of `path`. The last component must not be . or .. */
static int open_parent(const sandbox *s, const char *path, int *parent, char name[NAME_MAX + 1])
{
    char *copy = strdup(path);
    int error = 0;

    *parent = -1;
    if (!copy)
        return ENOMEM;
    size_t length = strlen(copy);
    while (length > 1 && copy[length - 1] == '/')
        copy[--length] = '\0';
    char *slash = strrchr(copy, '/');
    const char *last = slash + 1;
    if (*last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        error = EINVAL;
    else if (strlen(last) > NAME_MAX)
        error = ENAMETOOLONG;
    if (error == 0) {
        memcpy(name, last, strlen(last) + 1);
        *slash = '\0';
        *parent = sandbox_open_in_root(s->root_fd, copy[0] != '\0' ? copy : "/", O_RDONLY | O_DIRECTORY, 0);
        if (*parent < 0)
            error = errno;
    }
    free(copy);
    return error;
}

int sandbox_make_path(const sandbox *s, const char *path)
{
    char name[NAME_MAX + 1];
    char *prefix = strdup(path);
    int error = prefix ? 0 : ENOMEM;

    for (size_t end = 1; error == 0 && path[end - 1] != '\0'; end++) {
        if ((path[end] != '/' && path[end] != '\0') || path[end - 1] == '/')
            continue;
        memcpy(prefix, path, end);
        prefix[end] = '\0';
        int fd = sandbox_open_in_root(s->root_fd, prefix, O_PATH | O_DIRECTORY, 0);
        int parent = -1;
        if (fd < 0 && errno == ENOENT) {
            error = open_parent(s, prefix, &parent, name);
            if (error == 0)
                error = sandbox_make_directory(parent, name, 0755);
        } else if (fd < 0) {
            error = errno;
        }
        sandbox_close(&parent);
        sandbox_close(&fd);
    }
    free(prefix);
    return error;
}

static int make_parents_of(const sandbox *s, const char *path)
{
    char *copy = strdup(path);

    if (!copy)
        return ENOMEM;
    size_t length = strlen(copy);
    while (length > 1 && copy[length - 1] == '/')
        copy[--length] = '\0';
    char *slash = strrchr(copy, '/');
    *slash = '\0';
    int error = slash == copy ? 0 : sandbox_make_path(s, copy);
    free(copy);
    return error;
}

static int check_kind(int fd, int flags)
{
    struct stat status;

    if ((flags & O_PATH) != 0)
        return 0;
    if (fstat(fd, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return EINVAL;
    if ((flags & O_NONBLOCK) != 0)
        return 0;
    int now = fcntl(fd, F_GETFL);
    return now >= 0 && fcntl(fd, F_SETFL, now & ~O_NONBLOCK) == 0 ? 0 : errno;
}

int sandbox_open(sandbox *s, const char *path, int flags, mode_t mode, bool make_parents, int *fd, char *why,
                 size_t why_size)
{
    const char *inside;
    int error = translate(s, path, &inside, why, why_size);

    *fd = -1;
    if (error != 0)
        return error;
    sandbox_files_begin();
    if (make_parents && (flags & O_CREAT) != 0)
        error = make_parents_of(s, inside);
    if (error == 0) {
        /* O_NONBLOCK: a FIFO must not block the caller. No set-id bits: the emulator owns the files. */
        int safe_flags = (flags & O_PATH) != 0 ? 0 : O_NOCTTY | O_NONBLOCK;
        *fd = sandbox_open_in_root(s->root_fd, inside, flags | safe_flags, mode & 01777);
        error = *fd >= 0 ? check_kind(*fd, flags) : errno;
    }
    sandbox_files_end();
    if (error != 0) {
        sandbox_close(fd);
        sandbox_fail(why, why_size, error, "cannot open %.120s", path);
    }
    return error;
}

int sandbox_mkdir(sandbox *s, const char *path, char *why, size_t why_size)
{
    char name[NAME_MAX + 1];
    const char *inside;
    int parent = -1;
    int error = translate(s, path, &inside, why, why_size);

    if (error != 0)
        return error;
    sandbox_files_begin();
    error = open_parent(s, inside, &parent, name);
    if (error == 0 && mkdirat(parent, name, 0755) != 0)
        error = errno;
    sandbox_files_end();
    sandbox_close(&parent);
    return error == 0 ? 0 : sandbox_fail(why, why_size, error, "cannot create %.120s", path);
}

int sandbox_remove(sandbox *s, const char *path, char *why, size_t why_size)
{
    char name[NAME_MAX + 1];
    const char *inside;
    int parent = -1;
    int error = translate(s, path, &inside, why, why_size);

    if (error != 0)
        return error;
    sandbox_files_begin();
    error = open_parent(s, inside, &parent, name);
    if (error == 0)
        error = sandbox_tree_remove(parent, name);
    sandbox_files_end();
    sandbox_close(&parent);
    return error == 0 ? 0 : sandbox_fail(why, why_size, error, "cannot remove %.120s", path);
}

typedef struct {
    int from_dir, to_dir;
    char from[NAME_MAX + 1], to[NAME_MAX + 1];
} name_pair;

static int open_pair(sandbox *s, const char *from, const char *to, name_pair *pair, char *why,
                     size_t why_size)
{
    const char *from_inside = NULL, *to_inside = NULL;
    int error = translate(s, from, &from_inside, why, why_size);

    *pair = (name_pair){.from_dir = -1, .to_dir = -1};
    if (error == 0)
        error = translate(s, to, &to_inside, why, why_size);
    if (error != 0)
        return error;
    error = open_parent(s, from_inside, &pair->from_dir, pair->from);
    if (error != 0)
        return sandbox_fail(why, why_size, error, "cannot find %.120s", from);
    error = open_parent(s, to_inside, &pair->to_dir, pair->to);
    if (error != 0)
        return sandbox_fail(why, why_size, error, "cannot find the directory of %.120s", to);
    return 0;
}

static void close_pair(name_pair *pair)
{
    sandbox_close(&pair->from_dir);
    sandbox_close(&pair->to_dir);
}

/* A copy of a directory into itself would never end. */
static bool is_inside_itself(const name_pair *pair)
{
    struct stat source, above, last = {0};
    int dir = -1;
    bool inside = false;

    if (fstatat(pair->from_dir, pair->from, &source, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(source.st_mode))
        return false;
    dir = openat(pair->to_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (dir >= 0 && fstat(dir, &above) == 0) {
        inside = above.st_dev == source.st_dev && above.st_ino == source.st_ino;
        if (inside || (above.st_dev == last.st_dev && above.st_ino == last.st_ino))
            break;
        last = above;
        int next = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(dir);
        dir = next;
    }
    sandbox_close(&dir);
    return inside;
}

int sandbox_copy(sandbox *s, const char *from, const char *to, char *why, size_t why_size)
{
    name_pair pair;
    sandbox_files_begin();
    int error = open_pair(s, from, to, &pair, why, why_size);

    if (error == 0) {
        error = is_inside_itself(&pair)
                    ? EINVAL
                    : sandbox_tree_copy(pair.from_dir, pair.from, pair.to_dir, pair.to, SANDBOX_TREE_PLAIN);
        if (error != 0)
            sandbox_fail(why, why_size, error, "cannot copy %.100s to %.100s", from, to);
    }
    sandbox_files_end();
    close_pair(&pair);
    return error;
}

int sandbox_rename(sandbox *s, const char *from, const char *to, char *why, size_t why_size)
{
    name_pair pair;
    sandbox_files_begin();
    int error = open_pair(s, from, to, &pair, why, why_size);

    if (error == 0) {
        if (renameat(pair.from_dir, pair.from, pair.to_dir, pair.to) != 0)
            error = errno;
        if (error == EXDEV) { /* between an overlay and the rest of the root */
            error = sandbox_tree_copy(pair.from_dir, pair.from, pair.to_dir, pair.to, SANDBOX_TREE_PLAIN);
            if (error == 0)
                error = sandbox_tree_remove(pair.from_dir, pair.from);
        }
        if (error != 0)
            sandbox_fail(why, why_size, error, "cannot rename %.100s to %.100s", from, to);
    }
    sandbox_files_end();
    close_pair(&pair);
    return error;
}
