/*
 * journal.c: see journal.h. Used by the checks, and by the parent process after their end.
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    *j = (journal){0};
    (void)snprintf(j->path, sizeof j->path, "%s/%s.journal", directory, prefix);
    (void)snprintf(j->prefix, sizeof j->prefix, "%s", prefix);
    (void)snprintf(j->product, sizeof j->product, "%s", product);
    (void)snprintf(j->url, sizeof j->url, "%s", url);
    return make_directories(directory) && journal_add(j, "prefix", prefix) &&
           journal_add(j, "product", product) && journal_add(j, "url", url);
}

bool journal_add(journal *j, const char *kind, const char *name)
{
    char line[512];
    const int length = snprintf(line, sizeof line, "%s %s\n", kind, name);
    const int fd = open(j->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    const bool good =
        length < (int)sizeof line && write(fd, line, (size_t)length) == (ssize_t)length && fsync(fd) == 0;
    (void)close(fd);
    return good;
}

void journal_each(const journal *j, const char *kind, void (*each)(const char *name, void *data), void *data)
{
    FILE *file = fopen(j->path, "re");
    const size_t length = strlen(kind);
    char line[512];
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, kind, length) == 0 && line[length] == ' ')
            each(line + length + 1, data);
    }
    if (file != NULL)
        (void)fclose(file);
}

typedef struct {
    const char *name;
    bool found;
} question;

static void compare(const char *name, void *data)
{
    question *q = data;
    q->found = q->found || strcmp(q->name, name) == 0;
}

bool journal_has(const journal *j, const char *kind, const char *name)
{
    question q = {.name = name};
    journal_each(j, kind, compare, &q);
    return q.found;
}

static void take_prefix(const char *text, void *data)
{
    journal *j = data;
    (void)snprintf(j->prefix, sizeof j->prefix, "%.31s", text);
}

static void take_product(const char *text, void *data)
{
    journal *j = data;
    (void)snprintf(j->product, sizeof j->product, "%.15s", text);
}

static void take_url(const char *text, void *data)
{
    journal *j = data;
    (void)snprintf(j->url, sizeof j->url, "%.255s", text);
}

bool journal_open(journal *j, const char *path)
{
    *j = (journal){0};
    (void)snprintf(j->path, sizeof j->path, "%s", path);
    journal_each(j, "prefix", take_prefix, j);
    journal_each(j, "product", take_product, j);
    journal_each(j, "url", take_url, j);
    return j->prefix[0] != '\0' && j->product[0] != '\0';
}

void journal_remove(const journal *j)
{
    (void)unlink(j->path);
}
