/*
 * handle.h: what the handles of the program have in common: a box, a disk, a template, a snapshot. Each is a
 * record that starts with one, counted, immutable and valid after its client was closed.
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
    boxd_compute *compute; /* a reference on its core */
    const char *id;        /* what calls on it name it by; of a box made of its name: NULL */
    const char *name;      /* what messages name it by; NULL: the id */
    const char *subject;   /* `disk "data"`, for messages */
} handle;

/* Begins a record of `size` bytes that starts with a handle. NULL: out of memory. */
void *handle_begin(record *r, size_t size, boxd_compute *compute);

/* Sets the subject: `kind` and what the object is called, or its id. */
void handle_name(record *r, handle *h, const char *kind, const char *name);

/* As record_end(). */
void *handle_end(record *r, boxd_error *error);

/* Both, for a `kind` of object that the answer of `rpc` told of, and whose id and name are set. NULL also
 * when it did not tell the id. */
void *handle_end_told(record *r, const char *kind, const char *rpc, boxd_error *error);

/* Where a handle comes from: a message of the service. */
typedef struct handle_source {
    boxd_compute *compute;
    const char *kind;  /* what messages call such an object, "disk" */
    const char *rpc;   /* whose answer it is */
    size_t size;       /* of the handle's struct */
    record_fill *fill; /* fills that struct from the message, and sets the handle's id and name */
} handle_source;

void *handle_new(const handle_source *from, const void *message, boxd_error *error);

/* For `object`, which starts with a handle, or NULL. */
void *handle_ref(void *object);

/* Drops a reference. True: it was the last one; handle_destroy() comes next. */
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

/* A list of handles, `{ size_t count; T *const *items; }`: `make`, which may be handle_new(), for each of
 * `messages`, an array of pointers; NULL, with `error` set, when one cannot be made. */
typedef void *handle_make(const handle_source *from, const void *message, boxd_error *error);
void *handle_list(const handle_source *from, handle_make *make, size_t count, const void *messages,
                  void (*release)(void *), boxd_error *error);
void handle_list_free(void *list, void (*release)(void *));

/* The same for handles that handle_free() frees. */
void handles_free(void *list);

/* A handle of `size` bytes for something known by `id` alone, without asking for it. NULL: no client, no id,
 * or no memory; `error` says so. */
void *handle_of_id(boxd_compute *compute, size_t size, const char *kind, const char *id, boxd_error *error);

/* For such a handle of something that is known by name or id: sets the one of the two that it was made of. */
void handle_tell(const void *object, const char **id, const char **name);

#endif
