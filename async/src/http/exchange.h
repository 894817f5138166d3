/*
 * exchange.h: one HTTP exchange on a libcurl easy handle: its request, and its answer while it arrives. For
 * http.c, which decides when exchanges run.
 */
#ifndef BOXD_HTTP_EXCHANGE_H
#define BOXD_HTTP_EXCHANGE_H

#include "http/answer_reader.h"
#include "http/message.h"
#include "http/sockets.h"
#include "linked_list.h"

#include <curl/curl.h>

/* libcurl's limit for one line of a header. */
enum { MAX_HEADER_LINE = 100 * 1024 };

/* A connection that is idle for that long is closed: earlier than servers close theirs (Drukbox after 5 s),
 * because a request that meets the close is lost. */
enum { MAX_IDLE_S = 3 };

/* State that the exchanges of an `http` share. Outlives the exchanges. */
typedef struct exchange_defaults {
    /* Each or NULL. Immutable. */
    char *ca_file, *ca_dir, *client_cert_file, *client_key_file;
    /* Poller's thread. */
    http_sockets sockets;
} exchange_defaults;

/* The list of the `http` that contains an exchange. */
typedef enum { EXCHANGE_IDLE, EXCHANGE_WAITING, EXCHANGE_RUNNING, EXCHANGE_ENDED } exchange_state;

typedef struct http_exchange {
    exchange_defaults *defaults;
    CURL *easy;
    struct curl_slist *headers;
    char *request_body;
    size_t request_size;
    /* 0: no limit. */
    int64_t gap_ms;
    /* What has arrived. */
    answer_reader reader;
    /* What is made of it at the end; its body is the reader's. */
    http_answer answer;
    /* libcurl must not send the request a second time. */
    bool once;
    /* The request repeats another one. */
    bool repeat;
    /* The proxy and its setting, for messages: "http://proxy.example:3128 (HTTPS_PROXY)"; or NULL. */
    char *proxy;
    /* The connection has no TLS, neither to the server nor to its proxy. */
    bool plain;
    /* The hosts that are looked up are addresses, which cannot fail unless memory runs out. */
    bool numeric_host;
    /* The proxy only tunnels: it does not send answers of its own. */
    bool tunnel;
    char curl_error[CURL_ERROR_SIZE];
    /* The following members: poller's thread only. */
    /* The request has a connection, and may have been sent. */
    bool connected;
    /* The connection was used before. */
    bool reused;
    /* libcurl was about to send the request over a connection that is closed, and has dropped it instead. */
    bool stale;
    /* When the request got its connection. */
    int64_t connected_ns;
    /* The time of the last step of the transfer. */
    int64_t active_ns;
    /* Bytes of both bodies on the wire. */
    curl_off_t moved;
    /* The following members belong to http.c. */
    struct http *http;
    http_done_fn done;
    void *data;
    exchange_state state;
    list_node node;
} http_exchange;

/* Copies `request`. NULL: BOXD_ERR_NO_MEMORY. Any thread. */
http_exchange *exchange_new(exchange_defaults *defaults, const http_request *request, boxd_error *error);

/* Zeroes and frees the exchange and its answer. Any thread. */
void exchange_free(http_exchange *x);

/* Fills the answer, once libcurl has ended the transfer with `code`. */
void exchange_set_answer(http_exchange *x, CURLcode code);

/* Whether an answer has begun while the request is still being sent. Poller's thread. */
bool exchange_is_early(const http_exchange *x);

/* Whether as many bytes of the answer's body have arrived as its header announced. */
bool exchange_has_body(const http_exchange *x);

/* Sets the answer's peer. */
void exchange_set_peer(http_exchange *x);

/* Whether the request may have been sent. */
boxd_sent exchange_sent(const http_exchange *x);

#endif
