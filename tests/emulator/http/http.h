/*
 * http_private.h: between http.c (connections) and the routes: exchange.c, control.c, drukbox_*.c. All on
 * HTTP threads.
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
    const char *method, *path; /* the path without its query, %XX decoded */
    const char *body;          /* NUL-terminated; NULL: none */
    size_t size;
} http_request;

const char *http_header(const http_request *request, const char *name); /* NULL: not sent */

/* An answer that is ready to be sent. */
typedef struct {
    int status;
    char *body; /* malloc'ed; NULL: none */
    size_t body_size;
    char content_type[128]; /* "": no such header */
    char retry_after[32], location[512];
    json_t *headers; /* further ones: an object of strings; NULL: none */
    json_t *note;    /* for the request log; NULL: nothing to add */
    bool fault;      /* an injected fault took part */
    bool drop;       /* close the connection instead of answering */
} http_answer;

http_answer http_json(int status, json_t *json); /* takes the reference */
http_answer http_error(int status, const char *text);
http_answer http_text(int status, const char *text); /* text/plain */
void http_answer_free(http_answer *answer);

/* Sleeps, but not beyond the daemon's shutdown. False if that came first. */
bool http_wait(int64_t ms);

/* A listening socket, or -1; and the port it has. */
int http_listen(const char *host, int port, char *why, unsigned why_size);
int http_port_of(int fd);
enum MHD_Result http_send(struct MHD_Connection *connection, http_answer *answer); /* frees the answer */

/* http_faults.c: runs `effect` as the fault has it, or refuses instead; the answer is what the fault wants.
 */
typedef http_answer http_effect(void *data);
typedef http_answer http_refusal(const http_fault *fault, void *data); /* what its status is answered with */
http_answer http_faulted(const http_fault *fault, http_effect *effect, http_refusal *refuse, void *data);

http_answer exchange_route(const http_request *request);
http_answer drukbox_route(const http_request *request); /* whatever the path is */
http_answer control_route(const http_request *request, const char *path, void (*shutdown)(void));

#endif
