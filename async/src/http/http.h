/*
 * http.h: HTTP on a libcurl multi handle, which is the poller of a loop: the loop of a client (drukbox), or
 * of a thread that serves other loops (client.h). This folder is the only one that uses curl. Redirects are
 * not followed, cookies are not kept, bodies are limited.
 */
#ifndef BOXD_HTTP_H
#define BOXD_HTTP_H

#include "core/loop.h"
#include "http/message.h"

#include <stdatomic.h>

typedef struct http http;
typedef struct http_exchange http_exchange;

/* Copied. */
typedef struct http_settings {
    /* Each or NULL. */
    const char *ca_file, *ca_dir, *client_cert_file, *client_key_file;
    /* Exchanges beyond max_connections wait for a connection, first in, first out; idle connections beyond
     * max_idle are closed. 0: no limit. */
    size_t max_connections, max_idle;
    /* The number of connections is written here; or NULL. */
    atomic_uint_fast64_t *connections;
} http_settings;

boxd_status http_new(http **out, const http_settings *settings, boxd_error *error);

/* No exchange may be under way. NULL is allowed. */
void http_free(http *h);

loop_poller http_poller(http *h);

/* Makes an exchange, which the caller starts and frees; `request` is copied. Any thread. `done` is called
 * with `data` once, from the poller, unless the exchange is stopped before. */
http_exchange *http_exchange_new(http *h, const http_request *request, http_done_fn done, void *data,
                                 boxd_error *error);

/* Poller's thread. */
void http_exchange_start(http_exchange *x);

/* Ends the exchange without calling `done`, and closes its connection. Poller's thread. */
void http_exchange_stop(http_exchange *x);

/* Whether the request may have been sent: BOXD_SENT_NO while it waits for a connection. Poller's thread. */
boxd_sent http_exchange_sent(const http_exchange *x);

/* Zeroes and frees the exchange and its answer. It must not be under way. NULL is allowed. Any thread. */
void http_exchange_free(http_exchange *x);

#endif
