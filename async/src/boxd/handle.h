/*
 * handle.h: what the handles of the program have in common: a box, a disk, a template, a snapshot. Each is a
 * record that starts with one, counted, immutable and valid after its client was closed.
 *
 * All functions: any thread.
 */
#ifndef BOXD_HANDLE_H
#define BOXD_HANDLE_H

#include "compute.h"
#include "record.h"

#include <stdatomic.h>

typedef struct handle {
    atomic_uint refs;
    boxd_compute *compute; /* a reference on its core */
    const char *id;        /* of a box made of its name: NULL */
    const char *subject;   /* `disk "data"`, for messages */
} handle;

/* Begins a record of `size` bytes that starts with a handle. NULL: out of memory. */
void *handle_begin(record *r, size_t size, boxd_compute *compute);

/* Sets the subject: `kind` and what the object is called, or its id. */
void handle_name(record *r, handle *h, const char *kind, const char *name);

/* As record_end(). */
void *handle_end(record *r, boxd_error *error);

/* For `object`, which starts with a handle, or NULL. */
void *handle_ref(void *object);

/* Drops a reference. True: it was the last one; handle_destroy() comes next. */
bool handle_unref(void *object);
void handle_destroy(void *object);
void handle_free(void *object);

static inline boxd_compute *handle_compute(const handle *h)
{
    return h ? h->compute : NULL;
}

/* A list of handles, `{ size_t count; T **items; }`: `make` for each of `sources`, an array of pointers to
 * messages; NULL, with `error` set, when one cannot be made. */
typedef void *handle_make(boxd_compute *compute, const void *source, boxd_error *error);
void *handle_list(boxd_compute *compute, size_t count, const void *sources, handle_make *make,
                  void (*release)(void *), boxd_error *error);
void handle_list_free(void *list, void (*release)(void *));

/* A handle of `size` bytes for something known by `id` alone, without asking for it. NULL: no client, no id,
 * or no memory; `error` says so. */
void *handle_of_id(boxd_compute *compute, size_t size, const char *kind, const char *id, boxd_error *error);

#endif
