/*
 * http.h: HTTP requests and responses, for the handlers of routes. Everything here runs on HTTP threads.
 */
#ifndef EMULATOR_HTTP_HTTP_H
#define EMULATOR_HTTP_HTTP_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/faults.h"

typedef struct {
    struct MHD_Connection *connection;
    /* The path is decoded and has no query. */
    const char *method, *path;
    /* NUL-terminated; NULL: no body. */
    const char *body;
    size_t size;
} http_request;

const char *http_header(const http_request *request, const char *name); /* NULL: not sent */

typedef struct {
    int status;
    /* malloc'ed; NULL: no body. */
    char *body;
    size_t body_size;
    /* "": no such header, as in the next line. */
    char content_type[128];
    char retry_after[32], location[512];
    /* More headers: an object of strings; NULL: no more. */
    json_t *headers;
    /* Added to the request log; NULL: nothing. */
    json_t *note;
    /* An injected fault took part. */
    bool fault;
    /* Close the connection instead of responding. */
    bool drop;
} http_response;

typedef http_response http_handler(const http_request *request);

http_response http_json(int status, json_t *json); /* takes the reference */
http_response http_error(int status, const char *text);
http_response http_text(int status, const char *text); /* text/plain */
void http_response_free(http_response *response);

/* Sleeps, but not beyond the shutdown of the server. False if the server shut down first. */
bool http_wait(int64_t ms);

/* A listening socket, or -1 and an error message. */
int http_listen(const char *host, int port, char *why, unsigned why_size);
int http_port_of(int fd);
/* For MHD_OPTION_UNESCAPE_CALLBACK: a path with %00 keeps all its escapes, and so matches no route and no id,
 * instead of ending at the NUL. */
size_t http_unescape(void *data, struct MHD_Connection *connection, char *text);
enum MHD_Result http_send(struct MHD_Connection *connection,
                          http_response *response); /* frees the response */

/* faults.c: runs `effect` under the fault. `refuse` creates the response if the fault has an error status. */
typedef http_response http_effect(void *data);
typedef http_response http_refusal(const http_fault *fault, void *data);
http_response http_with_fault(const http_fault *fault, http_effect *effect, http_refusal *refuse, void *data);

/* exchange.c: POST /api/v1/auth/token */
http_handler exchange_route;

#endif
