/*
 * call.h: an operation of the public surface: one HTTP request, and what becomes of its answer. What differs
 * between operations is data.
 */
#ifndef DRUKBOX_CALL_H
#define DRUKBOX_CALL_H

#include "core/call_frame.h"
#include "drukbox/client.h"
#include "http/json.h"
#include "record.h"

/* Fills a record from an object. The key that it cannot do without and that is not there, or NULL. */
typedef const char *answer_fill(record *r, void *made, const json_t *object);

typedef struct rest_call rest_call;

typedef struct operation {
    const char *method;
    const char *route;    /* "GET /hosts/{id}", for those who look at attempts */
    const char *expected; /* the answer, for messages: "a host record"; NULL: any JSON, or none */
    size_t size;          /* of the record that is made of it */
    size_t item_size;     /* lists: of each item; else 0 */
    answer_fill *fill;    /* of the record, or of an item */
    /* After fill(): what only this operation has to say of the result; or NULL. Core thread. */
    void (*check)(const rest_call *c, record *r, void *made, const json_t *answer);
    bool repeatable;        /* doing it twice is doing it once */
    const char *after_loss; /* for messages, where the answer was lost: what to do; or NULL */
} operation;

struct rest_call {
    call_frame frame;
    const operation *operation;
    drukbox_client *client;
    /* Percent-encoded; never NULL once the call starts. */
    char *path;
    /* Zeroed when it is freed; or NULL. */
    json_t *request;
    char *idempotency_key;
    /* Core thread only. */
    struct {
        http_exchange *exchange;
        attempt attempt;
    } thread_data;
};

typedef struct call_setup {
    drukbox_client *client;
    const boxd_call_options *call;
    bool call_in_options; /* `call` is a member of other options */
    boxd_error *fault;    /* found before: what it ends in, unless BOXD_OK */
    sink sink;
} call_setup;

/* Makes a call. `request` is taken, and freed with it; NULL: no body. The path is put together of literals
 * and of what is encoded as one segment each: "/hosts/", id, "/renew", NULL. No client or no memory: the sink
 * has been called, and NULL is returned. */
rest_call *call_new(const operation *spec, const call_setup *setup, json_t *request, const char *const *path);

#define PATH(...) ((const char *const[]){__VA_ARGS__, NULL})

void call_submit(rest_call *c);

/* Makes it and submits it. */
void call_start(const operation *spec, const call_setup *setup, json_t *request, const char *const *path);

/* What building it met: set, it is what the call ends in. */
static inline boxd_error *call_error(rest_call *c)
{
    return &c->frame.op.error;
}

/* An id or name that is to be a segment of a path: neither NULL nor empty, "." nor "..". `what` names it. */
boxd_status check_segment(const char *text, const char *what, boxd_error *error);

/* An object to be filled with these, which do nothing once there is an error. NULL, and an error: out of
 * memory. */
json_t *body_new(boxd_error *error);

/* Puts `value`, which is taken, under `key`. NULL: there was no memory for it. */
void body_value(json_t *body, const char *key, json_t *value, boxd_error *error);

/* Puts `text` under `key`, unless it is NULL. `what` names it, should it be no text. */
void body_text(json_t *body, const char *key, const char *text, const char *what, boxd_error *error);

/* The same for "name=value" words up to a NULL, as an object; `words` NULL: nothing. */
void body_words(json_t *body, const char *key, const char *const *words, const char *what, boxd_error *error);

/* For `expires_at`; 0: nothing. */
void body_time(json_t *body, const char *key, int64_t ms, boxd_error *error);

#endif
