/*
 * path_walk.c: paths are followed one name at a time, each link by its text, so that no name leads out of
 * the directory even if another program exchanges it meanwhile. Called by paths_posix.c, and by paths_linux.c
 * where the system refuses openat2(); on the disk thread.
 */
#include "os/path_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif
#ifndef O_SEARCH /* then a directory of the path must be readable, too */
#define O_SEARCH O_RDONLY
#endif

enum { MAX_LINKS = 40 };

/* ---- descriptors and mount points ---- */

/* Directories whose entries are the open descriptors of a process. */
static bool names_descriptor(const char *path)
{
    return strncmp(path, "/dev/fd/", 8) == 0 ||
           (strncmp(path, "/proc/", 6) == 0 && strstr(path + 6, "/fd/") != NULL);
}

/* Replaces the path of a link by its target. False: it is not a link, or its path is too long. */
static bool follow(char path[PATH_MAX])
{
    char target[PATH_MAX], followed[PATH_MAX];
    const ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    const char *slash = strrchr(path, '/');
    const int dir_size = slash && target[0] != '/' ? (int)(slash + 1 - path) : 0;
    const int size = snprintf(followed, sizeof followed, "%.*s%s", dir_size, path, target);
    if (size < 0 || size >= PATH_MAX)
        return false;
    memcpy(path, followed, (size_t)size + 1);
    return true;
}

bool path_walk_leads_to_descriptor(const char *path)
{
    char current[PATH_MAX];
    const size_t size = strlen(path);
    if (size >= sizeof current)
        return false;
    memcpy(current, path, size + 1);
    for (int links = 0; links <= MAX_LINKS; links++) {
        if (names_descriptor(current))
            return true;
        if (!follow(current))
            return false;
    }
    return false;
}

/* A file that is mounted from the same file system is not found: the rename that replaces it fails then. */
bool path_walk_is_mount_point(const char *path)
{
    struct stat entry, dir;
    char name[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const int dir_size = slash ? (int)(slash + 1 - path) : 0;
    const int size = snprintf(name, sizeof name, "%.*s.", dir_size, path);
    return size > 0 && size < PATH_MAX && stat(path, &entry) == 0 && stat(name, &dir) == 0 &&
           entry.st_dev != dir.st_dev;
}

/* ---- beneath a directory ---- */

typedef struct walk {
    int root;
    bool follows;
    /* The directory of the current entry; a duplicate of `root`, or opened beneath it. */
    int dir;
    /* The names that lead from `root` to `dir`, each with "/" behind it: no links. */
    char passed[PATH_MAX];
    /* The entry's name, "." for `root` itself, and what follows the name. */
    char name[NAME_MAX + 1];
    char rest[PATH_MAX];
    struct stat status;
    int links;
} walk;

static int fail(int number)
{
    errno = number;
    return -1;
}

/* Begins again at the root, with the path `passed`, `middle` and `rest`. */
static int restart(walk *w, const char *middle)
{
    char path[PATH_MAX];
    const int size = snprintf(path, sizeof path, "%s%s%s%s", w->passed, middle, *w->rest ? "/" : "", w->rest);
    if (size < 0 || size >= PATH_MAX)
        return fail(ENAMETOOLONG);
    memcpy(w->rest, path, (size_t)size + 1);
    w->passed[0] = '\0';
    if (w->dir >= 0)
        close(w->dir);
    w->dir = fcntl(w->root, F_DUPFD_CLOEXEC, 0);
    return w->dir < 0 ? -1 : 0;
}

/* Moves the next name from `rest` to `name`; "" at the end of the path. */
static int take_name(walk *w)
{
    const char *start = w->rest + strspn(w->rest, "/");
    const size_t size = strcspn(start, "/");
    if (size > NAME_MAX)
        return fail(ENAMETOOLONG);
    memcpy(w->name, start, size);
    w->name[size] = '\0';
    const char *rest = start + size + strspn(start + size, "/");
    memmove(w->rest, rest, strlen(rest) + 1);
    return 0;
}

/* Removes the last of the names that were passed. */
static int go_up(walk *w)
{
    size_t size = strlen(w->passed);
    if (size == 0)
        return fail(EXDEV);
    size--;
    while (size > 0 && w->passed[size - 1] != '/')
        size--;
    w->passed[size] = '\0';
    return restart(w, "");
}

static int go_down(walk *w)
{
    const size_t passed = strlen(w->passed), size = strlen(w->name);
    if (passed + size + 2 > sizeof w->passed)
        return fail(ENAMETOOLONG);
    const int dir = openat(w->dir, w->name, O_SEARCH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return -1;
    close(w->dir);
    w->dir = dir;
    memcpy(w->passed + passed, w->name, size);
    memcpy(w->passed + passed + size, "/", 2);
    return 0;
}

static int go_through_link(walk *w)
{
    char target[PATH_MAX];
    const ssize_t length = readlinkat(w->dir, w->name, target, sizeof target - 1);
    if (length < 0)
        return -1;
    target[length] = '\0';
    if (++w->links > MAX_LINKS)
        return fail(ELOOP);
    return target[0] == '/' ? fail(EXDEV) : restart(w, target);
}

/* Takes one name. 1: it is the entry of the path; 0: there are more names; -1 and errno. */
static int take_step(walk *w)
{
    if (take_name(w) != 0)
        return -1;
    if (strcmp(w->name, "..") == 0)
        return go_up(w);
    if (w->name[0] == '\0') /* the path ends in a directory */
        memcpy(w->name, ".", 2);
    else if (strcmp(w->name, ".") == 0)
        return 0;
    if (fstatat(w->dir, w->name, &w->status, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (S_ISLNK(w->status.st_mode) && (w->follows || *w->rest))
        return w->follows ? go_through_link(w) : fail(ELOOP);
    if (strcmp(w->name, ".") == 0 || !*w->rest)
        return 1;
    return go_down(w);
}

/* Finds the entry of `path`: `dir`, `name` and `status`. The caller closes `dir` in any case. */
static int find(walk *w, int root, const char *path, bool follows)
{
    w->root = root;
    w->follows = follows;
    w->dir = -1;
    w->links = 0;
    w->passed[0] = w->rest[0] = '\0';
    if (path[0] == '\0' || path[0] == '/')
        return fail(path[0] ? EXDEV : ENOENT);
    if (restart(w, path) != 0)
        return -1;
    int found = 0;
    while (found == 0)
        found = take_step(w);
    return found > 0 ? 0 : -1;
}

static void end(walk *w)
{
    const int before = errno;
    if (w->dir >= 0)
        close(w->dir);
    errno = before;
}

static bool is_opened(const struct stat *status)
{
    return S_ISREG(status->st_mode) || S_ISDIR(status->st_mode);
}

/* Opens the entry that was found; a name that was exchanged since then is looked at again. */
static int open_found(const walk *w)
{
    struct stat status;
    if (!is_opened(&w->status))
        return fail(ENXIO);
    const int fd = openat(w->dir, w->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || (fstat(fd, &status) == 0 && is_opened(&status)))
        return fd;
    close(fd);
    return fail(ENXIO);
}

int path_walk_open_beneath(int root, const char *path)
{
    walk w;
    const int fd = find(&w, root, path, true) == 0 ? open_found(&w) : -1;
    end(&w);
    return fd;
}

bool path_walk_stat_beneath(int root, const char *path, bool follows, struct stat *status, char *target,
                            size_t size)
{
    walk w;
    ssize_t length = find(&w, root, path, follows) == 0 ? 0 : -1;
    if (length == 0 && S_ISLNK(w.status.st_mode))
        length = readlinkat(w.dir, w.name, target, size - 1);
    end(&w);
    if (length < 0)
        return false;
    target[length] = '\0';
    *status = w.status;
    return true;
}
