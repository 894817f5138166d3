/*
 * exchange_request.h: the requests for a token, to the exchange of keys or to the metadata service of the
 * machine, and their answers. Core thread.
 */
#ifndef BOXD_EXCHANGE_REQUEST_H
#define BOXD_EXCHANGE_REQUEST_H

#include "boxd/client/config.h"
#include "boxd/client/token_transport.h"
#include "http/json_document.h"

/* The time that an exchange takes at most. */
#define EXCHANGE_TIMEOUT_MS 10000

/* Sends the request to `url`, with the metadata `extra`. The answer comes as from http_send(). Returns the
 * size of the body; on failure `error` is set, and no answer comes. */
size_t exchange_send(const config *settings, const token_transport *transport, const char *url,
                     const boxd_metadata *extra, loop *home, http_done_fn done, void *data,
                     boxd_error *error);

typedef struct issued_token {
    /* Borrowed from the answer. */
    const char *token;
    /* Unix seconds. */
    double expires_at;
} issued_token;

/* Reads the token from the body of a 200. NULL, or the problem of the body, for a message. */
const char *exchange_read_token(const json_node *object, issued_token *out);

#endif
