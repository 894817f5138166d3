/*
 * adapter.h: the common part of the adapters for event loops: attaching a client, and cleaning up if the loop
 * reports an error. The sources are compiled once for boxd and once for Drukbox, because the names of the
 * functions that they define and call contain the name of the product.
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

/* A client that is attached to a loop. The attachment of each adapter begins with this struct. */
typedef struct attachment {
    adapter_client *client;
} attachment;

typedef struct adapter {
    /* Name of the event loop library, for messages. */
    const char *name;
    /* Size of the adapter's attachment in bytes. */
    size_t size;
    /* Starts to wait on `fd` and to dispatch. Returns NULL, or the reason why the loop refused. Runs on the
     * thread that attaches the client. */
    const char *(*start)(void *attachment, void *loop, int fd);
    /* Stops waiting, and frees the attachment as soon as the loop allows it. Also called after a failed
     * start. Runs on the thread that detaches the client, or, at the end of the client, on the thread that
     * dispatches or closes it. */
    void (*detach)(void *attachment);
} adapter;

/* Attaches `client` to `loop`, which is passed to start(). */
boxd_status adapter_attach(const adapter *kind, adapter_client *client, void *loop, boxd_error *error);

#endif
