/*
 * message.h: the request of an HTTP exchange, and its outcome.
 */
#ifndef BOXD_HTTP_MESSAGE_H
#define BOXD_HTTP_MESSAGE_H

#include "forward_proxy.h"
#include "metadata.h"

#include <boxd/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct http_header {
    /* value NULL: the header is not sent, where libcurl would send it by itself. */
    const char *name, *value;
} http_header;

typedef struct http_request {
    const char *method;
    const char *url;
    const http_header *headers;
    size_t header_count;
    /* More headers, or NULL. */
    const boxd_metadata *extra;
    /* Or NULL. May hold a secret: copies are zeroed. */
    const char *body;
    size_t body_size;
    /* For the whole exchange; 0: no limit. */
    int64_t timeout_ms;
    /* 0: the same as for the whole exchange. */
    int64_t connect_timeout_ms;
    /* Between two steps of the transfer, and for the wait for a connection; 0: no limit. */
    int64_t gap_timeout_ms;
    /* A proxy, borrowed; NULL: none. libcurl never reads the environment. */
    const forward_proxy *proxy;
    /* The answer may be compressed. */
    bool compressed;
    /* libcurl must not send it again when the connection turns out to be dead. */
    bool once;
    /* It repeats a request whose answer was `dropped`: it uses a new connection, and comes before the
     * exchanges that wait for one. */
    bool repeat;
    /* The largest body in bytes; a larger answer ends the exchange in BOXD_ERR_TOO_LARGE. */
    size_t max_answer_size;
} http_request;

enum { HTTP_PEER_SIZE = 80 };

typedef struct http_answer {
    /* BOXD_OK: an HTTP answer arrived, with any status. */
    boxd_error error;
    int status;
    /* NUL-terminated; never NULL with BOXD_OK. */
    char *body;
    size_t body_size;
    /* With an error: the server's certificate could not be verified. */
    bool untrusted;
    /* With an error: the connection was used before, and the server closed it just as the request was sent,
     * before any byte of an answer. The server had most likely closed it as idle, without reading the
     * request.
     */
    bool dropped;
    /* With an error: the HTTP status with which the proxy refused the tunnel; 0: it did not. */
    int proxy_refusal;
    /* -1: none, or not a whole number. */
    int64_t retry_after_s;
    /* Or NULL. */
    char *location;
    /* A proxy that may have sent the answer, and its setting, for messages; NULL: the server has sent it. */
    const char *proxy;
    /* "ipv4:192.0.2.7:443", of the server or of a proxy; "": none was reached. */
    char peer[HTTP_PEER_SIZE];
} http_answer;

typedef void (*http_done_fn)(void *data, http_answer *answer);

#endif
