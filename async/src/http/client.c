#include "http/client.h"

#include "errors.h"
#include "mem.h"

struct http_client {
    loop loop;
    http *http;
    struct {
        struct sending *running;
    } thread_data; /* the client's own thread only */
};

/* One exchange for another loop. */
typedef struct sending {
    loop_task task; /* in turn: to the client's loop, to the home loop */
    http_client *client;
    http_exchange *exchange;
    loop *home;
    http_done_fn done;
    void *data;
    http_answer *answer, closed;     /* the exchange's, or what stands for it */
    struct sending *previous, *next; /* client's thread: among those under way */
} sending;

static void free_sending(sending *s)
{
    http_exchange_free(s->exchange);
    mem_free(s);
}

static void run_done(loop_task *task)
{
    sending *s = (sending *)(void *)task;
    s->done(s->data, s->answer);
    free_sending(s);
}

/* ---- the client's thread ---- */

static void finish(sending *s, http_answer *answer)
{
    if (s->next)
        s->next->previous = s->previous;
    if (s->previous)
        s->previous->next = s->next;
    else
        s->client->thread_data.running = s->next;
    s->answer = answer;
    loop_post(s->home, &s->task, run_done);
}

static void on_answer(void *data, http_answer *answer)
{
    finish(data, answer);
}

static void run_send(loop_task *task)
{
    sending *s = (sending *)(void *)task;
    s->next = s->client->thread_data.running;
    if (s->next)
        s->next->previous = s;
    s->client->thread_data.running = s;
    http_exchange_start(s->exchange);
}

typedef struct free_task {
    loop_task task;
    http_client *client;
} free_task;

static void run_free(loop_task *task)
{
    http_client *client = ((free_task *)(void *)task)->client;
    while (client->thread_data.running) {
        sending *s = client->thread_data.running;
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
    pthread_join(client->loop.thread, NULL);
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
