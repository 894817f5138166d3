#include "errors.h"
#include "mem.h"

#include <boxd/adapters/libuv.h>
#include <boxd/aio/compute.h>

#include <uv.h>

typedef struct attachment {
    uv_poll_t poll;
    boxd_compute *compute;
    bool initialised; /* libuv has to be told of its end */
} attachment;

static void on_readable(uv_poll_t *poll, int status, int events)
{
    const attachment *a = poll->data;
    (void)status;
    (void)events;
    boxd_aio_dispatch(a->compute, 0);
}

static void on_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

/* Also inside on_readable(): libuv needs the handle until its loop goes on. */
static void detach(void *data)
{
    attachment *a = data;
    if (a->initialised)
        uv_close((uv_handle_t *)&a->poll, on_closed);
    else
        mem_free(a);
}

static int start(attachment *a, uv_loop_t *loop)
{
    const int failed = uv_poll_init(loop, &a->poll, boxd_aio_fd(a->compute));
    if (failed)
        return failed;
    a->initialised = true;
    a->poll.data = a;
    return uv_poll_start(&a->poll, UV_READABLE, on_readable);
}

boxd_status boxd_libuv_attach(boxd_compute *compute, uv_loop_t *loop, boxd_error *error)
{
    attachment *a = loop ? mem_calloc(1, sizeof *a) : NULL;
    if (!a)
        return loop ? error_no_memory(error, "attaching a client to a loop")
                    : error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the loop is NULL");
    a->compute = compute;
    const boxd_status status = boxd_aio_attach(compute, detach, a, error);
    if (status != BOXD_OK) {
        mem_free(a);
        return status;
    }
    const int failed = start(a, loop);
    if (!failed)
        return BOXD_OK;
    boxd_aio_detach(compute);
    return error_set(error, BOXD_ERR_FAILED, "libuv cannot wait on the client's descriptor: %s",
                     uv_strerror(failed));
}
