/*
 * forward_proxy.h: the proxy that a connection goes through, by the rules of libcurl. Both network stacks of
 * both products use this one reading. Pure, but for reading the environment through `getenv_fn`.
 */
#ifndef BOXD_FORWARD_PROXY_H
#define BOXD_FORWARD_PROXY_H

#include "environment.h"

#include <boxd/error.h>

#include <stdbool.h>

/* The settings as they are when a client is opened. Secrets: a URL may hold a password. */
typedef struct forward_proxy_settings {
    /* The option; "": no proxy; NULL: the environment. */
    char *option;
    /* The environment; NULL: not set. */
    char *https_proxy, *http_proxy, *all_proxy, *no_proxy;
    /* The names of the variables but the second, as they were found; of no_proxy also if it is not set. */
    const char *https_name, *all_name, *no_proxy_name;
} forward_proxy_settings;

/* A server. `host` stands without brackets. */
typedef struct forward_proxy_server {
    bool tls;
    const char *host;
    /* A host that is reached directly, without brackets; or NULL. */
    const char *direct;
} forward_proxy_server;

/* forward_proxy_clear() zeroes the secrets. */
typedef struct forward_proxy {
    /* "http://proxy.example:3128": without user info, with a port. NULL: a direct connection. */
    char *url;
    /* host:port, and the host in brackets if it is an IPv6 address. */
    const char *address;
    /* Decoded; each NULL without user info. */
    char *user, *password;
    /* The setting, for messages: "the option proxy", "HTTPS_PROXY". NULL: a direct connection. */
    const char *source;
    /* The next step of a program that should not use this proxy: "add the server's host to NO_PROXY", or the
     * step for the option if the option decided. NULL: a direct connection. */
    const char *bypass;
    /* Why the connection is direct: "NO_PROXY has the host". NULL: with a proxy. */
    const char *direct_reason;
    /* An http:// proxy, which gRPC can use; libcurl also uses https:// and SOCKS proxies. */
    bool plain_http;
} forward_proxy;

/* Copies the settings. Refuses an `option` that is not the URL of a proxy, without showing its user info. */
boxd_status forward_proxy_read(forward_proxy_settings *out, const char *option, getenv_fn env,
                               boxd_error *error);
void forward_proxy_settings_free(forward_proxy_settings *s);

/*
 * Chooses the proxy for `server`: no proxy for local hosts (host_is_local()) and for `direct`; else the
 * option; else the environment: https_proxy or HTTPS_PROXY for TLS, http_proxy (lower case only) for
 * plaintext, otherwise all_proxy or ALL_PROXY, unless no_proxy or NO_PROXY has the host. A lower-case name
 * takes precedence, an empty variable is not set. The port's default is 1080, for https:// proxies 443.
 *
 * BOXD_ERR_INVALID_ARGUMENT: the variable is not the URL of a proxy; BOXD_ERR_NO_MEMORY.
 */
boxd_status forward_proxy_choose(forward_proxy *out, const forward_proxy_settings *settings,
                                 const forward_proxy_server *server, boxd_error *error);

/* The same for the server of an http:// or https:// URL, which url_check_http() has accepted. */
boxd_status forward_proxy_choose_for_url(forward_proxy *out, const forward_proxy_settings *settings,
                                         const char *url, boxd_error *error);
void forward_proxy_clear(forward_proxy *proxy);

/* Whether a proxy that answered with this HTTP status may give another answer later, without any change of
 * the settings: the one rule for both network stacks, in docs/proxies.md. */
bool forward_proxy_is_temporary(int http_status);

/* Writes what this answer to CONNECT means and the next step: "the proxy could not connect to the server;
 * ...". Returns `buffer`. */
const char *forward_proxy_explain(const forward_proxy *proxy, int http_status, char *buffer, size_t size);

/* "user:password" in base64, as the header Proxy-Authorization carries it. Allocated, a secret. NULL: out of
 * memory. Only with a user. */
char *forward_proxy_credentials(const forward_proxy *proxy);

/* Covers the password in text of a server or of a proxy (secrets.h). */
void forward_proxy_cover_secrets(const forward_proxy *proxy, char *shown);

#endif
