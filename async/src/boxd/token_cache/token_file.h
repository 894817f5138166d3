/*
 * token_file.h: one file of the token cache, and the lock on it. Every function may block on the disk: they
 * run on the disk thread, or after it has ended.
 *
 * A client that finds no fresh token locks the file (flock), which it makes if there is none, exchanges its
 * key, and replaces the file by rename(). Others look again until the file is replaced or unlocked. The lock
 * belongs to the file of the moment: a file that was replaced has no lock. The end of a process unlocks it.
 *
 * Only a regular file of this user that no other user may read or write is read, in a directory of this user
 * that no other user may write to. Anything else of that name is removed. Links are never followed.
 */
#ifndef BOXD_TOKEN_FILE_H
#define BOXD_TOKEN_FILE_H

#include "boxd/token_cache/token_entry.h"

#include <stdbool.h>

enum { TOKEN_FILE_PROBLEM_SIZE = 200 };

typedef struct token_file {
    /* Borrowed. */
    const char *dir, *name;
    /* The directory and the file while this client has the lock; -1 otherwise. */
    int dir_fd, lock_fd;
} token_file;

/* What token_file_look() has found. */
typedef struct token_found {
    token_state state;
    /* Of `text`, with TOKEN_DUE and TOKEN_FRESH. */
    token_entry entry;
    /* Another client has the lock, most likely for an exchange. */
    bool busy;
    bool no_memory;
    /* Why the cache, or the file that it has, cannot be used; "": no reason. */
    char problem[TOKEN_FILE_PROBLEM_SIZE];
    /* A secret; or NULL. */
    char *text;
    size_t text_size;
} token_found;

/* The file is unlocked. */
void token_file_init(token_file *f, const char *dir, const char *name);

/* Reads the token. `rejected` is the token that the server does not accept, or NULL: it counts as no token.
 * Locks the file unless it has a fresh token, another client has the lock, or the directory cannot be used;
 * does not wait for the lock. A locked file without a usable token is emptied. The caller frees `found`. */
void token_file_look(token_file *f, const char *rejected, int64_t now, token_found *found);
void token_found_free(token_found *found);

/* Replaces the file by `text` and unlocks it. False: the file is as it was, but unlocked; `problem` says
 * why. */
bool token_file_store(token_file *f, const char *text, char problem[TOKEN_FILE_PROBLEM_SIZE]);

/* Removes the files of other keys whose tokens have expired: of a number of files at a time, so that it ends
 * soon. Files that another client has locked stay. Also removes files that a crashed client has not finished.
 */
void token_file_sweep(const token_file *f, int64_t now);

/* Removes the file, also without the lock, and unlocks it. */
void token_file_remove(token_file *f);

/* Unlocks the file, and removes it if it is empty. No effect without the lock. */
void token_file_unlock(token_file *f);

#endif
