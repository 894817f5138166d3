/* token_file.c: reads, locks and replaces one file of the token cache. Called by token_cache.c on the disk
 * thread. */
#include "boxd/token_cache/token_file.h"

#include "mem.h"
#include "os/libc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often the file may change between reading and locking it, until it counts as busy. */
enum { ATTEMPTS = 4 };

/* The end of the name of a file that is being written. */
#define NEW_SUFFIX ".new"

enum { OPEN_FLAGS = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

static void set_problem(char problem[TOKEN_FILE_PROBLEM_SIZE], const char *what, int errnum)
{
    (void)snprintf(problem, TOKEN_FILE_PROBLEM_SIZE, "%s: %s", what, ERRNO_TEXT(errnum));
}

/* ---- the directory ---- */

/* Makes the directory and those above it, 0700. Root makes none in a directory of another user: programs of
 * that user could not use it. Failures show when the directory is opened. */
static void make_directories(const char *dir)
{
    char path[PATH_MAX];
    uid_t owner = geteuid();
    struct stat above;
    if (!*dir || strlen(dir) >= sizeof path)
        return;
    const char *end = dir;
    do {
        end += 1 + strcspn(end + 1, "/");
        (void)snprintf(path, sizeof path, "%.*s", (int)(end - dir), dir);
        if (stat(path, &above) == 0)
            owner = above.st_uid;
        else if (geteuid() == 0 && owner != 0)
            return;
        else
            (void)mkdir(path, 0700);
    } while (*end);
}

static int open_directory(const char *dir, char problem[TOKEN_FILE_PROBLEM_SIZE])
{
    enum { FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
    struct stat info;
    int fd = open(dir, FLAGS);
    if (fd < 0 && errno == ENOENT) {
        make_directories(dir);
        fd = open(dir, FLAGS);
    }
    if (fd < 0) {
        set_problem(problem, "opening the directory failed", errno);
        return -1;
    }
    if (fstat(fd, &info) == 0 && info.st_uid == geteuid() && !(info.st_mode & (S_IWGRP | S_IWOTH)))
        return fd;
    (void)snprintf(problem, TOKEN_FILE_PROBLEM_SIZE,
                   "the directory belongs to another user, or other users may write to it");
    close(fd);
    return -1;
}

/* ---- reading ---- */

static bool is_private(const struct stat *info)
{
    return S_ISREG(info->st_mode) && info->st_uid == geteuid() && !(info->st_mode & (S_IRWXG | S_IRWXO));
}

/* Reads up to `size` bytes. -1: failed, with errno. */
static ssize_t read_all(int fd, char *to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t part = pread(fd, to + done, size - done, (off_t)done);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return -1;
        if (part == 0)
            break;
        done += (size_t)part;
    }
    return (ssize_t)done;
}

static void read_entry(const token_file *f, int fd, off_t file_size, token_found *found)
{
    const size_t size = (size_t)file_size;
    const char *reason = NULL;
    if (size == 0) /* another client makes the file, or an exchange has failed */
        return;
    found->text = size <= TOKEN_ENTRY_MAX_SIZE ? mem_alloc(size + 1) : NULL;
    if (size > TOKEN_ENTRY_MAX_SIZE) {
        reason = "is too large";
    } else if (!found->text) {
        found->no_memory = true;
    } else {
        const ssize_t got = read_all(fd, found->text, size);
        found->text_size = size;
        found->text[got < 0 ? 0 : got] = '\0';
        reason =
            got < 0 ? "cannot be read" : token_entry_parse(&found->entry, found->text, (size_t)got, f->name);
        found->state = reason ? TOKEN_NONE : TOKEN_FRESH; /* until the time is compared */
    }
    if (reason)
        (void)snprintf(found->problem, sizeof found->problem, "the file %s %s and is replaced", f->name,
                       reason);
}

/* Opens the file, for writing if that is allowed: a lock over NFS needs it. */
static int open_file(int dir, const char *name)
{
    const int fd = openat(dir, name, O_RDWR | OPEN_FLAGS);
    return fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM)
               ? openat(dir, name, O_RDONLY | OPEN_FLAGS)
               : fd;
}

/* Outcomes of read_file() without a descriptor. */
enum { NO_FILE = -1, NOT_REMOVED = -2 };

/* Opens and reads the file. Removes what is not a private file. */
static int read_file(const token_file *f, int dir, token_found *found)
{
    struct stat info;
    const int fd = open_file(dir, f->name);
    const int failed = fd < 0 ? errno : 0;
    if (failed == ENOENT)
        return NO_FILE;
    if (fd >= 0 && fstat(fd, &info) == 0 && is_private(&info)) {
        read_entry(f, fd, info.st_size, found);
        return fd;
    }
    (void)snprintf(found->problem, sizeof found->problem,
                   "%s is not a file that only this user can read, and is replaced", f->name);
    if (fd >= 0)
        close(fd);
    if (unlinkat(dir, f->name, 0) == 0 || errno == ENOENT)
        return NO_FILE;
    set_problem(found->problem, "removing what is in place of a file failed", errno);
    return NOT_REMOVED;
}

/* Whether the directory still has this file under its name. */
static bool is_current(const token_file *f, int dir, int fd)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && fstatat(dir, f->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* ---- looking ---- */

void token_found_free(token_found *found)
{
    if (found->text)
        mem_zero(found->text, found->text_size);
    mem_free(found->text);
    *found = (token_found){0};
}

/* The outcome of an attempt to lock. */
typedef enum { LOCK_TAKEN, LOCK_BUSY, LOCK_CHANGED, LOCK_IMPOSSIBLE } lock_outcome;

/* Locks the file `*fd`, which it makes if that is -1. */
static lock_outcome lock_file(const token_file *f, int dir, int *fd, token_found *found)
{
    if (*fd < 0)
        *fd = openat(dir, f->name, O_RDWR | O_CREAT | O_EXCL | OPEN_FLAGS, 0600);
    if (*fd < 0 && errno == EEXIST)
        return LOCK_CHANGED;
    if (*fd < 0) {
        set_problem(found->problem, "making a file failed", errno);
        return LOCK_IMPOSSIBLE;
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? LOCK_BUSY : LOCK_IMPOSSIBLE;
    return is_current(f, dir, *fd) ? LOCK_TAKEN : LOCK_CHANGED;
}

/* One attempt. False: the file has changed meanwhile. */
static bool look_once(token_file *f, int dir, const char *rejected, int64_t now, token_found *found)
{
    int fd = read_file(f, dir, found);
    if (found->state != TOKEN_NONE) {
        const bool refused = rejected && strcmp(found->entry.token, rejected) == 0;
        found->state = refused ? TOKEN_NONE : token_entry_state(&found->entry, now);
    }
    lock_outcome outcome = LOCK_IMPOSSIBLE;
    if (found->state != TOKEN_FRESH && !found->no_memory && fd != NOT_REMOVED)
        outcome = lock_file(f, dir, &fd, found);
    if (outcome == LOCK_TAKEN) {
        f->lock_fd = fd;
        f->dir_fd = dir;
        if (found->state == TOKEN_NONE && ftruncate(fd, 0) != 0)
            set_problem(found->problem, "removing a token failed", errno);
        return true;
    }
    found->busy = outcome == LOCK_BUSY;
    if (fd >= 0)
        close(fd);
    return outcome != LOCK_CHANGED;
}

void token_file_init(token_file *f, const char *dir, const char *name)
{
    *f = (token_file){.dir = dir, .name = name, .dir_fd = -1, .lock_fd = -1};
}

void token_file_look(token_file *f, const char *rejected, int64_t now, token_found *found)
{
    *found = (token_found){0};
    token_file_unlock(f);
    const int dir = open_directory(f->dir, found->problem);
    bool done = dir < 0;
    for (int i = 0; i < ATTEMPTS && !done; i++) {
        token_found_free(found);
        done = look_once(f, dir, rejected, now, found);
    }
    found->busy |= !done;
    if (dir >= 0 && f->dir_fd < 0)
        close(dir);
}

/* ---- ending ---- */

/* Closes what the lock has opened. */
static void release(token_file *f)
{
    if (f->lock_fd < 0)
        return;
    /* A child that was forked meanwhile has the descriptor, too: closing alone would not unlock. */
    (void)flock(f->lock_fd, LOCK_UN);
    close(f->lock_fd);
    close(f->dir_fd);
    f->lock_fd = f->dir_fd = -1;
}

void token_file_unlock(token_file *f)
{
    struct stat info;
    if (f->lock_fd >= 0 && fstat(f->lock_fd, &info) == 0 && info.st_size == 0 &&
        is_current(f, f->dir_fd, f->lock_fd))
        (void)unlinkat(f->dir_fd, f->name, 0);
    release(f);
}

void token_file_remove(token_file *f)
{
    char problem[TOKEN_FILE_PROBLEM_SIZE];
    const int dir = f->dir_fd >= 0 ? f->dir_fd : open_directory(f->dir, problem);
    if (dir >= 0)
        (void)unlinkat(dir, f->name, 0);
    if (dir >= 0 && dir != f->dir_fd)
        close(dir);
    release(f);
}

/* 0, or the errno value of a failure. */
static int write_all(int fd, const char *text)
{
    size_t left = strlen(text);
    if (fchmod(fd, 0600) != 0) /* the umask may have removed bits */
        return errno;
    while (left > 0) {
        const ssize_t part = write(fd, text, left);
        if (part < 0 && errno != EINTR)
            return errno;
        if (part > 0) {
            text += part;
            left -= (size_t)part;
        }
    }
    return 0;
}

/* Writes a new file beside the old one and renames it. Without a lock two clients may use the same temporary
 * name: the worst is a file whose sum is wrong. 0, or an errno value. */
static int replace(const token_file *f, int dir, const char *text)
{
    char temporary[TOKEN_ENTRY_NAME_SIZE + sizeof NEW_SUFFIX];
    (void)snprintf(temporary, sizeof temporary, "%s%s", f->name, NEW_SUFFIX);
    (void)unlinkat(dir, temporary, 0); /* of a client that has crashed */
    const int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | OPEN_FLAGS, 0600);
    if (fd < 0)
        return errno;
    int failed = write_all(fd, text);
    if (close(fd) != 0 && !failed)
        failed = errno;
    if (!failed && renameat(dir, temporary, dir, f->name) != 0)
        failed = errno;
    if (failed)
        (void)unlinkat(dir, temporary, 0);
    return failed;
}

bool token_file_store(token_file *f, const char *text, char problem[TOKEN_FILE_PROBLEM_SIZE])
{
    const int dir = f->dir_fd >= 0 ? f->dir_fd : open_directory(f->dir, problem);
    const int failed = dir >= 0 ? replace(f, dir, text) : 0;
    if (failed)
        set_problem(problem, "storing a token failed", failed);
    if (dir >= 0 && dir != f->dir_fd)
        close(dir);
    token_file_unlock(f);
    return dir >= 0 && !failed;
}

/* ---- the files of other keys ---- */

static bool is_entry_name(const char *name, const char *suffix)
{
    enum { LENGTH = TOKEN_ENTRY_NAME_SIZE - 1 };
    return strspn(name, "0123456789abcdef") == LENGTH && strcmp(name + LENGTH, suffix) == 0;
}

/* Removes a file that a client has begun to write, and has not renamed, because it crashed. */
static void sweep_new_file(int dir, const char *name, int64_t now)
{
    enum { MAX_WRITE_SECS = 60 };
    struct stat info;
    if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_mtime < now - MAX_WRITE_SECS)
        (void)unlinkat(dir, name, 0);
}

/* A look empties a file without a usable token, and unlocking removes it. */
static void sweep_file(const char *dir, const char *name, int64_t now)
{
    token_file other;
    token_found found;
    token_file_init(&other, dir, name);
    token_file_look(&other, NULL, now, &found);
    token_found_free(&found);
    token_file_unlock(&other);
}

void token_file_sweep(const token_file *f, int64_t now)
{
    enum { MAX_FILES = 100 };
    DIR *entries = opendir(f->dir);
    int count = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's own */
    for (struct dirent *entry; entries && count < MAX_FILES && (entry = readdir(entries));) {
        if (is_entry_name(entry->d_name, NEW_SUFFIX))
            sweep_new_file(dirfd(entries), entry->d_name, now);
        if (!is_entry_name(entry->d_name, "") || strcmp(entry->d_name, f->name) == 0)
            continue;
        sweep_file(f->dir, entry->d_name, now);
        count++;
    }
    if (entries)
        closedir(entries);
}
