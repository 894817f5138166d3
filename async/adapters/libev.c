/*
 * libev.c: the adapter for libev loops. Its attach function is called by the program; the callback of the
 * descriptor runs on the thread of the loop and dispatches the callbacks of the client.
 */
#include "adapter.h"
#include "errors.h"
#include "mem.h"

#include <boxd/adapters/libev.h>
#include <drukbox/adapters/libev.h>

#include <ev.h>

typedef struct ev_attachment {
    attachment base;
    struct ev_loop *loop;
    ev_io readable;
} ev_attachment;

static void on_readable(struct ev_loop *loop, ev_io *readable, int events)
{
    const ev_attachment *a = readable->data;
    (void)loop;
    (void)events;
    CLIENT_CALL(dispatch)(a->base.client, 0);
}

static const char *start(void *data, void *loop, int fd)
{
    ev_attachment *a = data;
    a->loop = loop;
    ev_io_init(&a->readable, on_readable, fd, EV_READ);
    a->readable.data = a;
    ev_io_start(a->loop, &a->readable);
    return NULL;
}

/* May run inside on_readable(): libev does not use a watcher that was stopped. */
static void detach(void *data)
{
    ev_attachment *a = data;
    ev_io_stop(a->loop, &a->readable);
    mem_free(a);
}

boxd_status ATTACH_NAME(libev)(adapter_client *client, struct ev_loop *loop, boxd_error *error)
{
    static const adapter libev = {"libev", sizeof(ev_attachment), start, detach};
    if (!loop)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the loop is NULL; ev_default_loop() returns the default loop");
    return adapter_attach(&libev, client, loop, error);
}
