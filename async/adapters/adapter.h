/*
 * adapter.h: what the adapters have in common: attaching, and what happens when the loop does not take it.
 */
#ifndef BOXD_ADAPTER_H
#define BOXD_ADAPTER_H

#include <boxd/compute.h>
#include <boxd/error.h>

#include <stddef.h>

/* A client on a loop. Each adapter's begins with one. */
typedef struct attachment {
    boxd_compute *compute;
} attachment;

typedef struct adapter {
    const char *name; /* of the kind of loop, for messages */
    size_t size;      /* of its attachment */
    /* Waits on `fd` and dispatches from then on. NULL, or why it cannot. Thread of the attaching call. */
    const char *(*start)(void *attachment, void *loop, int fd);
    /* Waits no more, and frees it, as soon as the loop allows; also after a failed start. */
    void (*detach)(void *attachment);
} adapter;

/* Attaches `compute`. The loop is what start() takes. */
boxd_status adapter_attach(const adapter *kind, boxd_compute *compute, void *loop, boxd_error *error);

#endif
