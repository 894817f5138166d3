/*
 * metadata.c: see metadata.h. Start and stop on the main thread, requests on an HTTP thread.
 */
#include "http/metadata.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/auth.h"
#include "base/util.h"
#include "http/http.h"

enum { TOKEN_TTL_SECS = 900 };

static struct MHD_Daemon *server; /* main thread */

/* What the callback needs; set before the server starts. */
static struct {
    const char *api_url;
    /* The address that it listens on, as the user spelled it. */
    const char *host;
} settings;

/* An address, "localhost" or the server's own name, with or without a port: a name that an attacker chose may
 * resolve to this server (DNS rebinding), and its pages would then read the token. */
static bool is_own_host(const char *header)
{
    char host[256], address[sizeof(struct in6_addr)];
    const char *start = header[0] == '[' ? header + 1 : header;
    size_t length = strcspn(start, header[0] == '[' ? "]" : ":");
    if (length == 0 || length >= sizeof host)
        return false;
    memcpy(host, start, length);
    host[length] = '\0';
    if (header[0] == '[')
        return inet_pton(AF_INET6, host, address) == 1;
    return inet_pton(AF_INET, host, address) == 1 || strcasecmp(host, "localhost") == 0 ||
           strcasecmp(host, settings.host) == 0;
}

/* NULL, or why the request may come from a web page. Programs send no Origin. */
static const char *refusal(struct MHD_Connection *connection)
{
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    if (host == NULL || !is_own_host(host))
        return "the Host header must be the address of the metadata service";
    if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN) != NULL)
        return "requests of web pages are refused (Origin header)";
    return NULL;
}

static http_response token_response(const char *api_url)
{
    auth_token token;
    auth_issue(TOKEN_TTL_SECS, &token);
    http_response response =
        http_json(MHD_HTTP_OK, json_pack("{s:s, s:I, s:s}", "token", token.token, "expires_at",
                                         (json_int_t)token.expires_at, "api_url", api_url));
    explicit_bzero(token.token, strlen(token.token));
    free(token.token);
    return response;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **context)
{
    static int seen; /* its address marks a request whose headers were received */
    (void)data;
    (void)version;
    (void)upload;
    if (*context == NULL) {
        *context = &seen;
        return MHD_YES;
    }
    if (*upload_size > 0) { /* a body is ignored */
        *upload_size = 0;
        return MHD_YES;
    }
    http_response response;
    const char *why_not = refusal(connection);
    if (why_not != NULL)
        response = http_error(MHD_HTTP_FORBIDDEN, why_not);
    else if (strcmp(url, "/v1/auth/token") != 0)
        response = http_error(MHD_HTTP_NOT_FOUND, "no such route");
    else if (strcmp(method, "GET") != 0)
        response = http_error(MHD_HTTP_METHOD_NOT_ALLOWED, "use GET");
    else
        response = token_response(settings.api_url);
    return http_send(connection, &response);
}

int metadata_start(const char *host, int port, const char *api_url, char *why, unsigned why_size)
{
    int fd = http_listen(host, port, why, why_size);
    if (fd < 0)
        return -1;
    settings.api_url = api_url;
    settings.host = host;
    int chosen = http_port_of(fd);
    server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL,
                              on_request, NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_TIMEOUT,
                              30u, MHD_OPTION_UNESCAPE_CALLBACK, http_unescape, NULL, MHD_OPTION_END);
    if (server == NULL) {
        (void)snprintf(why, why_size, "cannot start the metadata service");
        close(fd);
        return -1;
    }
    return chosen;
}

void metadata_stop(void)
{
    if (server != NULL)
        MHD_stop_daemon(server);
    server = NULL;
}
