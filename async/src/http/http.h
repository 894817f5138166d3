/*
 * http.h: HTTP on a libcurl multi handle: the poller of a loop. The only part that touches curl. Redirects
 * are not followed, cookies not kept, bodies bounded.
 *
 * The loop is a client's own (drukbox) or one that serves another (http_client.h).
 */
#ifndef BOXD_HTTP_H
#define BOXD_HTTP_H

#include "core/loop.h"
#include "metadata.h"

#include <boxd/error.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct http http;
typedef struct http_exchange http_exchange;

typedef struct http_header {
    const char *name, *value; /* value NULL: not to be sent, where libcurl would by itself */
} http_header;

typedef struct http_request {
    const char *method;
    const char *url;
    const http_header *headers;
    size_t header_count;
    const boxd_metadata *extra; /* further headers; or NULL */
    const char *body;           /* or NULL; zeroed copies are made of it: it may hold a secret */
    size_t body_size;
    int64_t timeout_ms;         /* for the whole exchange; 0: none */
    int64_t connect_timeout_ms; /* 0: as the whole */
    int64_t gap_timeout_ms;     /* between two steps of the transfer, and for the wait before it; 0: none */
    bool no_proxy;              /* whatever the environment says of proxies */
    bool compressed;            /* the answer may be */
    bool once;                  /* on a connection that turns out to be dead it is not sent again */
    size_t max_answer_size;     /* bytes of body; more ends it in BOXD_ERR_PROTOCOL */
} http_request;

enum { HTTP_PEER_SIZE = 80 };

typedef struct http_answer {
    boxd_error error; /* BOXD_OK: an HTTP answer came, whatever its status */
    int status;
    char *body; /* NUL-terminated; never NULL with BOXD_OK */
    size_t body_size;
    bool untrusted;            /* with an error: nobody vouches for the server */
    int64_t retry_after_s;     /* -1: none, or no whole number */
    char *location;            /* or NULL */
    char peer[HTTP_PEER_SIZE]; /* "ipv4:192.0.2.7:443"; "": none was reached */
} http_answer;

/* Copied. */
typedef struct http_settings {
    const char *ca_file, *ca_dir, *client_cert_file, *client_key_file; /* each or NULL */
    /* Exchanges beyond the limit of connections wait for one, first come first served; connections that
     * nobody uses are closed beyond the other. 0: no limits. */
    size_t max_connections, max_idle;
    atomic_uint_fast64_t *connections; /* counted there; or NULL */
    int32_t max_idle_s; /* one that was idle for longer is not used again; 0: libcurl's own limit */
} http_settings;

typedef void (*http_done_fn)(void *data, http_answer *answer);

boxd_status http_new(http **out, const http_settings *settings, boxd_error *error);

/* Nothing is under way. NULL is allowed. */
void http_free(http *h);

loop_poller http_poller(http *h);

/* An exchange to be started, which the caller frees; of `request` all is copied. Any thread. `done` is called
 * with `data` once, from the poller, unless it is stopped before. */
http_exchange *http_exchange_new(http *h, const http_request *request, http_done_fn done, void *data,
                                 boxd_error *error);

/* Poller's thread. */
void http_exchange_start(http_exchange *x);

/* Ends it without calling `done`, and closes its connection. Poller's thread. */
void http_exchange_stop(http_exchange *x);

/* Whether the request may have left: BOXD_SENT_NO while it waits for a connection. Poller's thread. */
boxd_sent http_exchange_sent(const http_exchange *x);

/* Zeroes and frees it and its answer. It is not under way. NULL is allowed. Any thread. */
void http_exchange_free(http_exchange *x);

#endif
