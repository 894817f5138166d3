/*
 * libevent.c: the adapter for libevent loops. Its attach function is called by the program; the callback of
 * the descriptor runs on the thread of the loop and dispatches the callbacks of the client.
 */
#include "adapter.h"
#include "errors.h"
#include "mem.h"

#include <boxd/adapters/libevent.h>
#include <drukbox/adapters/libevent.h>

#include <event2/event.h>

typedef struct event_attachment {
    attachment base;
    struct event *readable;
} event_attachment;

static void on_readable(evutil_socket_t fd, short events, void *data)
{
    const event_attachment *a = data;
    (void)fd;
    (void)events;
    CLIENT_CALL(dispatch)(a->base.client, 0);
}

static const char *start(void *data, void *loop, int fd)
{
    event_attachment *a = data;
    a->readable = event_new(loop, fd, EV_READ | EV_PERSIST, on_readable, a);
    if (!a->readable)
        return "event_new() failed";
    return event_add(a->readable, NULL) == 0 ? NULL : "event_add() failed";
}

/* May run inside on_readable(): libevent does not use an event after it has called back. */
static void detach(void *data)
{
    event_attachment *a = data;
    if (a->readable)
        event_free(a->readable);
    mem_free(a);
}

boxd_status ATTACH_NAME(libevent)(adapter_client *client, struct event_base *loop, boxd_error *error)
{
    static const adapter libevent = {"libevent", sizeof(event_attachment), start, detach};
    if (!loop)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the loop is NULL; event_base_new() creates one");
    return adapter_attach(&libevent, client, loop, error);
}
