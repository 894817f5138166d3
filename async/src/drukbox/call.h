/*
 * call.h: a call of Drukbox's public API: one HTTP request, and a record from its answer. Operations
 * differ in data only.
 */
#ifndef DRUKBOX_CALL_H
#define DRUKBOX_CALL_H

#include "core/call_frame.h"
#include "drukbox/client.h"
#include "http/json.h"
#include "record.h"

#include <drukbox/types/wait.h>

/* Fills a record from an object. Returns the required key that is missing, or NULL. */
typedef const char *answer_fill(record *r, void *made, const json_node *object);

typedef struct rest_call rest_call;

typedef struct rest_operation {
    const char *method;
    /* "GET /hosts/{id}", for hooks and the log. */
    const char *route;
    /* The kind of answer, for messages: "a host record"; NULL: any JSON, or no body. */
    const char *expected;
    /* The size of the record. */
    size_t size;
    /* The size of an item of a list; else 0. */
    size_t item_size;
    /* Fills the record, or an item. */
    answer_fill *fill;
    /* Called after fill(): checks of this operation alone; or NULL. Core thread. */
    void (*check)(const rest_call *c, record *r, void *made, const json_node *answer);
    /* Idempotent: doing it twice is doing it once. The library itself sends it again when a connection turns
     * out to be closed. */
    bool repeatable;
    /* For messages: what to do if the answer was lost; or NULL. */
    const char *after_loss;
    /* For call_wait(), or NULL: the state in which the object is, after which the request is sent again. NULL
     * if the object has the state that is awaited, or if `error` is set because it will never have it. Core
     * thread. */
    const char *(*awaited)(const void *made, boxd_error *error);
} rest_operation;

struct rest_call {
    call_frame frame;
    const rest_operation *operation;
    drukbox_client *client;
    /* Percent-encoded; never NULL once the call starts. */
    char *path;
    /* Zeroed when it is freed; or NULL. */
    json_t *request;
    char *idempotency_key;
    /* The time between two requests of call_wait(); 0: the call does not wait. */
    int64_t interval_ms;
    /* Core thread only. */
    struct {
        http_exchange *exchange;
        attempt attempt;
        /* The exchange's answer, whose body is being read; else NULL. */
        http_answer *answer;
        json_document document;
        loop_task read_task;
        /* The call was stopped meanwhile. */
        bool stopped;
        /* The request was sent a second time. */
        bool repeated;
        /* The next request of an operation that waits, why the last one did not end it, and whether an
         * earlier one was sent: BOXD_SENT_YES if one was answered. */
        timer pause;
        boxd_error unfinished;
        boxd_sent sent_before;
    } thread_data;
};

typedef struct call_setup {
    drukbox_client *client;
    const boxd_call_options *call;
    /* `call` is a member of other options. */
    bool call_in_options;
    /* A failure that was found before: the call ends in it, unless it is BOXD_OK. */
    boxd_error *fault;
    sink sink;
} call_setup;

/* Makes a call, which takes `request`; NULL: no body. The path is made of literals and of segments that are
 * encoded, in turn: "/hosts/", id, "/renew", NULL. NULL: there is no client or no memory, and the sink was
 * called. */
rest_call *call_new(const rest_operation *spec, const call_setup *setup, json_t *request,
                    const char *const *path);

#define PATH(...) ((const char *const[]){__VA_ARGS__, NULL})

void call_submit(rest_call *c);

/* Makes and submits a call. */
void call_start(const rest_operation *spec, const call_setup *setup, json_t *request,
                const char *const *path);

/* Starts a call that repeats `spec` until the object at `route` and `id` has the awaited state. `what` names
 * the argument `id`. */
void call_wait(const rest_operation *spec, drukbox_client *client, const char *id, const char *what,
               const char *route, const drukbox_wait_options *options, sink result);

/* A failure that is set here before submission is what the call ends in. */
static inline boxd_error *call_error(rest_call *c)
{
    return &c->frame.op.error;
}

/* Checks an id or name that becomes a segment of a path: not NULL, empty, "." or "..". `what` names the
 * argument. */
boxd_status check_segment(const char *text, const char *what, boxd_error *error);

/* A JSON object for the functions below, which do nothing once `error` is set. NULL: out of memory, and
 * `error` is set. */
json_t *body_new(boxd_error *error);

/* Takes `value` and puts it under `key`. NULL: it could not be allocated. */
void body_value(json_t *body, const char *key, json_t *value, boxd_error *error);

/* Puts `text` under `key`, unless it is NULL. `what` names the argument, for text that is not UTF-8. */
void body_text(json_t *body, const char *key, const char *text, const char *what, boxd_error *error);

/* The same for "name=value" words up to a NULL, as an object. Does nothing when `words` is NULL. */
void body_words(json_t *body, const char *key, const char *const *words, const char *what, boxd_error *error);

/* Puts a time under `key`, unless it is 0. */
void body_time(json_t *body, const char *key, int64_t ms, boxd_error *error);

#endif
