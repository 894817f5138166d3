/* failure.c: turns HTTP answers and transport failures into errors, for call.c. Core thread. */
#include "drukbox/failure.h"

#include "errors.h"
#include "mem.h"
#include "printable.h"
#include "secrets.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* By HTTP status: the error's status, and the message for an answer without one. The last row is for all
 * other statuses. */
static const struct {
    int http_status;
    boxd_status status;
    const char *fallback;
} classes[] = {
    {401, BOXD_ERR_AUTHENTICATION, "auth failed"},
    {403, BOXD_ERR_AUTHENTICATION, "auth failed"},
    {404, BOXD_ERR_NOT_FOUND, "not found"},
    {409, BOXD_ERR_CONFLICT, "conflict"},
    {422, BOXD_ERR_VALIDATION, "validation error"},
    {502, BOXD_ERR_PROVISIONING, "provisioning failed"},
    {503, BOXD_ERR_UNAVAILABLE, "service unavailable"},
    {0, BOXD_ERR_RESPONSE, "error"},
};

#define RAISE_LIMIT "; raise max_response_bytes of drukbox_client_options"

enum {
    TOO_MANY_REQUESTS = 429,
    FIRST_REFUSAL = 400,
    FIRST_SERVER_FAILURE = 500,
    ROUTE_SIZE = 200,
    MORE_SIZE = 80,
    REFUSAL_SIZE = 200,
    /* More than fits in a message. */
    JOINED_SIZE = 4096
};

/* ---- text of the service, without secrets ---- */

/* Covers also the last word alone: the service may repeat only the KEY of "Bearer KEY". */
static void redact_value(char *shown, const char *secret)
{
    const char *word = secret ? strrchr(secret, ' ') : NULL;
    secret_cover(shown, secret);
    if (word)
        secret_cover(shown, word + 1);
}

static void redact_members(char *shown, const json_t *value)
{
    const char *key;
    json_t *member;
    redact_value(shown, json_string_value(value));
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
        redact_value(shown, json_string_value(member));
}

/* Redacts the members "value" and "headers" of the request, at any depth; a request has few levels. */
static void redact_request(char *shown, const json_t *request) /* NOLINT(misc-no-recursion) */
{
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)request, key, member)
    {
        if (strcmp(key, "value") == 0 || strcmp(key, "headers") == 0)
            redact_members(shown, member);
        else
            redact_request(shown, member);
    }
}

/* Redacts the secrets of the call. NULL is allowed. */
static void redact(char *shown, const failed_call *c)
{
    if (!shown)
        return;
    secret_cover(shown, c->token);
    if (c->proxy)
        forward_proxy_cover_secrets(c->proxy, shown);
    redact_request(shown, c->request);
}

/* Appends " (GET /hosts/01, 404 NOT_FOUND)" and the hint; `more` is the service's code or the place of the
 * error, or NULL. A long text of the service before it is cut. */
static void append_route(const failed_call *c, int http_status, const char *more, const char *hint,
                         boxd_error *error)
{
    char shown[MORE_SIZE], status[MORE_SIZE + 16] = "", path[ROUTE_SIZE];
    if (http_status)
        (void)snprintf(status, sizeof status, ", %d%s%s", http_status, more ? " " : "",
                       text_printable(more, shown, sizeof shown));
    (void)snprintf(path, sizeof path, "%s%s", c->base_path ? c->base_path : "", c->path);
    error_append_whole(error, " (%s %s%s)%s", c->method, path, status, hint);
}

/* ---- classes ---- */

enum { STEP_SIZE = 160 };

/* There was no connection to the service. */
static bool was_unreachable(const http_answer *answer)
{
    return answer->error.status == BOXD_ERR_CONNECTION && answer->error.sent == BOXD_SENT_NO &&
           !answer->proxy_refusal;
}

/* Writes the next step after an answer was lost. */
static const char *write_next_step(const failed_call *c, boxd_sent sent, char step[STEP_SIZE])
{
    const bool lost = sent == BOXD_SENT_UNKNOWN && !c->repeatable;
    (void)snprintf(step, STEP_SIZE, "%s%s", lost ? "; it may have had its effect" : "",
                   lost && c->after_loss ? c->after_loss : "");
    return step;
}

/* An answer that is too large was received: the transport has not failed. */
static bool is_of_transport(const boxd_error *cause)
{
    return cause->status != BOXD_ERR_NO_MEMORY && cause->status != BOXD_ERR_LOCAL_FILE &&
           cause->sent != BOXD_SENT_YES;
}

/* The failure does not go away by itself. */
static bool is_lasting(const http_answer *answer)
{
    return answer->untrusted || (answer->proxy_refusal && !forward_proxy_is_temporary(answer->proxy_refusal));
}

void failure_transport(const failed_call *c, const http_answer *answer, boxd_error *error)
{
    const boxd_error *cause = &answer->error;
    char refusal[REFUSAL_SIZE];
    *error = *cause;
    if (is_of_transport(cause)) {
        error_set_sent(error, BOXD_ERR_UNAVAILABLE, cause->sent, "Sandbox service transport failed: %s",
                       cause->message);
        error->retryable = !is_lasting(answer) && (cause->sent == BOXD_SENT_NO || c->repeatable);
    }
    char step[STEP_SIZE];
    const char *hint = error->status == BOXD_ERR_TOO_LARGE ? RAISE_LIMIT
                       : answer->untrusted
                           ? "; check base_url, and ca_file if the service has its own certificate authority"
                       : was_unreachable(answer) ? "; check base_url, and that the service is up"
                                                 : write_next_step(c, error->sent, step);
    append_route(c, error->http_status, NULL, hint, error);
    if (answer->proxy_refusal)
        error_append(error, "; %s",
                     forward_proxy_explain(c->proxy, answer->proxy_refusal, refusal, sizeof refusal));
}

/* The `msg` of each item, joined. Allocated; NULL: out of memory. */
static char *join_messages(const json_node *items)
{
    text all = TEXT_INIT;
    for (const json_node *item = json_items(items); item && all.size < JOINED_SIZE; item = item->next) {
        const char *msg = json_node_text(json_member(item, "msg"));
        text_add(&all, msg ? msg : "");
        text_add(&all, item->next ? "; " : "");
    }
    return text_take(&all);
}

/* The places that the items name: "in body.env, body.image". NULL: none, or out of memory. */
static char *join_places(const json_node *items)
{
    text all = TEXT_INIT;
    for (const json_node *item = json_items(items); item && all.size < JOINED_SIZE; item = item->next) {
        bool first = true;
        for (const json_node *part = json_items(json_member(item, "loc")); part; part = part->next) {
            if (!json_node_text(part) || all.size >= JOINED_SIZE)
                continue;
            text_add(&all, !first ? "." : all.size ? ", " : "in ");
            text_add(&all, json_node_text(part));
            first = false;
        }
    }
    if (all.size > 0)
        return text_take(&all);
    text_free(&all);
    return NULL;
}

/* The service's description of the failure; "": it sent none. Allocated; NULL: out of memory. */
static char *read_detail(const json_node *body, int http_status)
{
    const json_node *detail = json_member(body, "detail");
    if (http_status == 422 && json_is_kind(detail, JSON_KIND_LIST))
        return join_messages(detail);
    if (json_node_text(detail))
        return mem_strdup(json_node_text(detail));
    const bool is_empty = json_is_kind(detail, JSON_KIND_OBJECT) && detail->size == 0;
    if (!detail || json_is_kind(detail, JSON_KIND_NULL) || (http_status == 422 && is_empty))
        return mem_strdup("");
    return json_shown(detail);
}

static size_t class_of(int http_status)
{
    size_t i = 0;
    while (classes[i].http_status && classes[i].http_status != http_status)
        i++;
    return i;
}

static const char *code_of(const json_node *body)
{
    const char *code = json_node_text(json_member(body, "error_code"));
    return code && *code && !code[strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] ? code : NULL;
}

/* Whether the same call may succeed later. */
static bool is_temporary(const failed_call *c, const boxd_error *error)
{
    return error->status == BOXD_ERR_CAPACITY || error->http_status == TOO_MANY_REQUESTS ||
           (error->status == BOXD_ERR_UNAVAILABLE && c->repeatable);
}

static void keep_retry_after(const http_answer *answer, boxd_error *error)
{
    error->http_status = answer->status;
    error->retry_after_ms = answer->retry_after_s > 0 ? answer->retry_after_s * 1000 : 0;
}

/* Appends where a redirect leads, without the query, which may hold a secret. */
static void append_location(const failed_call *c, const http_answer *answer, boxd_error *error)
{
    char *location = answer->status >= 300 && answer->status < 400 ? mem_strdup(answer->location) : NULL;
    if (!location)
        return;
    location[strcspn(location, "?#")] = '\0';
    redact(location, c);
    error_append(error, "; it redirects to %s, and redirects are not followed: check the client's base_url",
                 location);
    mem_free(location);
}

static void set_not_json(const failed_call *c, const http_answer *answer, boxd_error *error)
{
    /* A proxy in front of the service may have lost the service's answer. */
    const bool lost = answer->status >= FIRST_SERVER_FAILURE;
    error_set_sent(error, BOXD_ERR_RESPONSE, lost ? BOXD_SENT_UNKNOWN : BOXD_SENT_YES,
                   "Sandbox service returned non-JSON output");
    keep_retry_after(answer, error);
    error->retryable = is_temporary(c, error) || (lost && c->repeatable);
    char step[STEP_SIZE];
    append_route(c, answer->status, NULL, "", error);
    append_location(c, answer, error);
    if (answer->status == FIRST_SERVER_FAILURE && strcmp(c->path, "/doctor") != 0)
        error_append(
            error,
            "; the service failed: drukbox_client_doctor() reports the state of its database and provider");
    if (answer->proxy)
        error_append(error, "; the answer came through the proxy %s", answer->proxy);
    error_append(error, "%s", write_next_step(c, error->sent, step));
}

void failure_answer(const failed_call *c, const http_answer *answer, const json_node *body, boxd_error *error)
{
    if (!body) {
        set_not_json(c, answer, error);
        return;
    }
    const size_t i = class_of(answer->status);
    const char *code = code_of(body);
    const bool full = answer->status == 503 && code && strcmp(code, "CAPACITY") == 0;
    const char *fallback = full ? "provider at host limit" : classes[i].fallback;
    boxd_status status = full ? BOXD_ERR_CAPACITY : classes[i].status;
    if (!json_is_kind(body, JSON_KIND_OBJECT)) {
        status = BOXD_ERR_RESPONSE;
        fallback = "the service's error is not a JSON object";
    }
    char *detail = read_detail(body, answer->status);
    redact(detail, c);
    error_set_sent(error, status, BOXD_SENT_YES, "%s", detail && *detail ? detail : fallback);
    mem_free_secret(detail);
    keep_retry_after(answer, error);
    error->retryable = is_temporary(c, error);
    char *places = code ? NULL : join_places(json_member(body, "detail"));
    redact(places, c);
    append_route(c, answer->status, code ? code : places,
                 status == BOXD_ERR_AUTHENTICATION ? "; check the client's token" : "", error);
    mem_free(places);
}

void failure_shape(const failed_call *c, const http_answer *answer, const char *key, boxd_error *error)
{
    if (key)
        error_set_sent(error, BOXD_ERR_RESPONSE, BOXD_SENT_YES, "the service's answer has no \"%s\"", key);
    else
        error_set_sent(error, BOXD_ERR_RESPONSE, BOXD_SENT_YES, "the service's answer is not %s",
                       c->expected);
    keep_retry_after(answer, error);
    append_route(c, answer->status, NULL, "", error);
    append_location(c, answer, error);
}

void failure_too_large(const failed_call *c, const http_answer *answer, size_t limit, boxd_error *error)
{
    error_set_sent(error, BOXD_ERR_TOO_LARGE, BOXD_SENT_YES, "the decoded answer is larger than %zu bytes",
                   limit);
    keep_retry_after(answer, error);
    append_route(c, answer->status, NULL, RAISE_LIMIT, error);
}

static void set_stopped(const failed_call *c, const boxd_error *reason, boxd_sent sent, int http_status,
                        boxd_error *error)
{
    error_set_sent(error, reason->status, sent, "%s", reason->message);
    error->http_status = http_status;
    error->retryable = reason->status == BOXD_ERR_TIMEOUT && (sent == BOXD_SENT_NO || c->repeatable);
    char step[STEP_SIZE];
    append_route(c, http_status, NULL, write_next_step(c, sent, step), error);
}

void failure_stopped(const failed_call *c, const boxd_error *reason, boxd_sent sent, boxd_error *error)
{
    set_stopped(c, reason, sent, 0, error);
}

void failure_unread(const failed_call *c, const boxd_error *reason, const http_answer *answer,
                    boxd_error *error)
{
    const bool refused = answer->status >= FIRST_REFUSAL;
    set_stopped(c, reason, refused ? BOXD_SENT_YES : BOXD_SENT_UNKNOWN, answer->status, error);
}
