/*
 * libuv.c: the adapter for libuv loops. Its attach function is called by the program; the callback of the
 * descriptor runs on the thread of the loop and dispatches the callbacks of the client.
 */
#include "adapter.h"
#include "errors.h"
#include "mem.h"

#include <boxd/adapters/libuv.h>
#include <drukbox/adapters/libuv.h>

#include <uv.h>

typedef struct uv_attachment {
    attachment base;
    uv_poll_t poll;
    /* Whether `poll` is initialised, so that it must be closed with uv_close(). */
    bool initialised;
} uv_attachment;

static void on_readable(uv_poll_t *poll, int status, int events)
{
    const uv_attachment *a = poll->data;
    (void)status;
    (void)events;
    CLIENT_CALL(dispatch)(a->base.client, 0);
}

static void on_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

static const char *start(void *data, void *loop, int fd)
{
    uv_attachment *a = data;
    int failed = uv_poll_init(loop, &a->poll, fd);
    a->initialised = failed == 0;
    a->poll.data = a;
    if (!failed)
        failed = uv_poll_start(&a->poll, UV_READABLE, on_readable);
    return failed ? uv_strerror(failed) : NULL;
}

/* uv_close() stops waiting at once: the descriptor may then be closed or used by another loop. libuv needs
 * the handle until the loop calls on_closed(). */
static void detach(void *data)
{
    uv_attachment *a = data;
    if (a->initialised)
        uv_close((uv_handle_t *)&a->poll, on_closed);
    else
        mem_free(a);
}

boxd_status ATTACH_NAME(libuv)(adapter_client *client, struct uv_loop_s *loop, boxd_error *error)
{
    static const adapter libuv = {"libuv", sizeof(uv_attachment), start, detach};
    if (!loop)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the loop is NULL; uv_default_loop() returns the default loop");
    return adapter_attach(&libuv, client, loop, error);
}
