/*
 * journal.h: a file that names everything that a run makes, written before it is made. So a later run can
 * remove what a run has left that was killed. The file has no secrets. It is removed when nothing is left.
 *
 * The first four lines are the head: prefix, product, URL, account. Nothing is made before the head is
 * complete. The account is the salted hash of a text that identifies it: see account.h.
 *
 * Each other line is "KIND NAME":
 * - "box NAME" (or another kind): NAME is going to be made. NAME begins with the prefix.
 * - "box-id ID": what the service calls the box that it made, whatever its name is.
 * - "answered NAME": the service has answered the request that makes NAME. Without the line, NAME may still
 *   appear. Each request that makes NAME has its own "KIND NAME" and its own "answered NAME".
 * - "refused NAME": the answer says that nothing was made.
 *
 * A run locks its journal until its last process ends, and --clean locks the journals that it opens: two
 * processes never remove the objects of one journal. The checks append, and the parent process reads the file
 * when they have ended.
 */
#ifndef LIVE_JOURNAL_H
#define LIVE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct journal {
    char path[768];
    /* Of the run that wrote the journal. `account` is "" until journal_set_account(). */
    char prefix[32], product[16], url[256], account[64];
    /* Open and locked; -1: the journal has no file. */
    int fd;
} journal;

typedef enum {
    JOURNAL_OPENED,
    /* A run uses it. */
    JOURNAL_LOCKED,
    /* Not a journal of this program, or it cannot be read. */
    JOURNAL_UNREADABLE,
    /* Its run has ended before the head was complete, and has made nothing. */
    JOURNAL_EMPTY,
} journal_state;

/* Makes and locks a new journal; false: errno says why. */
bool journal_create(journal *j, const char *directory, const char *prefix, const char *product,
                    const char *url);
/* Completes the head. */
bool journal_set_account(journal *j, const char *account);
/* Locks an existing journal and reads its head. Close the journal in each state. */
journal_state journal_open(journal *j, const char *path);
/* A journal without a file: of a prefix alone. */
void journal_of_prefix(journal *j, const char *prefix);
void journal_close(journal *j);

/* Appends a line, and returns when it is on the disk. False: nothing may be made. */
bool journal_add(journal *j, const char *kind, const char *name);
/* How often the journal has the line. */
size_t journal_count(const journal *j, const char *kind, const char *name);
/* Calls `each` for every line of the kind, the oldest first. */
void journal_each(const journal *j, const char *kind, void (*each)(const char *name, void *data), void *data);
/* False: no request that makes something was sent. */
bool journal_names_something(const journal *j);
/* Whether `name` is "<prefix>-...": the run has made it. */
bool journal_owns(const journal *j, const char *name);
void journal_remove(const journal *j);

#endif
