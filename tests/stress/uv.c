/*
 * uv.c: a thread that runs a libuv loop, for the clients that are attached to it.
 */
#include "stress.h"

#include <boxd/adapters/libuv.h>

#include <stdlib.h>
#include <uv.h>

typedef struct job {
    struct job *next;
    client *client;
    uv_job what;
} job;

static uv_loop_t loop;
static uv_async_t wake;
static uv_thread_t thread;
static _Thread_local bool here;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static job *first, **last = &first;
static bool over;

bool uv_is_here(void)
{
    return here;
}

static void attach(client *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (boxd_libuv_attach(c->compute, &loop, &error) != BOXD_OK)
        failed(NULL, error.message);
}

static void run(const job *j)
{
    switch (j->what) {
    case UV_ATTACH:
        attach(j->client);
        break;
    case UV_REATTACH:
        boxd_aio_compute_detach(j->client->compute);
        attach(j->client);
        client_leave(j->client);
        break;
    case UV_CLOSE:
    case UV_CLOSE_LAST:
        client_close_reference(j->client, j->what == UV_CLOSE_LAST);
        break;
    }
    client_release(j->client);
}

static void on_wake(uv_async_t *handle)
{
    pthread_mutex_lock(&lock);
    job *jobs = first;
    first = NULL;
    last = &first;
    const bool end = over;
    pthread_mutex_unlock(&lock);
    while (jobs) {
        job *next = jobs->next;
        run(jobs);
        free(jobs);
        jobs = next;
    }
    if (end && !uv_is_closing((uv_handle_t *)handle))
        uv_close((uv_handle_t *)handle, NULL);
}

void uv_post_job(client *c, uv_job what)
{
    job *j = zeroed(sizeof *j);
    client_hold(c);
    *j = (job){.client = c, .what = what};
    pthread_mutex_lock(&lock);
    *last = j;
    last = &j->next;
    pthread_mutex_unlock(&lock);
    uv_async_send(&wake);
}

static void run_loop(void *data)
{
    (void)data;
    here = true;
    uv_run(&loop, UV_RUN_DEFAULT);
}

void uv_open(void)
{
    expect(uv_loop_init(&loop) == 0 && uv_async_init(&loop, &wake, on_wake) == 0, "a libuv loop");
    expect(uv_thread_create(&thread, run_loop, NULL) == 0, "a thread");
}

/* All clients have ended: none of their handles may be left on the loop. */
void uv_close_loop(void)
{
    pthread_mutex_lock(&lock);
    over = true;
    pthread_mutex_unlock(&lock);
    uv_async_send(&wake);
    uv_thread_join(&thread);
    expect(uv_loop_close(&loop) == 0, "nothing left on the libuv loop");
}
