/*
 * http_client.h: HTTP on a thread of its own, for operations whose loop waits on something else.
 */
#ifndef BOXD_HTTP_CLIENT_H
#define BOXD_HTTP_CLIENT_H

#include "http/http.h"

typedef struct http_client http_client;

/* Starts the thread. */
boxd_status http_client_new(http_client **out, const http_settings *settings, boxd_error *error);

/* Ends what is under way (each with BOXD_ERR_CLOSED, its `done` is then run by the next pass of its home
 * loop), joins the thread, frees all. Any thread but its own. NULL is allowed. */
void http_client_free(http_client *client);

/* Sends `request` (copied) and calls `done` with `data` once, on the loop `home`; the answer's strings are
 * zeroed and freed after it. Fails only for want of memory, and then `done` is not called. */
boxd_status http_send(http_client *client, const http_request *request, loop *home, http_done_fn done,
                      void *data, boxd_error *error);

#endif
