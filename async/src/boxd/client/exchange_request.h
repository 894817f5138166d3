/*
 * exchange_request.h: the requests for a token: a key to its exchange, or a question to the metadata service
 * of the machine. Core thread.
 */
#ifndef BOXD_EXCHANGE_REQUEST_H
#define BOXD_EXCHANGE_REQUEST_H

#include "boxd/client/config.h"
#include "boxd/client/token_transport.h"

/* The time that an exchange takes at most. */
#define EXCHANGE_TIMEOUT_MS 10000

/* Sends the request to `url`, with the metadata `extra`. The answer comes as from http_send(). Returns the
 * size of the body; on failure `error` is set, and no answer comes. */
size_t exchange_send(const config *settings, const token_transport *transport, const char *url,
                     const boxd_metadata *extra, loop *home, http_done_fn done, void *data,
                     boxd_error *error);

#endif
