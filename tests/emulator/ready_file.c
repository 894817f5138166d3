/*
 * ready_file.c: writes and removes the file of --ready-file, whose lines set the variables of clients. Called
 * by main.c: at the start before any thread exists, at the end on the core thread.
 */
#include "ready_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

static const char *written; /* NULL: this emulator has written no file */
static int written_fd;      /* open, so that no other file gets the same inode number */

static bool fail(const char *what, const char *path, int error)
{
    (void)fprintf(stderr, "boxd-emulator: cannot %s the ready file %s: %s\n", what, path, error_text(error));
    return false;
}

bool ready_file_clear(const char *path)
{
    struct stat status;
    if (path == NULL || lstat(path, &status) != 0) /* ready_file_write reports other errors than ENOENT */
        return true;
    if (!S_ISREG(status.st_mode)) { /* /dev/stdout, /dev/null */
        (void)fprintf(stderr, "boxd-emulator: the ready file %s exists and is not a regular file\n", path);
        return false;
    }
    return unlink(path) == 0 || errno == ENOENT || fail("remove", path, errno);
}

bool ready_file_write(const char *path, void (*print)(FILE *out, const void *data), const void *data)
{
    char *temporary = xprintf("%s.%d.tmp", path, (int)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); /* the file holds the API key */
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    int error = file != NULL ? 0 : errno;
    if (file != NULL) {
        print(file, data);
        written_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (written_fd < 0 || fflush(file) != 0 || ferror(file))
            error = errno;
        if (fclose(file) != 0 && error == 0)
            error = errno;
    }
    if (error == 0 && rename(temporary, path) != 0)
        error = errno;
    if (error == 0)
        written = path;
    else if (fd >= 0)
        (void)unlink(temporary);
    free(temporary);
    return error == 0 || fail("write", path, error);
}

void ready_file_remove(void)
{
    struct stat own, now;
    if (written == NULL)
        return;
    if (fstat(written_fd, &own) == 0 && lstat(written, &now) == 0 && own.st_dev == now.st_dev &&
        own.st_ino == now.st_ino)
        (void)unlink(written);
    (void)close(written_fd);
    written = NULL;
}
