/*
 * raw_http.h: single HTTP requests with libcurl, for what the library does not show: statuses, headers,
 * bodies.
 */
#ifndef LIVE_RAW_HTTP_H
#define LIVE_RAW_HTTP_H

#include <jansson.h>

#include "live.h"

typedef struct raw_answer {
    /* 0: no answer; `error` says why. */
    long status;
    char error[256], content_type[128], cache_control[64], location[256], retry_after[32];
    char *body;
    size_t size;
    /* NULL: the body is not JSON. */
    json_t *json;
} raw_answer;

typedef struct raw_request {
    const char *method, *url;
    /* For the evidence: "POST <exchange>". */
    const char *shown;
    /* "Name: value" lines that end with NULL, or NULL. */
    const char *const *headers;
    /* NULL: no body. */
    const char *body;
    int64_t timeout_ms;
    /* The request makes something, and live_intend() has noted it: SIGTERM does not end it. See live.h. */
    bool is_create;
} raw_request;

/* Makes the request, and adds a line of evidence. Free the answer. */
void raw_http(live *l, const raw_request *request, raw_answer *answer);
void raw_answer_free(raw_answer *answer);

/* "keys: a, b, c" of an object, without the values. */
void raw_keys(const json_t *object, char *out, size_t size);

#endif
