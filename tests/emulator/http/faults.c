/*
 * faults.c: applies an injected fault to an HTTP route. HTTP threads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/util.h"
#include "http/http.h"

static void replace_body(http_response *response, const http_fault *fault)
{
    if (fault->body == NULL && fault->body_size < 0)
        return;
    secret_free(response->body);
    if (fault->body_size >= 0) {
        response->body_size = (size_t)fault->body_size;
        response->body = xmalloc(response->body_size);
        memset(response->body, 'x', response->body_size);
    } else {
        response->body = xstrdup(fault->body);
        response->body_size = strlen(response->body);
    }
}

static void add_headers(http_response *response, const json_t *headers)
{
    if (response->headers == NULL)
        response->headers = json_object();
    json_t *copy = json_deep_copy(headers);
    json_object_update(response->headers, copy);
    json_decref(copy);
}

static void drop_body(http_response *response)
{
    secret_free(response->body);
    response->body = NULL;
    response->body_size = 0;
    response->content_type[0] = '\0';
}

static void apply_fault(http_response *response, const http_fault *fault)
{
    if (fault->status != 0)
        response->status = fault->status;
    if (response->status == MHD_HTTP_NO_CONTENT)
        drop_body(response);
    replace_body(response, fault);
    if (fault->content_type[0] != '\0')
        (void)snprintf(response->content_type, sizeof response->content_type, "%s", fault->content_type);
    if (fault->retry_after >= 0)
        (void)snprintf(response->retry_after, sizeof response->retry_after, "%lld",
                       (long long)fault->retry_after);
    if (fault->location[0] != '\0')
        (void)snprintf(response->location, sizeof response->location, "%s", fault->location);
    if (fault->headers != NULL)
        add_headers(response, fault->headers);
}

/* Delays or hangs as the fault demands. False: drop the connection. */
static bool delay_response(const http_fault *fault)
{
    if (fault->delay_ms > 0)
        (void)http_wait(fault->delay_ms);
    while (fault->hang && http_wait(1000)) {
    }
    return !fault->close && !fault->hang;
}

http_response http_with_fault(const http_fault *fault, http_effect *effect, http_refusal *refuse, void *data)
{
    if (!fault->active)
        return effect(data);
    bool refused = fault->status != 0 && fault->status / 100 != 2;
    bool effective = fault->after || fault->host_status[0] != '\0' || !refused;
    if (!fault->after && !delay_response(fault))
        return (http_response){.drop = true, .fault = true};
    http_response response = {0};
    if (effective)
        response = effect(data);
    if (refused) {
        json_t *note = response.note;
        response.note = NULL;
        http_response_free(&response);
        response = refuse(fault, data);
        response.note = note;
    }
    apply_fault(&response, fault);
    response.fault = true;
    response.drop = fault->after && !delay_response(fault);
    return response;
}
