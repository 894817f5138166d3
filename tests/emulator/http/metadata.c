/*
 * metadata.c: see metadata.h. Start and stop on the main thread, requests on an HTTP thread.
 */
#include "http/metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auth.h"
#include "base/util.h"
#include "http/http.h"

enum { TOKEN_TTL_SECS = 900 };

static struct MHD_Daemon *server; /* main thread */

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
    if (strcmp(url, "/v1/auth/token") != 0)
        response = http_error(MHD_HTTP_NOT_FOUND, "no such route");
    else if (strcmp(method, "GET") != 0)
        response = http_error(MHD_HTTP_METHOD_NOT_ALLOWED, "use GET");
    else
        response = token_response(data);
    return http_send(connection, &response);
}

int metadata_start(const char *host, int port, const char *api_url, char *why, unsigned why_size)
{
    int fd = http_listen(host, port, why, why_size);
    char *url;
    memcpy(&url, &api_url, sizeof url); /* the callback's pointer has no const */
    if (fd < 0)
        return -1;
    int chosen = http_port_of(fd);
    server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL,
                              on_request, url, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_TIMEOUT,
                              30u, MHD_OPTION_END);
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
