/* token_transport.c: the transport over libcurl. compute.c opens it, auth.c uses and closes it, on the core
 * thread. */
#include "boxd/client/token_transport.h"

static boxd_status send_request(void *state, const http_request *request, loop *home, http_done_fn done,
                                void *data, boxd_error *error)
{
    return http_send(state, request, home, done, data, error);
}

static void close_client(void *state)
{
    http_client_free(state);
}

boxd_status token_transport_open(token_transport *out, const config *settings, boxd_error *error)
{
    const http_settings tls = {.ca_file = settings->ca_file,
                               .client_cert_file = settings->client_cert_file,
                               .client_key_file = settings->client_key_file};
    http_client *client = NULL;
    const boxd_status status = http_client_new(&client, &tls, error);
    *out = (token_transport){send_request, close_client, client};
    return status;
}
