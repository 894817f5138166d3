/*
 * journal.h: a file that names everything that a run makes, written before it is made. So a later run can
 * remove what a run has left that was killed. The file has no secrets. It is removed when nothing is left.
 *
 * A line is "KIND NAME". "answered NAME" follows when the service has answered the request that makes NAME:
 * until then NAME may still appear.
 *
 * The checks append, and the parent process reads the file when they have ended.
 */
#ifndef LIVE_JOURNAL_H
#define LIVE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct journal {
    char path[768];
    /* Of the run that wrote the journal. */
    char prefix[32], product[16], url[256];
} journal;

/* Makes a new journal; false: errno says why. */
bool journal_create(journal *j, const char *directory, const char *prefix, const char *product,
                    const char *url);
/* Reads the head of an existing journal; false: the file is not a journal. */
bool journal_open(journal *j, const char *path);
/* Appends a line, and returns when it is on the disk. False: nothing may be made. */
bool journal_add(journal *j, const char *kind, const char *name);
/* Whether the journal has the line. */
bool journal_has(const journal *j, const char *kind, const char *name);
/* Calls `each` for every line of the kind, the oldest first. */
void journal_each(const journal *j, const char *kind, void (*each)(const char *name, void *data), void *data);
void journal_remove(const journal *j);

#endif
