/*
 * routes.c: finds the route of a request, authenticates the request, parses its body and calls the handler.
 * Also the responses that all handlers share. HTTP threads.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/differ.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "drukbox/internal.h"

typedef enum { AUTH_ANY, AUTH_ADMIN, AUTH_NONE } route_auth;
typedef enum { BODY_NONE, BODY_OPTIONAL, BODY_REQUIRED } route_body;
typedef enum { SINCE_FIRST, SINCE_PROXIES, SINCE_ACCOUNTS } route_since;

typedef struct {
    const char *method, *path;
    drukbox_handler *handler;
    route_since since;
    route_auth auth;
    route_body body;
} route;

static http_response healthz(drukbox_call *c)
{
    (void)c;
    return http_json(MHD_HTTP_OK, json_pack("{s:s}", "status", "ok"));
}

static const route routes[] = {
    {"GET", "/healthz", healthz, SINCE_FIRST, AUTH_NONE, BODY_NONE},
    {"POST", "/hosts", drukbox_create_host, SINCE_FIRST, AUTH_ANY, BODY_OPTIONAL},
    {"GET", "/hosts", drukbox_list_hosts, SINCE_FIRST, AUTH_ANY, BODY_NONE},
    {"GET", "/hosts/{id}", drukbox_get_host, SINCE_FIRST, AUTH_ANY, BODY_NONE},
    {"DELETE", "/hosts/{id}", drukbox_delete_host, SINCE_FIRST, AUTH_ANY, BODY_NONE},
    {"GET", "/doctor", drukbox_doctor, SINCE_FIRST, AUTH_ANY, BODY_NONE},
    {"POST", "/hosts/{id}/renew", drukbox_renew_host, SINCE_PROXIES, AUTH_ANY, BODY_OPTIONAL},
    {"POST", "/http-proxies", drukbox_create_proxy, SINCE_PROXIES, AUTH_ANY, BODY_REQUIRED},
    {"DELETE", "/http-proxies/{name}", drukbox_delete_proxy, SINCE_PROXIES, AUTH_ANY, BODY_NONE},
    {"POST", "/http-proxies/{name}/hosts/{host_id}", drukbox_attach_proxy, SINCE_PROXIES, AUTH_ANY,
     BODY_NONE},
    {"DELETE", "/http-proxies/{name}/hosts/{host_id}", drukbox_detach_proxy, SINCE_PROXIES, AUTH_ANY,
     BODY_NONE},
    {"POST", "/hosts/{id}/secrets/{service}/refresh", drukbox_refresh_secret, SINCE_ACCOUNTS, AUTH_ANY,
     BODY_NONE},
    {"POST", "/templates", drukbox_create_template, SINCE_ACCOUNTS, AUTH_ANY, BODY_REQUIRED},
    {"GET", "/templates", drukbox_list_templates, SINCE_ACCOUNTS, AUTH_ANY, BODY_NONE},
    {"GET", "/templates/{id}", drukbox_get_template, SINCE_ACCOUNTS, AUTH_ANY, BODY_NONE},
    {"DELETE", "/templates/{id}", drukbox_delete_template, SINCE_ACCOUNTS, AUTH_ANY, BODY_NONE},
    {"POST", "/service-accounts", drukbox_create_account, SINCE_ACCOUNTS, AUTH_ADMIN, BODY_REQUIRED},
    {"DELETE", "/service-accounts/{name}", drukbox_remove_account, SINCE_ACCOUNTS, AUTH_ADMIN, BODY_NONE},
};

/* The target of faults for all routes; also the name of an unknown route. */
static const char ALL_ROUTES[] = "drukbox";

/* ---- responses ---- */

http_response drukbox_error(int status, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json_t *detail = json_vsprintf(format, args);
    va_end(args);
    json_t *json = json_object();
    json_object_set_new(json, "detail", detail ? detail : json_string("(not UTF-8)"));
    if (code != NULL && !differs(DIFFER_DRUKBOX_ERROR_CODE))
        json_object_set_new(json, "error_code", json_string(code));
    return http_json(status, json);
}

http_response drukbox_no_content(void)
{
    if (differs(DIFFER_DRUKBOX_DELETE_STATUS))
        return http_json(MHD_HTTP_OK, json_object());
    return (http_response){.status = MHD_HTTP_NO_CONTENT};
}

bool drukbox_has_problems(const drukbox_call *c)
{
    return json_array_size(c->problems) > 0;
}

http_response drukbox_invalid(drukbox_call *c)
{
    return http_json(MHD_HTTP_UNPROCESSABLE_CONTENT, json_pack("{s:O}", "detail", c->problems));
}

/* ---- the route ---- */

static bool is_served(const route *r)
{
    return r->since == SINCE_FIRST || (r->since == SINCE_PROXIES && drukbox_served->proxies) ||
           (r->since == SINCE_ACCOUNTS && drukbox_served->accounts);
}

/* Copies the segments in braces to `param`, unless that is NULL. */
static bool path_matches(const char *pattern, const char *path, char *param[2])
{
    size_t count = 0;
    while (*pattern != '\0' && *path != '\0') {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t length = strcspn(path, "/");
        if (length == 0)
            return false;
        if (param != NULL)
            param[count++] = xstrndup(path, length);
        path += length;
        pattern = strchr(pattern, '}') + 1;
    }
    return *pattern == '\0' && *path == '\0';
}

static const route *find_route(const char *method, const char *path, char **allowed)
{
    for (size_t i = 0; i < count_of(routes); i++) {
        const route *r = &routes[i];
        if (!is_served(r) || !path_matches(r->path, path, NULL))
            continue;
        if (strcmp(r->method, method) == 0)
            return r;
        char *more = xprintf("%s%s%s", *allowed ? *allowed : "", *allowed ? ", " : "", r->method);
        free(*allowed);
        *allowed = more;
    }
    return NULL;
}

/* For a path with trailing slashes. */
static http_response redirect(const http_request *request, const char *path)
{
    const char *host = http_header(request, "Host");
    http_response response = {.status = MHD_HTTP_TEMPORARY_REDIRECT};
    (void)snprintf(response.location, sizeof response.location, "%s%.200s%.250s", host ? "http://" : "",
                   host ? host : "", path);
    return response;
}

static http_response no_route(const http_request *request, const char *allowed)
{
    if (allowed != NULL) {
        http_response response = drukbox_error(MHD_HTTP_METHOD_NOT_ALLOWED, NULL, "Method Not Allowed");
        response.headers = json_pack("{s:s}", "Allow", allowed);
        return response;
    }
    char *path = xstrdup(request->path), *other = NULL;
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        path[--length] = '\0';
    bool known = length > 0 && path[0] == '/' && strcmp(path, request->path) != 0 &&
                 (find_route(request->method, path, &other) != NULL || other != NULL);
    http_response response =
        known ? redirect(request, path) : drukbox_error(MHD_HTTP_NOT_FOUND, NULL, "Not Found");
    free(path);
    free(other);
    return response;
}

bool drukbox_has_route(const char *name)
{
    if (drukbox_served == NULL)
        return false;
    for (size_t i = 0; i < count_of(routes); i++) {
        size_t length = strlen(routes[i].method);
        if (is_served(&routes[i]) && strncmp(name, routes[i].method, length) == 0 && name[length] == ' ' &&
            strcmp(name + length + 1, routes[i].path) == 0)
            return true;
    }
    return strcmp(name, ALL_ROUTES) == 0;
}

/* ---- authentication ---- */

/* NULL: no bearer token. */
static const char *bearer(const http_request *request)
{
    const char *header = http_header(request, "Authorization");
    if (header == NULL || strncasecmp(header, "Bearer", 6) != 0 || header[6] != ' ')
        return NULL;
    header += 6 + strspn(header + 6, " ");
    return *header ? header : NULL;
}

typedef struct {
    const char *missing, *rejected, *code;
} auth_errors;

static const auth_errors errors_0_0 = {"service token required", "service token rejected", NULL};
static const auth_errors errors_admin = {"admin key required", "admin key rejected", NULL};
static const auth_errors errors_any = {"admin key or service account token required",
                                       "service account token rejected", "SERVICE_ACCOUNT_TOKEN_REJECTED"};

/* False: `response` refuses the request. */
static bool authenticate(drukbox_call *c, const route *r, http_response *response)
{
    const auth_errors *errors = !drukbox_served->accounts ? &errors_0_0
                                : r->auth == AUTH_ADMIN   ? &errors_admin
                                                          : &errors_any;
    if (r->auth == AUTH_NONE)
        return true;
    const char *token = bearer(c->http);
    if (token == NULL) {
        *response = drukbox_error(MHD_HTTP_UNAUTHORIZED, NULL, "%s", errors->missing);
        return false;
    }
    if (account_is_admin(token))
        c->account = xstrdup(ADMIN_ACCOUNT);
    else if (errors == &errors_any)
        c->account = account_of_token(token);
    if (c->account == NULL)
        *response = drukbox_error(MHD_HTTP_FORBIDDEN, errors->code, "%s", errors->rejected);
    return c->account != NULL;
}

/* ---- the body ---- */

static const location BODY = {NULL, "body"};

static bool is_json(const http_request *request)
{
    const char *type = http_header(request, "Content-Type");
    if (type == NULL)
        return true;
    size_t length = strcspn(type, "; \t");
    return (length == 16 && strncasecmp(type, "application/json", 16) == 0) ||
           (length > 17 && strncasecmp(type, "application/", 12) == 0 &&
            strncasecmp(type + length - 5, "+json", 5) == 0);
}

static void add_type_problem(drukbox_call *c, const json_t *input)
{
    check_problem(c, &BODY, "model_attributes_type",
                  "Input should be a valid dictionary or object to extract fields from", input, NULL);
}

/* Where the text that is not JSON begins. */
static int syntax_error_position(const json_error_t *error)
{
    const char *near = strstr(error->text, " near '");
    const size_t length = near ? strcspn(near + 7, "'") : 0;
    return error->position - (int)length;
}

/* The body as JSON; NULL: no body, or a problem was added. */
static json_t *parse_body(drukbox_call *c)
{
    const http_request *request = c->http;
    if (request->size == 0)
        return NULL;
    if (!is_json(request)) {
        json_t *input = json_stringn(request->body, request->size);
        add_type_problem(c, input);
        json_decref(input);
        return NULL;
    }
    json_error_t error;
    json_t *json = json_loadb(request->body, request->size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (json == NULL) {
        char number[24];
        (void)snprintf(number, sizeof number, "%d", syntax_error_position(&error));
        const location at = {&BODY, number};
        check_problem(c, &at, "json_invalid", "JSON decode error", NULL,
                      json_pack("{s:s}", "error", error.text));
    }
    return json;
}

static void read_body(drukbox_call *c, const route *r)
{
    if (r->body == BODY_NONE)
        return;
    json_t *json = parse_body(c);
    if (json_is_null(json)) {
        json_decref(json);
        json = NULL;
    }
    if (json != NULL && !json_is_object(json))
        add_type_problem(c, json);
    else if (json == NULL && r->body == BODY_REQUIRED && !drukbox_has_problems(c))
        check_problem(c, &BODY, "missing", "Field required", NULL, NULL);
    c->body = json;
}

/* For the request log: without values of the body or tokens. */
static json_t *note(const drukbox_call *c, const http_request *request)
{
    json_t *keys = json_array();
    const char *name;
    const json_t *value;
    json_object_foreach(c->body, name, value)
    {
        (void)value;
        json_array_append_new(keys, json_string(name));
    }
    return json_pack("{s:o, s:o, s:b, s:o}", "content_type", text_json(http_header(request, "Content-Type")),
                     "content_length", text_json(http_header(request, "Content-Length")), "idempotency_key",
                     http_header(request, "Idempotency-Key") != NULL, "body_keys", keys);
}

/* ---- one request ---- */

typedef struct {
    drukbox_call call;
    /* NULL: unknown route or method. */
    const route *route;
    /* The methods that the path supports; NULL: unknown path. */
    const char *allowed;
    /* "POST /hosts"; "drukbox": unknown route. */
    const char *name;
} request_state;

/* The errors of the service by status. */
static const struct {
    /* NULL: all other routes. */
    const char *route;
    const char *code, *detail;
    int status, retry_after;
} service_errors[] = {
    {"DELETE /hosts/{id}", "HOST_STATE", "host is still provisioning", 409, 0},
    {"DELETE /hosts/{id}", "HOST_TEARDOWN", "host teardown could not be completed", 503, 0},
    {"POST /http-proxies", "HTTP_PROXY_EXISTS", "http proxy already exists", 409, 0},
    {"POST /http-proxies", "HTTP_PROXY_UNSUPPORTED", "VM provider does not support HttpProxyCapability", 501,
     0},
    {"POST /http-proxies", "HTTP_PROXY", "http proxy could not be created", 503, 0},
    {"DELETE /http-proxies/{name}", "HTTP_PROXY", "http proxy could not be removed", 503, 0},
    {"POST /http-proxies/{name}/hosts/{host_id}", "HTTP_PROXY", "http proxy could not be attached", 503, 0},
    {"DELETE /http-proxies/{name}/hosts/{host_id}", "HTTP_PROXY", "http proxy could not be detached", 503, 0},
    {"POST /hosts/{id}/secrets/{service}/refresh", "SECRET_REFRESH", "secret could not be refreshed", 503, 5},
    {"DELETE /templates/{id}", "TEMPLATE_STATE", "template is still building", 409, 0},
    {"DELETE /templates/{id}", "TEMPLATE_TEARDOWN", "template teardown could not be completed", 503, 0},
    {NULL, NULL, "service token required", 401, 0},
    {NULL, NULL, "service token rejected", 403, 0},
    {NULL, NULL, "Not Found", 404, 0},
    {NULL, NULL, "Method Not Allowed", 405, 0},
    {NULL, "HOST_STATE", "idempotency race could not be resolved", 409, 0},
    {NULL, "PROVISIONING_FAILED", "host provisioning failed", 502, 0},
    {NULL, NULL, "host provisioning could not be completed", 503, 0},
};

static http_response refuse(const http_fault *fault, void *data)
{
    const request_state *w = data;
    bool given = fault->detail[0] != '\0' || fault->error_code[0] != '\0';
    const char *detail = "injected fault", *code = NULL;
    int retry_after = 0;
    if (fault->status == MHD_HTTP_INTERNAL_SERVER_ERROR && !given)
        return http_text(fault->status, "Internal Server Error");
    for (size_t i = count_of(service_errors);
         i-- > 0;) { /* backwards, so that the entry of the route, which comes first, overrides the others */
        if (service_errors[i].status == fault->status &&
            (service_errors[i].route == NULL || strcmp(service_errors[i].route, w->name) == 0)) {
            detail = service_errors[i].detail;
            code = service_errors[i].code;
            retry_after = service_errors[i].retry_after;
        }
    }
    if (given) {
        detail = fault->detail[0] ? fault->detail : detail;
        code = fault->error_code[0] ? fault->error_code : NULL;
    }
    http_response response = drukbox_error(fault->status, code, "%s", detail);
    if (retry_after > 0 && !given)
        (void)snprintf(response.retry_after, sizeof response.retry_after, "%d", retry_after);
    return response;
}

bool has_nul(const json_t *value)
{
    size_t i;
    const char *name;
    json_t *inner;
    if (json_is_string(value))
        return strlen(json_string_value(value)) < json_string_length(value);
    json_array_foreach(value, i, inner)
    {
        if (has_nul(inner))
            return true;
    }
    json_object_foreach((json_t *)value, name, inner)
    {
        if (has_nul(inner))
            return true;
    }
    return false;
}

/* A body that the service fails on before its handler sees it. False: there is none. */
static bool refuse_body(const drukbox_call *c, const route *r, http_response *response)
{
    if (r->body == BODY_NONE || c->http->size == 0)
        return false;
    if (is_json(c->http) && !utf8_is_valid(c->http->body, c->http->size)) {
        *response = drukbox_error(MHD_HTTP_BAD_REQUEST, NULL, "There was an error parsing the body");
        return true;
    }
    if (r->handler == drukbox_create_host || r->handler == drukbox_renew_host || !has_nul(c->body))
        return false;
    *response = http_text(MHD_HTTP_INTERNAL_SERVER_ERROR, "Internal Server Error");
    return true;
}

static http_response handle(void *data)
{
    request_state *w = data;
    drukbox_call *c = &w->call;
    http_response response;
    if (w->route == NULL)
        return no_route(c->http, w->allowed);
    if (!authenticate(c, w->route, &response))
        return response;
    read_body(c, w->route);
    if (refuse_body(c, w->route, &response))
        return response;
    if (w->route->body != BODY_NONE && !json_is_object(c->body) && drukbox_has_problems(c))
        return drukbox_invalid(c);
    return w->route->handler(c);
}

http_response drukbox_route(const http_request *request)
{
    char *allowed = NULL;
    const route *found = find_route(request->method, request->path, &allowed);
    char *name = found ? xprintf("%s %s", found->method, found->path) : xstrdup(ALL_ROUTES);
    http_fault fault = faults_take_http(name, ALL_ROUTES);
    request_state w = {{.http = request, .fault = &fault, .problems = json_array()}, found, allowed, name};
    if (found != NULL)
        (void)path_matches(found->path, request->path, w.call.param);
    http_response response = http_with_fault(&fault, handle, refuse, &w);
    response.note = note(&w.call, request);
    http_fault_clear(&fault);
    json_decref(w.call.body);
    json_decref(w.call.problems);
    free(w.call.param[0]);
    free(w.call.param[1]);
    free(w.call.account);
    free(allowed);
    free(name);
    return response;
}
