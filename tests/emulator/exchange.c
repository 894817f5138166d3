/*
 * exchange.c: POST /api/v1/auth/token, an API key for a JWT.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "faults.h"
#include "http_private.h"
#include "util.h"

static http_answer exchange(const char *body, size_t size)
{
    json_t *json = body ? json_loadb(body, size, 0, NULL) : NULL;
    const char *key = json_string_value(json_object_get(json, "api_key"));
    auth_token token;
    http_answer answer;
    if (key == NULL) {
        answer = http_error(MHD_HTTP_BAD_REQUEST, "send a JSON object with the string \"api_key\"");
    } else if (!auth_exchange(key, &token)) {
        answer = http_error(MHD_HTTP_UNAUTHORIZED, "invalid or expired API key");
    } else {
        answer = http_json(MHD_HTTP_OK, json_pack("{s:s, s:I, s:s}", "token", token.token, "expires_at",
                                                  (json_int_t)token.expires_at, "user_id", AUTH_USER_ID));
        explicit_bzero(token.token, strlen(token.token));
        free(token.token);
    }
    json_decref(json);
    return answer;
}

static void replace_body(http_answer *answer, const http_fault *fault)
{
    if (fault->body_size < 0 && fault->body[0] == '\0')
        return;
    free(answer->body);
    if (fault->body_size >= 0) {
        answer->body_size = (size_t)fault->body_size;
        answer->body = xmalloc(answer->body_size);
        memset(answer->body, 'x', answer->body_size);
    } else {
        answer->body = xstrdup(fault->body);
        answer->body_size = strlen(answer->body);
    }
}

/* `type` outlives the answer: it is the calling thread's. */
static void apply(http_answer *answer, const http_fault *fault, char *type, size_t type_size)
{
    if (fault->status != 0)
        answer->status = fault->status;
    if (fault->status != 0 && fault->status != MHD_HTTP_OK && fault->body[0] == '\0' &&
        fault->body_size < 0) {
        free(answer->body);
        *answer = http_error(fault->status, "injected fault");
    }
    replace_body(answer, fault);
    if (fault->content_type[0] != '\0') {
        (void)snprintf(type, type_size, "%s", fault->content_type);
        answer->content_type = type;
    }
    if (fault->retry_after >= 0)
        (void)snprintf(answer->retry_after, sizeof answer->retry_after, "%lld",
                       (long long)fault->retry_after);
    (void)snprintf(answer->location, sizeof answer->location, "%s", fault->location);
}

http_answer exchange_route(const char *method, const char *body, size_t size)
{
    static _Thread_local char content_type[128];
    if (strcmp(method, "POST") != 0)
        return http_error(MHD_HTTP_METHOD_NOT_ALLOWED, "use POST");
    http_fault fault = faults_take_http("exchange");
    if (!fault.active)
        return exchange(body, size);
    if (fault.delay_ms > 0)
        (void)http_wait(fault.delay_ms);
    while (fault.hang && http_wait(1000)) {
    }
    if (fault.close || fault.hang)
        return (http_answer){.drop = true};
    /* A refused request has no effect: no token is made for it. */
    bool refused = fault.status != 0 && fault.status != MHD_HTTP_OK;
    http_answer answer = refused ? http_error(fault.status, "injected fault") : exchange(body, size);
    apply(&answer, &fault, content_type, sizeof content_type);
    return answer;
}
