/*
 * exchange.c: POST /api/v1/auth/token, which exchanges an API key for a JWT. HTTP threads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/auth.h"
#include "base/util.h"
#include "http/http.h"

static http_response exchange(void *data)
{
    const http_request *request = data;
    json_t *json = request->body ? json_loadb(request->body, request->size, 0, NULL) : NULL;
    const char *key = json_string_value(json_object_get(json, "api_key"));
    auth_token token;
    http_response response;
    if (key == NULL) {
        response = http_error(MHD_HTTP_BAD_REQUEST, "send a JSON object with the string \"api_key\"");
    } else if (!auth_exchange(key, &token)) {
        response = http_error(MHD_HTTP_UNAUTHORIZED, "invalid or expired API key");
    } else {
        response = http_json(MHD_HTTP_OK, json_pack("{s:s, s:I, s:s}", "token", token.token, "expires_at",
                                                    (json_int_t)token.expires_at, "user_id", AUTH_USER_ID));
        explicit_bzero(token.token, strlen(token.token));
        free(token.token);
    }
    json_decref(json);
    return response;
}

static http_response refuse(const http_fault *fault, void *data)
{
    (void)data;
    return http_error(fault->status, "injected fault");
}

http_response exchange_route(const http_request *request)
{
    http_request copy = *request;
    if (strcmp(request->method, "POST") != 0)
        return http_error(MHD_HTTP_METHOD_NOT_ALLOWED, "use POST");
    http_fault fault = faults_take_http("exchange", NULL);
    http_response response = http_with_fault(&fault, exchange, refuse, &copy);
    http_fault_clear(&fault);
    return response;
}
