/*
 * client.c: HTTP on a thread of its own. Exchanges are made on any thread, run on this thread, and answered
 * on the loop that asked for them.
 */
#include "http/client.h"

#include "errors.h"
#include "mem.h"

struct http_client {
    loop loop;
    http *http;
    /* The client's own thread only. */
    struct {
        /* Exchanges in progress. */
        linked_list running;
    } thread_data;
};

/* One exchange for another loop. */
typedef struct sending {
    /* Posted to the client's loop, then to the home loop. */
    loop_task task;
    http_client *client;
    http_exchange *exchange;
    loop *home;
    http_done_fn done;
    void *data;
    /* The exchange's answer, or `closed`, which stands for it. */
    http_answer *answer, closed;
    /* In `running`; client's thread. */
    list_node node;
} sending;

static void free_sending(sending *s)
{
    http_exchange_free(s->exchange);
    mem_free(s);
}

static void run_done(loop_task *task)
{
    sending *s = CONTAINER_OF(task, sending, task);
    s->done(s->data, s->answer);
    free_sending(s);
}

/* ---- the client's thread ---- */

static void finish(sending *s, http_answer *answer)
{
    list_remove(&s->client->thread_data.running, &s->node);
    s->answer = answer;
    loop_post(s->home, &s->task, run_done);
}

static void on_answer(void *data, http_answer *answer)
{
    finish(data, answer);
}

static void run_send(loop_task *task)
{
    sending *s = CONTAINER_OF(task, sending, task);
    list_append(&s->client->thread_data.running, &s->node);
    http_exchange_start(s->exchange);
}

typedef struct free_task {
    loop_task task;
    http_client *client;
} free_task;

static void run_free(loop_task *task)
{
    http_client *client = CONTAINER_OF(task, free_task, task)->client;
    while (!list_is_empty(&client->thread_data.running)) {
        sending *s = CONTAINER_OF(client->thread_data.running.first, sending, node);
        const boxd_sent sent = http_exchange_sent(s->exchange);
        http_exchange_stop(s->exchange);
        error_set_sent(&s->closed.error, BOXD_ERR_CLOSED, sent, "the client is closed");
        finish(s, &s->closed);
    }
    loop_stop(&client->loop);
}

/* ---- from other threads ---- */

boxd_status http_client_new(http_client **out, const http_settings *settings, boxd_error *error)
{
    http_client *client = mem_calloc(1, sizeof *client);
    if (!client)
        return error_no_memory(error, "making an HTTP client");
    boxd_status status = http_new(&client->http, settings, error);
    if (status == BOXD_OK)
        status = loop_start(&client->loop, "boxd-http", http_poller(client->http), NULL, NULL, error);
    if (status != BOXD_OK) {
        http_free(client->http);
        mem_free(client);
        return status;
    }
    *out = client;
    return BOXD_OK;
}

void http_client_free(http_client *client)
{
    if (!client)
        return;
    free_task stop = {.client = client};
    loop_post(&client->loop, &stop.task, run_free);
    loop_join(&client->loop);
    loop_destroy(&client->loop);
    http_free(client->http);
    mem_free(client);
}

boxd_status http_send(http_client *client, const http_request *request, loop *home, http_done_fn done,
                      void *data, boxd_error *error)
{
    sending *s = mem_calloc(1, sizeof *s);
    if (!s)
        return error_no_memory(error, "sending an HTTP request");
    s->client = client;
    s->home = home;
    s->done = done;
    s->data = data;
    s->exchange = http_exchange_new(client->http, request, on_answer, s, error);
    if (!s->exchange) {
        free_sending(s);
        return BOXD_ERR_NO_MEMORY;
    }
    loop_post(&client->loop, &s->task, run_send);
    return BOXD_OK;
}
