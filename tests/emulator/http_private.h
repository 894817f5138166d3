/*
 * http_private.h: between http.c (connections), exchange.c and control.c (routes). All on HTTP threads.
 */
#ifndef EMULATOR_HTTP_PRIVATE_H
#define EMULATOR_HTTP_PRIVATE_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An answer that is ready to be sent. */
typedef struct {
    int status;
    char *body; /* malloc'ed */
    size_t body_size;
    const char *content_type; /* static, or as long as the request */
    char retry_after[32], location[512];
    bool drop; /* close the connection instead of answering */
} http_answer;

http_answer http_json(int status, json_t *json); /* takes the reference */
http_answer http_error(int status, const char *text);

/* Sleeps, but not beyond the daemon's shutdown. False if that came first. */
bool http_wait(int64_t ms);

/* A listening socket, or -1; and the port it has. */
int http_listen(const char *host, int port, char *why, unsigned why_size);
int http_port_of(int fd);
enum MHD_Result http_send(struct MHD_Connection *connection, http_answer *answer); /* takes the body */

http_answer exchange_route(const char *method, const char *body, size_t size);
http_answer control_route(const char *method, const char *path, const char *body, size_t size,
                          void (*shutdown)(void));

#endif
