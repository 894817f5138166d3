/*
 * http.h: HTTP on a libcurl multi handle with a thread of its own. The only part that touches curl. Redirects
 * are not followed, cookies not kept, bodies bounded.
 */
#ifndef BOXD_HTTP_H
#define BOXD_HTTP_H

#include "loop.h"
#include "metadata.h"

#include <boxd/error.h>

#include <stddef.h>
#include <stdint.h>

typedef struct http_client http_client;

typedef struct http_header {
    const char *name, *value;
} http_header;

typedef struct http_request {
    const char *method;
    const char *url;
    const http_header *headers;
    size_t header_count;
    const boxd_metadata *extra; /* further headers; or NULL */
    const char *body;           /* or NULL; zeroed copies are made of it: it may hold a secret */
    size_t body_size;
    int64_t timeout_ms;         /* for the whole exchange; > 0 */
    int64_t connect_timeout_ms; /* 0: as the whole */
    bool no_proxy;              /* whatever the environment says of proxies */
    size_t max_answer_size;     /* bytes of body; more ends it in BOXD_ERR_PROTOCOL */
} http_request;

enum { HTTP_PEER_SIZE = 80 };

typedef struct http_answer {
    boxd_error error; /* BOXD_OK: an HTTP answer came, whatever its status */
    int status;
    char *body; /* NUL-terminated; never NULL with BOXD_OK */
    size_t body_size;
    int64_t retry_after_s;     /* -1: none, or no plain number */
    char *location;            /* or NULL */
    char peer[HTTP_PEER_SIZE]; /* "ipv4:192.0.2.7:443"; "": none was reached */
} http_answer;

typedef struct http_tls {
    const char *ca_file, *client_cert_file, *client_key_file; /* each or NULL */
} http_tls;

typedef void (*http_done_fn)(void *data, http_answer *answer);

/* Starts the thread. `tls` is copied. */
boxd_status http_client_new(http_client **out, const http_tls *tls, boxd_error *error);

/* Ends what is under way (each with BOXD_ERR_CLOSED, its `done` is then run by the next pass of its home
 * loop), joins the thread, frees all. Any thread but its own. NULL is allowed. */
void http_client_free(http_client *client);

/* Sends `request` (copied) and calls `done` with `data` once, on the loop `home`; the answer's strings are
 * zeroed and freed after it. Fails only for want of memory, and then `done` is not called. */
boxd_status http_send(http_client *client, const http_request *request, loop *home, http_done_fn done,
                      void *data, boxd_error *error);

#endif
