/*
 * sdevent.c: the adapter for sd-event loops (libsystemd). Its attach function is called by the program; the
 * handler of the descriptor runs on the thread of the loop and dispatches the callbacks of the client.
 */
#include "adapter.h"
#include "mem.h"

#include <boxd/adapters/sdevent.h>
#include <drukbox/adapters/sdevent.h>

#include <errno.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

typedef struct sdevent_attachment {
    attachment base;
    /* Has a reference to the loop. NULL after a failed start. */
    sd_event_source *readable;
} sdevent_attachment;

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *data)
{
    const sdevent_attachment *a = data;
    (void)source;
    (void)fd;
    (void)events;
    CLIENT_CALL(dispatch)(a->base.client, 0);
    return 0;
}

static const char *reason(int failed)
{
    switch (-failed) {
    case ESTALE:
        return "the loop has finished";
    case ECHILD:
        return "the loop belongs to the parent process";
    case ENOMEM:
        return "out of memory";
    default:
        return "sd_event_add_io() failed";
    }
}

static const char *start(void *data, void *loop, int fd)
{
    sdevent_attachment *a = data;
    sd_event *event = NULL;
    const int failed = loop ? 0 : sd_event_default(&event);
    if (failed < 0)
        return "sd_event_default() failed";
    const int added = sd_event_add_io(loop ? loop : event, &a->readable, fd, EPOLLIN, on_readable, a);
    sd_event_unref(event);
    if (added < 0)
        return reason(added);
    sd_event_source_set_description(a->readable, "boxd");
    return NULL;
}

/* May run inside on_readable(): sd-event keeps the source until the handler has returned. */
static void detach(void *data)
{
    sdevent_attachment *a = data;
    if (a->readable) {
        sd_event_source_set_enabled(a->readable, SD_EVENT_OFF);
        sd_event_source_unref(a->readable);
    }
    mem_free(a);
}

boxd_status ATTACH_NAME(sdevent)(adapter_client *client, struct sd_event *loop, boxd_error *error)
{
    static const adapter sdevent = {"sd-event", sizeof(sdevent_attachment), start, detach};
    return adapter_attach(&sdevent, client, loop, error);
}
