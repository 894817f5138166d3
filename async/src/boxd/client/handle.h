/*
 * handle.h: the common part of the program's handles: box, disk, template, snapshot. Each is a record
 * that starts with a handle, is counted and immutable, and stays valid after its client was closed.
 *
 * All functions: any thread.
 */
#ifndef BOXD_HANDLE_H
#define BOXD_HANDLE_H

#include "boxd/client/compute.h"
#include "record.h"

#include <stdatomic.h>

typedef struct handle {
    atomic_uint refs;
    /* A reference on its core. */
    boxd_compute *compute;
    /* The name of the object in requests: its id, or the text from which the handle was made. */
    const char *id;
    /* The name of the object in messages; NULL: the id. */
    const char *name;
    /* For messages: `disk "data"`. */
    const char *subject;
} handle;

/* Begins a record of `size` bytes that starts with a handle; `limit` as for record_begin(). NULL: call only
 * handle_end(). */
void *handle_begin(record *r, size_t size, boxd_compute *compute, record_limit *limit);

/* Sets the subject from `kind` and `name`, or from the id when there is no name. */
void handle_name(record *r, handle *h, const char *kind, const char *name);

/* Ends the record, as record_end(). */
void *handle_end(record *r, boxd_error *error);

/* Sets the subject and ends the record, for an object that the answer of `method` described, once its id and
 * name are set. NULL also if the answer had no id. */
void *handle_end_named(record *r, const char *kind, const char *method, boxd_error *error);

/* How a message of the service becomes a handle. */
typedef struct handle_source {
    boxd_compute *compute;
    /* The kind of object, for messages: "disk". */
    const char *kind;
    /* The RPC that answered. */
    const char *rpc;
    /* The size of the handle's struct. */
    size_t size;
    /* Fills that struct from the message, and sets the handle's id and name. */
    record_fill *fill;
    /* The memory of all handles that one answer makes; or NULL. */
    record_limit *limit;
} handle_source;

void *handle_new(const handle_source *from, const void *message, boxd_error *error);

/* For `object`, which starts with a handle, or NULL. */
void *handle_ref(void *object);

/* Whether there is more than one reference. Another thread may change this at any time. */
bool handle_is_shared(const void *object);

/* Drops a reference. True: it was the last one, and the caller calls handle_destroy(). */
bool handle_unref(void *object);
void handle_destroy(void *object);
void handle_free(void *object);

static inline boxd_compute *handle_compute(const void *object)
{
    const handle *h = object;
    return h ? h->compute : NULL;
}

static inline const char *handle_subject(const void *object)
{
    const handle *h = object;
    return h ? h->subject : NULL;
}

/* A list of handles, `{ size_t count; T *const *items; }`: calls `make` (which may be handle_new()) for each
 * of `messages`, an array of pointers. NULL, with `error` set, if a handle cannot be made. */
typedef void *handle_make(const handle_source *from, const void *message, boxd_error *error);
void *handle_list(const handle_source *from, handle_make *make, size_t count, const void *messages,
                  void (*release)(void *), boxd_error *error);
void handle_list_free(void *list, void (*release)(void *));

/* The same for handles that handle_free() frees. */
void handles_free(void *list);

/* A handle of `size` bytes made from `id` alone, without a request. NULL, with `error` set: no client, no
 * id, or no memory. */
void *handle_of_id(boxd_compute *compute, size_t size, const char *kind, const char *id, boxd_error *error);

/* For a handle made from a name or an id: sets *id if the text is an id, else *name. */
void handle_split_key(const void *object, const char **id, const char **name);

#endif
