/*
 * glib.c: the adapter for GLib main contexts. Its attach function is called by the program; the callback of
 * the descriptor runs on the thread of the loop and dispatches the callbacks of the client.
 */
#include "adapter.h"
#include "mem.h"

#include <boxd/adapters/glib.h>
#include <drukbox/adapters/glib.h>

#include <glib-unix.h>

typedef struct glib_attachment {
    attachment base;
    /* A reference of the adapter's own: the context must outlive the source. */
    GMainContext *context;
    GSource *source;
} glib_attachment;

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    const glib_attachment *a = data;
    (void)fd;
    (void)condition;
    CLIENT_CALL(dispatch)(a->base.client, 0);
    return G_SOURCE_CONTINUE; /* has no effect if a callback has destroyed the source */
}

static const char *start(void *data, void *loop, int fd)
{
    glib_attachment *a = data;
    a->context = g_main_context_ref(loop ? loop : g_main_context_default());
    a->source = g_unix_fd_source_new(fd, G_IO_IN);
    g_source_set_name(a->source, "boxd");
    g_source_set_callback(a->source, G_SOURCE_FUNC(on_readable), a, mem_free);
    g_source_attach(a->source, a->context);
    return NULL;
}

/* If on_readable() of this source is running, GLib frees the attachment after it has returned. */
static void detach(void *data)
{
    glib_attachment *a = data;
    GMainContext *context = a->context;
    GSource *source = a->source;
    g_source_destroy(source);
    g_source_unref(source);
    g_main_context_unref(context);
}

boxd_status ATTACH_NAME(glib)(adapter_client *client, struct _GMainContext *loop, boxd_error *error)
{
    static const adapter glib = {"GLib", sizeof(glib_attachment), start, detach};
    return adapter_attach(&glib, client, loop, error);
}
