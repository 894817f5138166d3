/* api_address.c: reads the API's URL. Called by config.c while a client is opened, and by compute.c for the
 * URL that a machine's metadata service sends. Any thread. */
#include "boxd/client/api_address.h"

#include "errors.h"
#include "host_address.h"
#include "mem.h"
#include "names.h"
#include "url.h"

#include <string.h>

enum { HTTPS_PORT = 443, HTTP_PORT = 80 };

static bool fill_address(api_address *out, const url_parts *parts)
{
    out->host = mem_strndup(parts->host, parts->host_size);
    if (!out->host)
        return false;
    for (char *c = out->host; *c; c++)
        *c = ascii_to_lower(*c);
    out->explicit_port = parts->port != 0;
    out->tls = parts->scheme == URL_SCHEME_HTTPS ||
               (parts->scheme == URL_SCHEME_NONE && !host_is_this_machine(out->host));
    out->port = parts->port ? parts->port : out->tls ? HTTPS_PORT : HTTP_PORT;
    out->target = mem_printf(parts->bracketed ? "[%s]:%u" : "%s:%u", out->host, out->port);
    return out->target != NULL;
}

boxd_status api_address_parse(const char *url, api_address *out, boxd_error *error)
{
    *out = (api_address){0};
    url_parts parts;
    const char *problem = url_split(url ? url : "", &parts);
    if (!problem && parts.rest[strspn(parts.rest, "/")])
        problem = "has more than a host and a port";
    if (problem) {
        char shown[URL_SHOWN_SIZE];
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the API URL \"%s\" %s; give https://host:port, http://host:port or host:port",
                         url_printable(url ? url : "", shown, sizeof shown), problem);
    }
    if (fill_address(out, &parts))
        return BOXD_OK;
    api_address_free(out);
    return error_no_memory(error, "reading the API URL");
}

void api_address_free(api_address *address)
{
    mem_free(address->target);
    mem_free(address->host);
    *address = (api_address){0};
}

char *api_address_exchange_url(const api_address *address)
{
    const char *host = address->host;
    bool ipv6 = strchr(host, ':') != NULL;
    bool same = host_is_numeric(host) || host_is_this_machine(host) || strncmp(host, "app.", 4) == 0;
    if (!same)
        return mem_printf("https://app.%s/api/v1/auth/token", host);
    const char *scheme = address->tls ? "https" : "http";
    if (address->explicit_port)
        return mem_printf("%s://%s/api/v1/auth/token", scheme, address->target);
    return mem_printf(ipv6 ? "%s://[%s]/api/v1/auth/token" : "%s://%s/api/v1/auth/token", scheme, host);
}
