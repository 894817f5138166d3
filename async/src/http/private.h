/*
 * http_private.h: between http.c (what is under way) and http_exchange.c (one exchange).
 */
#ifndef BOXD_HTTP_PRIVATE_H
#define BOXD_HTTP_PRIVATE_H

#include "http/http.h"
#include "http/sockets.h"

#include <curl/curl.h>
#include <stdbool.h>

typedef enum { IDLE, WAITING, RUNNING, ENDED } exchange_state;

struct http_exchange {
    http *http;
    http_done_fn done;
    void *data;
    CURL *easy;
    struct curl_slist *headers;
    char *request_body;
    size_t request_size, body_capacity, max_answer_size;
    int64_t gap_ms; /* 0: no limit */
    http_answer answer;
    bool too_large, no_memory, once;
    /* Of the answer's header: */
    size_t header_size;       /* with interim answers and trailers */
    int64_t length;           /* that it announces; -1: none yet */
    bool header_whole;        /* its end has come */
    const char *header_fault; /* why it is refused, in words; or NULL */
    char curl_error[CURL_ERROR_SIZE];
    /* Poller's thread: */
    exchange_state state;
    bool connected;     /* the request has a connection, and may have left */
    bool stopped_again; /* it would have been sent a second time */
    int64_t active_ns;
    curl_off_t moved;               /* bytes of both bodies, as they go over the wire */
    http_exchange *previous, *next; /* in the list of its state */
};

/* First in, first out. */
typedef struct exchange_list {
    http_exchange *first, *last;
    size_t count;
} exchange_list;

struct http {
    CURLM *multi;
    char *ca_file, *ca_dir, *client_cert_file, *client_key_file;
    size_t max_connections, max_idle;
    long max_idle_s;
    struct {
        exchange_list waiting, running, ended; /* ended: before they could begin */
        http_sockets sockets;
    } thread_data; /* poller's thread only */
};

/* Reads what came, once libcurl is done with it. */
void http_exchange_set_answer(http_exchange *x, CURLcode code);

/* Notes whom it has reached. */
void http_exchange_set_peer(http_exchange *x);

#endif
