/*
 * sandbox_tree.c: copies and removes directory trees. All of it works relative to directory descriptors and
 * with O_NOFOLLOW: a process in the sandbox that swaps a directory for a symbolic link meanwhile cannot lead
 * it out.
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

/* One or two descriptors are open per level. */
#define MAX_DEPTH 400
#define OPAQUE_XATTR "user.overlay.opaque"

int sandbox_open_in_root(int root, const char *path, int flags, mode_t mode)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
                           .mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    long fd;

    /* EAGAIN: a rename somewhere on the system raced with "..", which the kernel cannot then judge. */
    do
        fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
    while (fd < 0 && (errno == EAGAIN || errno == EINTR));
    return (int)fd;
}

int sandbox_make_directory(int dir, const char *name, mode_t mode)
{
    struct stat status;

    if (mkdirat(dir, name, mode) == 0)
        return fchmodat(dir, name, mode, 0) == 0 ? 0 : errno; /* the umask does not count here */
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

/* The names in `dir` without . and .., read in one go: the directory may then be changed while they are
 * walked. The names follow each other, each with its NUL; an empty name ends them. */
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
    while ((errno = 0, entry = readdir(stream)) != NULL) { /* NOLINT(concurrency-mt-unsafe): ours alone */
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
    int top;           /* where a subtree goes that is too deep to be walked with the descriptors we have */
    unsigned n_lifted; /* how many went there in this pass */
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

static int lift(remove_walk *walk, int dir, const char *name)
{
    char target[48];

    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(target, sizeof(target), ".boxd-remove-%u", walk->n_lifted + i);
        if (renameat2(dir, name, walk->top, target, RENAME_NOREPLACE) == 0) {
            walk->n_lifted += i + 1;
            return 0;
        }
        if (errno != EEXIST)
            return errno;
    }
    return EEXIST;
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
    if (depth >= MAX_DEPTH)
        return lift(walk, dir, name);

    int sub = open_directory(dir, name);
    if (sub < 0 && errno == EACCES && fchmodat(dir, name, 0700, 0) == 0)
        sub = open_directory(dir,
                             name); /* ours, without the permission bits: overlayfs' work directory is so */
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

int sandbox_tree_remove(int dir, const char *name)
{
    remove_walk walk = {.top = dir, .n_lifted = 0};
    int error = remove_entry(&walk, dir, name, 0);

    /* What was lifted now lies beside `name`, under names of ours. It may be too deep itself. */
    for (unsigned i = 0; error == 0 && i < walk.n_lifted; i++) {
        char lifted[48];
        (void)snprintf(lifted, sizeof(lifted), ".boxd-remove-%u", i);
        error = remove_entry(&walk, dir, lifted, 0);
        if (error == ENOENT)
            error = 0;
    }
    return error;
}

/* ---- copy ---- */

/* A fork of a directory sandbox has no capability that reads what a command closed even to its own user;
 * overlayfs' kind of copy says that it is a fork. Who opened it this way gives the mode back. */
static int open_for_copy(int dir, const char *name, int flags, sandbox_tree_kind kind, bool *unlocked)
{
    int fd = openat(dir, name, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    *unlocked = false;
    if (fd >= 0 || errno != EACCES || kind != SANDBOX_TREE_OVERLAY || fchmodat(dir, name, 0700, 0) != 0)
        return fd;
    *unlocked = true;
    return openat(dir, name, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
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
    char buffer[16384];
    for (;;) {
        ssize_t n = read(in, buffer, sizeof(buffer));
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return errno;
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(out, buffer + done, (size_t)(n - done));
            if (written < 0 && errno != EINTR)
                return errno;
            done += written > 0 ? written : 0;
        }
    }
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
    /* O_NONBLOCK: it may have become a FIFO since it was looked at. */
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
        if (error == ENOENT) /* gone meanwhile: processes of the source run on */
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
    case S_IFCHR: /* overlayfs' whiteout is the device 0/0, which everyone may make */
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
