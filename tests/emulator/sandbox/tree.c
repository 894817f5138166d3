/*
 * tree.c: copies and removes directory trees. Any process, any thread. All paths are relative to directory
 * descriptors and opened with O_NOFOLLOW, so a process of the sandbox that replaces a directory by a symbolic
 * link cannot redirect an operation out of the sandbox.
 */
#include "sandbox/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Each level needs one or two descriptors. */
#define MAX_DEPTH 400
#define OPAQUE_XATTR "user.overlay.opaque"

int sandbox_open_in_root(int root, const char *path, int flags, mode_t mode)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
                           .mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    long fd;

    /* EAGAIN: a rename somewhere on the system happened during the resolution of "..". */
    do
        fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
    while (fd < 0 && (errno == EAGAIN || errno == EINTR));
    return (int)fd;
}

int sandbox_make_directory(int dir, const char *name, mode_t mode)
{
    struct stat status;

    if (mkdirat(dir, name, mode) == 0)
        return fchmodat(dir, name, mode, 0) == 0 ? 0 : errno; /* independent of the umask */
    if (errno != EEXIST)
        return errno;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
}

static int open_directory(int dir, const char *name)
{
    return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Reads all names in `dir` except . and .., so that the directory may be changed during the iteration. Each
 * name ends with a NUL, and an empty name ends the list. */
static int list_names(int dir, char **names)
{
    size_t size = 0, capacity = 256;
    char *list = calloc(1, capacity);
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    int error = 0;
    struct dirent *entry;

    if (!stream || !list) {
        error = list ? errno : ENOMEM;
        goto cleanup;
    }
    while ((errno = 0, entry = readdir(stream)) != NULL) { /* NOLINT(concurrency-mt-unsafe): private */
        size_t length = strlen(entry->d_name) + 1;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (size + length + 1 > capacity) {
            capacity = (capacity + length) * 2;
            char *larger = realloc(list, capacity);
            if (!larger) {
                error = ENOMEM;
                goto cleanup;
            }
            list = larger;
        }
        memcpy(list + size, entry->d_name, length);
        size += length;
    }
    error = errno;
    list[size] = '\0';

cleanup:
    if (stream)
        closedir(stream);
    else if (copy >= 0)
        close(copy);
    if (error != 0) {
        free(list);
        list = NULL;
    }
    *names = list;
    return error;
}

/* ---- remove ---- */

typedef struct {
    /* A subtree that is too deep for the number of descriptors is moved here. */
    int top;
    /* The number of moved subtrees. */
    unsigned n_moved;
} remove_walk;

static int remove_entry(remove_walk *walk, int dir, const char *name, unsigned depth);

static int remove_children(remove_walk *walk, int dir, unsigned depth)
{
    char *names = NULL;
    int error = list_names(dir, &names);

    if (error != 0)
        return error;
    for (const char *name = names; *name; name += strlen(name) + 1) {
        int result = remove_entry(walk, dir, name, depth);
        if (result != 0 && result != ENOENT && error == 0)
            error = result;
    }
    free(names);
    return error;
}

static int move_up(remove_walk *walk, int dir, const char *name)
{
    char target[48];

    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(target, sizeof(target), ".boxd-remove-%u", walk->n_moved + i);
        if (renameat2(dir, name, walk->top, target, RENAME_NOREPLACE) == 0) {
            walk->n_moved += i + 1;
            return 0;
        }
        if (errno != EEXIST)
            return errno;
    }
    return EEXIST;
}

/* Opens a directory, also one without permissions, such as the work directory of overlayfs. */
static int open_to_remove(int dir, const char *name)
{
    int sub = open_directory(dir, name);

    if (sub < 0 && errno == EACCES && fchmodat(dir, name, 0700, 0) == 0)
        sub = open_directory(dir, name);
    return sub;
}

static int remove_directory(remove_walk *walk, int dir, const char *name, unsigned depth)
{
    int sub = open_to_remove(dir, name);

    if (sub < 0)
        return errno;
    int error = remove_children(walk, sub, depth + 1);
    if (error == EACCES && fchmod(sub, 0700) == 0)
        error = remove_children(walk, sub, depth + 1);
    close(sub);
    if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
        return 0;
    return error != 0 ? error : errno;
}

static int remove_entry(remove_walk *walk, int dir, const char *name, unsigned depth)
{
    if (unlinkat(dir, name, 0) == 0)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return errno;
    if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return errno;
    return depth >= MAX_DEPTH ? move_up(walk, dir, name) : remove_directory(walk, dir, name, depth);
}

int sandbox_tree_remove(int dir, const char *name)
{
    remove_walk walk = {.top = dir, .n_moved = 0};
    int error = remove_entry(&walk, dir, name, 0);

    /* The moved subtrees are beside `name`. They may be too deep themselves. */
    for (unsigned i = 0; error == 0 && i < walk.n_moved; i++) {
        char moved[48];
        (void)snprintf(moved, sizeof(moved), ".boxd-remove-%u", i);
        error = remove_entry(&walk, dir, moved, 0);
        if (error == ENOENT)
            error = 0;
    }
    return error;
}

/* ---- copy ---- */

/* Opens a file for a copy. A fork without namespaces has no capability to read a file without permissions, so
 * this changes its mode first (`unlocked`), and the caller restores the mode. SANDBOX_TREE_OVERLAY marks a
 * fork. */
static int open_for_copy(int dir, const char *name, int flags, sandbox_tree_kind kind, bool *unlocked)
{
    int fd = openat(dir, name, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    *unlocked = false;
    if (fd >= 0 || errno != EACCES || kind != SANDBOX_TREE_OVERLAY || fchmodat(dir, name, 0700, 0) != 0)
        return fd;
    *unlocked = true;
    return openat(dir, name, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static int write_all(int out, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(out, data, size);
        if (n < 0 && errno != EINTR)
            return errno;
        data += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int copy_by_buffer(int in, int out)
{
    char buffer[16384];
    for (;;) {
        ssize_t n = read(in, buffer, sizeof(buffer));
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return errno;
        int error = n > 0 ? write_all(out, buffer, (size_t)n) : 0;
        if (error != 0)
            return error;
    }
}

static int copy_content(int in, int out)
{
    if (ioctl(out, FICLONE, in) == 0)
        return 0;
    for (;;) {
        ssize_t n = copy_file_range(in, NULL, out, NULL, 1 << 30, 0);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            break;
    }
    if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS)
        return errno;
    return copy_by_buffer(in, out);
}

static int set_times(int fd, const struct stat *status)
{
    const struct timespec times[2] = {status->st_atim, status->st_mtim};

    return futimens(fd, times) == 0 ? 0 : errno;
}

static int copy_file(int from_dir, const char *from, int to_dir, const char *to, const struct stat *status,
                     sandbox_tree_kind kind)
{
    bool unlocked;
    int error = 0, out = -1;
    /* O_NONBLOCK: the file may have been replaced by a FIFO. */
    int in = open_for_copy(from_dir, from, O_NONBLOCK, kind, &unlocked);

    if (in < 0)
        return errno;
    out = openat(to_dir, to, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (out < 0) {
        error = errno;
        goto cleanup;
    }
    error = copy_content(in, out);
    if (error == 0 && fchmod(out, status->st_mode & 01777) != 0)
        error = errno;
    if (error == 0)
        error = set_times(out, status);

cleanup:
    if (unlocked && fchmod(in, status->st_mode & 07777) != 0 && error == 0)
        error = errno;
    sandbox_close(&out);
    sandbox_close(&in);
    return error;
}

static int copy_link(int from_dir, const char *from, int to_dir, const char *to)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(from_dir, from, target, sizeof(target) - 1);

    if (length < 0)
        return errno;
    target[length] = '\0';
    return symlinkat(target, to_dir, to) == 0 ? 0 : errno;
}

static int copy_entry(int from_dir, const char *from, int to_dir, const char *to, sandbox_tree_kind kind,
                      unsigned depth);

static int copy_children(int in, int out, sandbox_tree_kind kind, unsigned depth)
{
    char *names = NULL;
    int error = list_names(in, &names);

    if (error != 0)
        return error;
    for (const char *name = names; *name && error == 0; name += strlen(name) + 1) {
        error = copy_entry(in, name, out, name, kind, depth);
        if (error == ENOENT) /* removed meanwhile by a process of the source */
            error = 0;
    }
    free(names);
    return error;
}

static int copy_directory(int from_dir, const char *from, int to_dir, const char *to,
                          const struct stat *status, sandbox_tree_kind kind, unsigned depth)
{
    char mark[8];
    bool unlocked;
    int error = 0, in = -1, out = -1;

    if (depth >= MAX_DEPTH)
        return ELOOP;
    in = open_for_copy(from_dir, from, O_DIRECTORY, kind, &unlocked);
    if (in < 0)
        return errno;
    if (mkdirat(to_dir, to, 0700) != 0 && errno != EEXIST) {
        error = errno;
        goto cleanup;
    }
    out = open_directory(to_dir, to);
    if (out < 0) {
        error = errno;
        goto cleanup;
    }
    error = copy_children(in, out, kind, depth + 1);
    if (error != 0)
        goto cleanup;
    ssize_t length = kind == SANDBOX_TREE_OVERLAY ? fgetxattr(in, OPAQUE_XATTR, mark, sizeof(mark)) : -1;
    if ((length > 0 && fsetxattr(out, OPAQUE_XATTR, mark, (size_t)length, 0) != 0) ||
        fchmod(out, status->st_mode & 01777) != 0)
        error = errno;
    else
        error = set_times(out, status);

cleanup:
    if (unlocked && fchmod(in, status->st_mode & 07777) != 0 && error == 0)
        error = errno;
    sandbox_close(&out);
    sandbox_close(&in);
    return error;
}

/* Hard links become separate files. */
static int copy_entry(int from_dir, const char *from, int to_dir, const char *to, sandbox_tree_kind kind,
                      unsigned depth)
{
    struct stat status;

    if (fstatat(from_dir, from, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    switch (status.st_mode & S_IFMT) {
    case S_IFREG:
        return copy_file(from_dir, from, to_dir, to, &status, kind);
    case S_IFDIR:
        return copy_directory(from_dir, from, to_dir, to, &status, kind, depth);
    case S_IFLNK:
        return copy_link(from_dir, from, to_dir, to);
    case S_IFIFO:
    case S_IFSOCK:
        return mknodat(to_dir, to, status.st_mode & (S_IFMT | 0777), 0) == 0 ? 0 : errno;
    case S_IFCHR: /* a whiteout of overlayfs is the device 0/0, which any user may create */
        if (kind != SANDBOX_TREE_OVERLAY || status.st_rdev != makedev(0, 0))
            return EPERM;
        return mknodat(to_dir, to, S_IFCHR, makedev(0, 0)) == 0 ? 0 : errno;
    default:
        return EPERM;
    }
}

int sandbox_tree_copy(int from_dir, const char *from, int to_dir, const char *to, sandbox_tree_kind kind)
{
    return copy_entry(from_dir, from, to_dir, to, kind, 0);
}
