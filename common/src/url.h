/*
 * url.h: the API's address and the exchange's, checked and derived. Pure.
 */
#ifndef BOXD_URL_H
#define BOXD_URL_H

#include <boxd/error.h>

#include <stdbool.h>

/* Where the API is. `target` is host:port as gRPC dials it ([::1]:9443 for IPv6). */
typedef struct api_address {
    char *target;
    char *host; /* lower case, without brackets */
    unsigned port;
    bool tls;
    bool explicit_port;
} api_address;

/*
 * Reads https://host:port, http://host:port or host:port (TLS, except for localhost and the addresses 127.*:
 * plaintext; a name such as 127.example.com is no address); scheme and trailing slashes are stripped; scheme
 * and host in any case. Without a port: 9443. A path, a query, user info, an empty or malformed host (an IPv6
 * address without brackets too), white space, control characters, another scheme or a port outside 1..65535
 * are BOXD_ERR_INVALID_ARGUMENT with a message that shows the URL (never user info, and no query) and says
 * what is expected. On failure *out is empty.
 */
boxd_status url_parse_api(const char *url, api_address *out, boxd_error *error);
void url_free_api(api_address *address);

/* The exchange URL for an API address: scheme kept and the same host and port (none where none was given) for
 * localhost, IP literals and hosts that start with "app."; otherwise https://app.<host>/api/v1/auth/token
 * without port. Allocated; NULL: out of memory. */
char *url_derive_exchange(const api_address *address);

/* An http:// or https:// URL with a host, checked as above, and no user info; path and query are free. `what`
 * names the setting. */
boxd_status url_check_http(const char *url, const char *what, boxd_error *error);

/* The same for one that paths are put behind: no query and no fragment. */
boxd_status url_check_base(const char *url, const char *what, boxd_error *error);

#endif
