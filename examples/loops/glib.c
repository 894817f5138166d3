/* Runs the callbacks of a client on the default main context of GLib. */
#include "job.h"

#include <boxd/adapters/glib.h>

#include <glib.h>

static gboolean on_tick(gpointer data)
{
    job_tick(data);
    return G_SOURCE_CONTINUE;
}

/* g_main_loop_run() returns only after g_main_loop_quit(): an attached client has no influence. */
static void on_end(job *j)
{
    g_main_loop_quit(j->loop);
}

int main(void)
{
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    job j = {.on_end = on_end, .loop = loop};
    boxd_compute *client = job_open(&j);
    if (!client || boxd_glib_attach(client, NULL, &j.error) != BOXD_OK)
        return job_failed(&j);
    job_start(&j);

    guint timer = g_timeout_add(50, on_tick, &j);

    g_main_loop_run(loop);
    g_source_remove(timer);
    g_main_loop_unref(loop);
    return job_finish(&j);
}
