/*
 * api_address.h: the address of boxd's API, and the token exchange's URL that follows from it. Pure.
 */
#ifndef BOXD_API_ADDRESS_H
#define BOXD_API_ADDRESS_H

#include <boxd/error.h>

#include <stdbool.h>

typedef struct api_address {
    /* host:port as gRPC dials it ([::1]:9443 for IPv6). */
    char *target;
    /* Lower case, without brackets. */
    char *host;
    unsigned port;
    bool tls;
    /* The URL named the port. */
    bool explicit_port;
} api_address;

/*
 * Reads https://host:port, http://host:port or host:port. The latter uses TLS, except for this machine
 * (host_is_this_machine()), which is plaintext. Scheme and host may be in any case; trailing slashes are
 * removed. The default port is the scheme's: 443 with TLS, else 80. A path, a query, and URLs that
 * url_split() refuses are BOXD_ERR_INVALID_ARGUMENT, with a message that shows the URL and says what is
 * expected. On failure *out is empty.
 */
boxd_status api_address_parse(const char *url, api_address *out, boxd_error *error);
void api_address_free(api_address *address);

/* Derives the exchange URL from an API address. For this machine, addresses and hosts that start with "app.":
 * the same scheme, host and port (no port if none was given). For other hosts:
 * https://app.<host>/api/v1/auth/token without a port. Allocated; NULL: out of memory. */
char *api_address_exchange_url(const api_address *address);

#endif
