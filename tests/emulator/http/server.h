/*
 * http.h: the HTTP side: the token exchange, with a control token the routes under /emulator/, and Drukbox if
 * it is served. It has threads of its own, one per connection, so that an injected delay holds up nobody
 * else.
 */
#ifndef EMULATOR_HTTP_SERVER_H
#define EMULATOR_HTTP_SERVER_H

#include <stdbool.h>

typedef struct {
    const char *host;
    int port;                       /* 0: chosen by the kernel */
    const char *cert_pem, *key_pem; /* NULL: plaintext */
    const char *control_token;      /* NULL: no control routes */
    bool drukbox;                   /* all other paths are Drukbox's; drukbox_start() comes first */
    void (*shutdown)(void);         /* POST /emulator/shutdown; runs on an HTTP thread */
} http_options;

int http_start(const http_options *options, char *why, unsigned why_size); /* the port, or -1 */
void http_stop(void);

#endif
