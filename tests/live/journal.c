/*
 * journal.c: see journal.h. Used by the checks, and by the parent process after their end.
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings.h"

enum { LINE_BYTES = 512 };

static bool make_directories(const char *path)
{
    char part[512];
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        (void)snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool journal_create(journal *j, const char *directory, const char *prefix, const char *product,
                    const char *url)
{
    *j = (journal){.fd = -1};
    (void)snprintf(j->path, sizeof j->path, "%s/%s.journal", directory, prefix);
    (void)snprintf(j->prefix, sizeof j->prefix, "%s", prefix);
    (void)snprintf(j->product, sizeof j->product, "%s", product);
    (void)snprintf(j->url, sizeof j->url, "%s", url);
    if (!make_directories(directory))
        return false;
    j->fd = open(j->path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    return j->fd >= 0 && flock(j->fd, LOCK_EX) == 0 && journal_add(j, "prefix", prefix) &&
           journal_add(j, "product", product) && journal_add(j, "url", url);
}

bool journal_set_account(journal *j, const char *account)
{
    (void)snprintf(j->account, sizeof j->account, "%s", account);
    return journal_add(j, "account", account);
}

/* Something that was made and is not in the file would stay: a file that was deleted is not appended to, and
 * a line that is not complete is taken back, because the next line would continue it. */
bool journal_add(journal *j, const char *kind, const char *name)
{
    char line[LINE_BYTES];
    struct stat file;
    const int length = snprintf(line, sizeof line, "%s %s\n", kind, name);
    if (length >= (int)sizeof line || strchr(name, '\n') != NULL || fstat(j->fd, &file) != 0 ||
        file.st_nlink == 0)
        return false;
    if (write(j->fd, line, (size_t)length) == (ssize_t)length)
        return fsync(j->fd) == 0;
    (void)ftruncate(j->fd, file.st_size);
    return false;
}

/* Through /proc: a second description of the file, with an offset of its own. */
static FILE *read_from_start(const journal *j)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", j->fd);
    return j->fd >= 0 ? fopen(path, "re") : NULL;
}

/* False: the end, or a line that was not written completely: what it names was not made. */
static bool read_line(FILE *file, char line[LINE_BYTES])
{
    char *end = fgets(line, LINE_BYTES, file) ? strchr(line, '\n') : NULL;
    if (end != NULL)
        *end = '\0';
    return end != NULL;
}

static const char *name_of(const char *line, const char *kind)
{
    const size_t length = strlen(kind);
    return strncmp(line, kind, length) == 0 && line[length] == ' ' ? line + length + 1 : NULL;
}

void journal_each(const journal *j, const char *kind, void (*each)(const char *name, void *data), void *data)
{
    char line[LINE_BYTES];
    FILE *file = read_from_start(j);
    while (file != NULL && read_line(file, line)) {
        const char *name = name_of(line, kind);
        if (name != NULL)
            each(name, data);
    }
    if (file != NULL)
        (void)fclose(file);
}

typedef struct {
    const char *name;
    size_t count;
} question;

static void compare(const char *name, void *data)
{
    question *q = data;
    q->count += strcmp(q->name, name) == 0;
}

size_t journal_count(const journal *j, const char *kind, const char *name)
{
    question q = {.name = name};
    journal_each(j, kind, compare, &q);
    return q.count;
}

bool journal_names_something(const journal *j)
{
    static const char *const others[] = {"prefix", "product", "url", "account", "answered", "refused", NULL};
    char line[LINE_BYTES];
    bool found = j->fd < 0; /* everything with the prefix */
    FILE *file = read_from_start(j);
    while (file != NULL && !found && read_line(file, line)) {
        found = true;
        for (const char *const *kind = others; *kind != NULL; kind++)
            found = found && name_of(line, *kind) == NULL;
    }
    if (file != NULL)
        (void)fclose(file);
    return found;
}

bool journal_owns(const journal *j, const char *name)
{
    const size_t length = strlen(j->prefix);
    return name != NULL && strncmp(name, j->prefix, length) == 0 && name[length] == '-' &&
           name[length + 1] != '\0';
}

/* ---- the head ---- */

static bool take(FILE *file, const char *kind, char *out, size_t size)
{
    char line[LINE_BYTES];
    const char *value = read_line(file, line) ? name_of(line, kind) : NULL;
    const size_t length = value ? strlen(value) : 0;
    if (length > 0 && length < size)
        memcpy(out, value, length + 1);
    return length > 0 && length < size;
}

static journal_state read_head(journal *j)
{
    struct stat info;
    if (fstat(j->fd, &info) != 0 || !S_ISREG(info.st_mode))
        return JOURNAL_UNREADABLE;
    if (info.st_nlink == 0)
        return JOURNAL_EMPTY; /* removed after it was opened */
    FILE *file = read_from_start(j);
    if (file == NULL)
        return JOURNAL_UNREADABLE;
    const bool known = take(file, "prefix", j->prefix, sizeof j->prefix) && settings_is_prefix(j->prefix) &&
                       take(file, "product", j->product, sizeof j->product) &&
                       take(file, "url", j->url, sizeof j->url);
    const bool ends_there = known && ftell(file) == (long)info.st_size;
    const bool complete = known && take(file, "account", j->account, sizeof j->account);
    (void)fclose(file);
    return complete ? JOURNAL_OPENED : ends_there ? JOURNAL_EMPTY : JOURNAL_UNREADABLE;
}

journal_state journal_open(journal *j, const char *path)
{
    *j = (journal){0};
    (void)snprintf(j->path, sizeof j->path, "%s", path);
    j->fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK);
    if (j->fd < 0)
        return JOURNAL_UNREADABLE;
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? JOURNAL_LOCKED : JOURNAL_UNREADABLE;
    return read_head(j);
}

void journal_of_prefix(journal *j, const char *prefix)
{
    *j = (journal){.fd = -1};
    (void)snprintf(j->prefix, sizeof j->prefix, "%s", prefix);
}

void journal_close(journal *j)
{
    if (j->fd >= 0)
        (void)close(j->fd);
    j->fd = -1;
}

void journal_remove(const journal *j)
{
    if (j->fd >= 0)
        (void)unlink(j->path);
}
