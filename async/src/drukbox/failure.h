/*
 * failure.h: the one place where HTTP answers and transport failures become errors of the program.
 */
#ifndef DRUKBOX_FAILURE_H
#define DRUKBOX_FAILURE_H

#include "http/http.h"
#include "http/json.h"

/* The call that failed, as messages and rules need it. All borrowed. */
typedef struct failed_call {
    /* "POST" */
    const char *method;
    /* The path of the request, and of the base URL before it; NULL: none. */
    const char *path, *base_path;
    /* The kind of a successful answer, for messages: "a host record"; or NULL. */
    const char *expected;
    /* Said after an answer was lost, unless the call is repeatable; or NULL. */
    const char *after_loss;
    /* Doing it twice is doing it once. */
    bool repeatable;
    /* Secrets: the client's token, the password of its proxy, and the members "value" and "headers" of the
     * request's body. They are replaced in what the service sent before it is shown. */
    const char *token;
    const forward_proxy *proxy;
    const json_t *request;
} failed_call;

/* No HTTP answer came. */
void failure_transport(const failed_call *c, const http_answer *answer, boxd_error *error);

/* An answer came that is no success. `body` is NULL when it is not JSON. */
void failure_answer(const failed_call *c, const http_answer *answer, const json_node *body,
                    boxd_error *error);

/* A success came without the member `key`; or, with `key` NULL, of another shape than `expected`. */
void failure_shape(const failed_call *c, const http_answer *answer, const char *key, boxd_error *error);

/* The answer takes more than `limit` bytes. */
void failure_too_large(const failed_call *c, const http_answer *answer, size_t limit, boxd_error *error);

/* The call was stopped for `reason`: a timeout, a cancel, a close. */
void failure_stopped(const failed_call *c, const boxd_error *reason, boxd_sent sent, boxd_error *error);

/* The same, while `answer` was being read: the effect of a success is as unknown as that of a lost answer. */
void failure_unread(const failed_call *c, const boxd_error *reason, const http_answer *answer,
                    boxd_error *error);

#endif
