/*
 * client.h: HTTP on a thread of its own, for operations whose loop does not wait on libcurl.
 */
#ifndef BOXD_HTTP_CLIENT_H
#define BOXD_HTTP_CLIENT_H

#include "http/http.h"

typedef struct http_client http_client;

/* Starts the thread. */
boxd_status http_client_new(http_client **out, const http_settings *settings, boxd_error *error);

/* Ends the exchanges under way with BOXD_ERR_CLOSED (the home loop then runs each `done`), joins the thread
 * and frees all. Any thread but its own. NULL is allowed. */
void http_client_free(http_client *client);

/* Sends `request`, which is copied, and calls `done` with `data` once, on the loop `home`; the answer is
 * zeroed and freed afterwards. Fails only when out of memory, and then does not call `done`. */
boxd_status http_send(http_client *client, const http_request *request, loop *home, http_done_fn done,
                      void *data, boxd_error *error);

#endif
