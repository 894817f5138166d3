/*
 * token_cache.h: tokens of an API key that short programs share, in files of the user (token_file.h). auth.c
 * looks here before it exchanges the key, and stores what the exchange has issued. The work on files runs on
 * the disk thread; all functions: core thread, but for token_cache_init() and token_cache_destroy().
 *
 * One look at a time. It ends within LOOK_MS, also if the disk does not answer: the client then exchanges its
 * key without the cache. token_cache_store() or token_cache_end() follows each look after which the client
 * exchanges the key, because the look may have locked the file.
 */
#ifndef BOXD_TOKEN_CACHE_H
#define BOXD_TOKEN_CACHE_H

#include "boxd/token_cache/token_file.h"
#include "core/loop.h"
#include "core/observe.h"
#include "core/worker.h"

/* The outcome of a look. */
typedef struct token_look {
    /* TOKEN_NONE: there is no token. */
    token_state state;
    token_entry entry;
    /* The client exchanges its key now. Another client does not do so. */
    bool exchange;
    bool no_memory;
} token_look;

typedef void (*token_look_fn)(void *data, const token_look *look);

typedef struct token_cache {
    /* Immutable. NULL: there is no cache. */
    char *dir;
    char name[TOKEN_ENTRY_NAME_SIZE];
    loop *loop;
    worker *disk;
    observer *observer;
    token_look_fn done;
    void *done_data;

    /* The look in progress ends `done` at that time at the latest; 0: there is none. */
    int64_t look_until_ns;
    /* Ends the look, or begins its next step. */
    timer timer;
    /* The pause before the next step. */
    int64_t pause_ms;
    /* A problem was logged. */
    bool warned;
    /* The disk thread has ended. */
    bool stopped;

    /* Each belongs to the disk thread while its task is posted. */
    bool looking, ending;
    loop_task look_task, end_task;
    token_found found;
    /* Copies of secrets; or NULL. */
    char *rejected, *text;
    bool remove;
    char problem[TOKEN_FILE_PROBLEM_SIZE];

    /* Disk thread. */
    token_file file;
} token_cache;

/* The cache in the directory `dir`, which is copied, for an API key. Before the loop starts. False: out of
 * memory. */
bool token_cache_init(token_cache *c, const char *dir, const char *key, const char *url,
                      const char *cert_file);

/* Connects the cache with the threads of its client, and with the function that gets the outcome of looks.
 * Before the loop starts. */
void token_cache_connect(token_cache *c, loop *home, worker *disk, observer *o, token_look_fn done,
                         void *data);

/* The disk thread has ended: ends the look in progress without calling `done`. On the core thread, once its
 * loop has ended and before its last tasks run. */
void token_cache_stop(token_cache *c);

/* After token_cache_stop(). */
void token_cache_destroy(token_cache *c);

static inline bool token_cache_is_on(const token_cache *c)
{
    return c->dir != NULL;
}

/* Whether a task of the disk thread, or its completion, is posted. */
static inline bool token_cache_is_busy(const token_cache *c)
{
    return c->looking || c->ending;
}

/* Looks for a token other than `rejected` (or NULL), and calls `done` later. False: there is no cache, or it
 * cannot be used now, and `done` is not called. */
bool token_cache_look(token_cache *c, const char *rejected);

/* Stores an entry, which token_entry_format() has made, and frees it. NULL is allowed without a cache. */
void token_cache_store(token_cache *c, char *text);

/* No token was issued. `remove`: nor is the one in the cache of use, because the key was refused. */
void token_cache_end(token_cache *c, bool remove);

#endif
