/* file_place.c: finds out how a local file is written. Called by file_target.c on the disk thread. */
#include "boxd/files/file_place.h"

#include "core/unique_name.h"
#include "errors.h"
#include "mem.h"
#include "os/libc.h"
#include "os/paths.h"
#include "printable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory of the path, allocated; NULL: out of memory. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_strdup(".");
    return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Whether the directory lets only their owners replace files: with the sticky bit. */
static bool is_protected(const char *path, const struct stat *file)
{
    struct stat dir;
    char *name = directory_of(path);
    const uid_t user = geteuid();
    const bool sticky = name && stat(name, &dir) == 0 && (dir.st_mode & S_ISVTX);
    mem_free(name);
    return sticky && user != 0 && user != file->st_uid && user != dir.st_uid;
}

/* What nothing is written to; NULL: it may be written to. */
static const char *refused_kind(bool leads_somewhere, mode_t mode)
{
    if (!leads_somewhere)
        return "a link that leads nowhere";
    return S_ISDIR(mode) ? "a directory" : S_ISSOCK(mode) ? "a socket" : NULL;
}

/* Why the file cannot be replaced; NULL: it can. */
static const char *find_obstacle(const file_place *p, const struct stat *status)
{
    if (p->appends)
        return "leads to an open descriptor";
    if (!S_ISREG(status->st_mode))
        return "is not a regular file";
    if (path_is_mount_point(p->path))
        return "is a mount point";
    return is_protected(p->path, status) ? "belongs to another user, in a directory with the sticky bit"
                                         : NULL;
}

boxd_status file_place_find(file_place *p, const char *path, boxd_error *error)
{
    struct stat status;
    *p = (file_place){0};
    const bool exists = lstat(path, &status) == 0, leads_somewhere = exists && stat(path, &status) == 0;
    const char *refused = exists ? refused_kind(leads_somewhere, status.st_mode) : NULL;
    if (refused)
        return error_set(error, BOXD_ERR_LOCAL_FILE, "%s is not a regular file, but %s; name another one",
                         PRINTABLE(path, 300), refused);
    p->appends = exists && path_leads_to_descriptor(path);
    char *real = exists && !p->appends ? realpath(path, NULL) : NULL;
    p->path = mem_strdup(real ? real : path);
    free(real);
    if (!p->path)
        return error_no_memory(error, "opening a local file");
    if (exists) {
        p->mode = status.st_mode & 07777;
        p->obstacle = find_obstacle(p, &status);
    }
    return BOXD_OK;
}

/* The name does not grow with that of the file, which may have 255 bytes. */
static char *temporary_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    const int dir_size = slash ? (int)(slash + 1 - path) : 0;
    char name[TEMPORARY_NAME_SIZE];
    temporary_name(name);
    return mem_printf("%.*s%s", dir_size, path, name);
}

int file_place_make(file_place *p, char **temporary, boxd_error *error)
{
    int fd = -1;
    *temporary = NULL;
    for (unsigned tries = 0; tries < 100 && fd < 0; tries++) {
        mem_free(*temporary);
        *temporary = temporary_path(p->path);
        if (!*temporary) {
            error_no_memory(error, "opening a local file");
            return -1;
        }
        fd = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, p->mode != 0 ? 0600 : 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd >= 0) {
        if (p->mode != 0)
            (void)fchmod(fd, p->mode);
        return fd;
    }
    const int reason = errno;
    mem_free(*temporary);
    *temporary = NULL;
    if (p->mode != 0 && access(p->path, W_OK) == 0)
        p->obstacle = "is in a directory that cannot be written to";
    else if (reason == ENOENT)
        error_set(error, BOXD_ERR_LOCAL_FILE, "the folder of %s does not exist", PRINTABLE(p->path, 300));
    else
        error_set(error, BOXD_ERR_LOCAL_FILE, "creating a temporary file beside %s failed (%s)",
                  PRINTABLE(p->path, 300), ERRNO_TEXT(reason));
    return -1;
}

int file_place_open(const file_place *p)
{
    struct stat status;
    const int mode = p->appends ? O_APPEND : O_TRUNC;
    const int fd = open(p->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | mode);
    if (fd < 0 && errno == ENXIO && stat(p->path, &status) == 0 && S_ISFIFO(status.st_mode))
        errno = EAGAIN;
    return fd;
}

void file_place_clear(file_place *p)
{
    mem_free(p->path);
    *p = (file_place){0};
}
