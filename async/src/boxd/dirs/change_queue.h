/*
 * change_queue.h: the changes of a transfer of a directory, on their way to the callback of the program. The
 * owner requests the call, and begins no further work while too many changes wait.
 */
#ifndef BOXD_CHANGE_QUEUE_H
#define BOXD_CHANGE_QUEUE_H

#include "core/mutex.h"
#include "text.h"

#include <boxd/types/dir.h>

/* How many bytes may wait when a piece of work begins. One piece may add more. */
enum { CHANGE_QUEUE_BYTES = 256 * 1024 };

typedef struct change_queue {
    /* NULL: changes are not reported. */
    boxd_dir_change_cb callback;
    void *user_data;
    mutex lock;
    struct {
        /* For each change one byte with the kind, and the path with its NUL. */
        text records;
        /* The owner waits for change_queue_call(). */
        bool awaited;
    } synced_data;
} change_queue;

/* Any thread. */
void change_queue_init(change_queue *q, boxd_dir_change_cb callback, void *user_data);
void change_queue_free(change_queue *q);

/* Adds a change. False: out of memory. Any thread. */
bool change_queue_add(change_queue *q, boxd_dir_change_kind kind, const char *path);

/* Whether changes wait. Any thread. */
bool change_queue_has_changes(change_queue *q);

/* Whether more than CHANGE_QUEUE_BYTES wait: then the next change_queue_call() returns true. Core thread. */
bool change_queue_await(change_queue *q);

/* Calls the program with the changes that wait. Returns whether the owner waits for that. Where callbacks
 * run. */
bool change_queue_call(change_queue *q);

#endif
