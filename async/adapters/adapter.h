/*
 * adapter.h: what the adapters have in common: attaching, and what happens when the loop does not take it.
 * The sources are compiled once for each product, since what they call, and what they are called, has its
 * name.
 */
#ifndef BOXD_ADAPTER_H
#define BOXD_ADAPTER_H

#include <boxd/error.h>

#include <stddef.h>

#ifdef ADAPTER_FOR_DRUKBOX
#include <drukbox/aio/client.h>
typedef drukbox_client adapter_client;
#define ATTACH_NAME(loop) drukbox_##loop##_attach
#define CLIENT_CALL(name) drukbox_aio_client_##name
#else
#include <boxd/aio/compute.h>
typedef boxd_compute adapter_client;
#define ATTACH_NAME(loop) boxd_##loop##_attach
#define CLIENT_CALL(name) boxd_aio_compute_##name
#endif

/* A client on a loop. Each adapter's begins with one. */
typedef struct attachment {
    adapter_client *client;
} attachment;

typedef struct adapter {
    const char *name; /* of the kind of loop, for messages */
    size_t size;      /* of its attachment */
    /* Waits on `fd` and dispatches from then on. NULL, or why it cannot. Thread of the attaching call. */
    const char *(*start)(void *attachment, void *loop, int fd);
    /* Waits no more, and frees it, as soon as the loop allows; also after a failed start. */
    void (*detach)(void *attachment);
} adapter;

/* Attaches `client`. The loop is what start() takes. */
boxd_status adapter_attach(const adapter *kind, adapter_client *client, void *loop, boxd_error *error);

#endif
