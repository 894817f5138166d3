/*
 * connection_hint.h: what messages say about the way to the API: the server, and the proxy.
 */
#ifndef BOXD_CONNECTION_HINT_H
#define BOXD_CONNECTION_HINT_H

#include "boxd/client/config.h"

#include <stddef.h>

enum { CONNECTION_NAME_SIZE = 256 };

/* Writes "boxd.sh:9443", or "boxd.sh:9443 through the proxy http://proxy.example:3128 (HTTPS_PROXY)". Returns
 * `buffer`. */
const char *connection_name(const config *settings, char *buffer, size_t size);

/* The next step after a connection through a proxy could not be made, by gRPC's description of the failure.
 * NULL: there is no proxy, or the failure is not the proxy's. `lasting` is set: the failure does not go away
 * by itself. */
const char *connection_proxy_hint(const config *settings, const char *details, bool *lasting);

#endif
