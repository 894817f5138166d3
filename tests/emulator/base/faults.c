/*
 * faults.c: the list of injected faults, and their JSON form. Any thread.
 */
#include "base/faults.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum { MAX_COUNT = 1000000 };

typedef struct fault {
    struct fault *next;
    /* An RPC name, "*" for all RPCs, or an HTTP route. */
    char *target;
    bool is_http;
    /* Uses left; -1: no limit. */
    int64_t left;
    rpc_fault rpc;
    http_fault http;
} fault;

/* all guarded by lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static fault *faults; /* oldest first */

static fault_targets targets; /* set before the first fault */

static int64_t number(const json_t *json, const char *name, int64_t fallback)
{
    const json_t *value = json_object_get(json, name);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

static bool flag(const json_t *json, const char *name)
{
    return json_is_true(json_object_get(json, name));
}

static void text(const json_t *json, const char *name, char *out, size_t size)
{
    const char *value = json_string_value(json_object_get(json, name));
    (void)snprintf(out, size, "%s", value ? value : "");
}

typedef struct {
    const char *name;
    /* s: string, i: integer, b: boolean, o: object of strings. */
    char type;
    /* r: RPC, h: HTTP, d: HTTP of Drukbox, 2: all. */
    char kind;
} fault_field;

static const fault_field fields[] = {
    {"rpc", 's', 'r'},         {"http", 's', 'h'},           {"count", 'i', '2'},
    {"code", 'i', 'r'},        {"message", 's', 'r'},        {"delay_ms", 'i', '2'},
    {"close", 'b', '2'},       {"hang", 'b', '2'},           {"truncate", 'b', 'r'},
    {"after", 'b', '2'},       {"exit_with_data", 'b', 'r'}, {"no_message", 'b', 'r'},
    {"after_bytes", 'i', 'r'}, {"bytes_written", 'i', 'r'},  {"status", 'i', 'h'},
    {"retry_after", 'i', 'h'}, {"body", 's', 'h'},           {"content_type", 's', 'h'},
    {"location", 's', 'h'},    {"body_size", 'i', 'h'},      {"headers", 'o', 'h'},
    {"detail", 's', 'd'},      {"error_code", 's', 'd'},     {"host_status", 's', 'd'},
    {"reply", 's', 'r'},       {"chunk_bytes", 'i', 'r'},    {"after_input_bytes", 'i', 'r'},
    {"linger", 'b', 'r'},      {"join_exit", 'b', 'r'},      {"one_packet", 'b', 'r'},
};

static bool all_strings(const json_t *object)
{
    const char *name;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (!json_is_string(value))
            return false;
    }
    return json_is_object(object);
}

static bool right_type(const json_t *value, char type)
{
    return type == 's'   ? json_is_string(value)
           : type == 'i' ? json_is_integer(value)
           : type == 'o' ? all_strings(value)
                         : json_is_boolean(value);
}

static const char *type_name(char type)
{
    return type == 's'   ? "a string"
           : type == 'i' ? "an integer"
           : type == 'o' ? "an object of strings"
                         : "a boolean";
}

/* An unknown field is an error: a misspelt field would let a test pass for the wrong reason. `kinds`: the
 * accepted values of fault_field.kind. */
static bool check_fields(const json_t *json, const char *kinds, char *why, size_t why_size)
{
    const char *name;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        const fault_field *found = NULL;
        for (size_t i = 0; i < count_of(fields); i++) {
            if (strcmp(fields[i].name, name) == 0 && strchr(kinds, fields[i].kind) != NULL)
                found = &fields[i];
        }
        if (found == NULL) {
            (void)snprintf(why, why_size, "a fault %s has no field \"%.60s\"",
                           kinds[0] == 'r' ? "of an RPC" : "of this HTTP route", name);
            return false;
        }
        if (!right_type(value, found->type)) {
            (void)snprintf(why, why_size, "field \"%s\" must be %s", name, type_name(found->type));
            return false;
        }
    }
    return true;
}

/* False: not hex digits, or too long. */
static bool read_reply(const json_t *json, rpc_fault *f)
{
    const char *hex = json_string_value(json_object_get(json, "reply"));
    f->has_reply = hex != NULL;
    for (; hex != NULL && *hex != '\0'; hex += 2) {
        const char digits[] = {hex[0], hex[1], '\0'};
        if (strspn(digits, "0123456789abcdef") != 2 || f->reply_size == sizeof f->reply)
            return false;
        f->reply[f->reply_size++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return true;
}

static rpc_fault read_rpc(const json_t *json)
{
    rpc_fault f = {.active = true,
                   .code = (int)number(json, "code", 0),
                   .delay_ms = number(json, "delay_ms", 0),
                   .close = flag(json, "close"),
                   .hang = flag(json, "hang"),
                   .truncate = flag(json, "truncate"),
                   .after = flag(json, "after"),
                   .exit_with_data = flag(json, "exit_with_data"),
                   .join_exit = flag(json, "join_exit"),
                   .one_packet = flag(json, "one_packet"),
                   .linger = flag(json, "linger"),
                   .no_message = flag(json, "no_message"),
                   .chunk_bytes = number(json, "chunk_bytes", 0),
                   .after_input_bytes = number(json, "after_input_bytes", -1),
                   .after_bytes = number(json, "after_bytes", -1),
                   .bytes_written = number(json, "bytes_written", -1)};
    text(json, "message", f.message, sizeof f.message);
    if (f.code != 0 && f.message[0] == '\0')
        (void)snprintf(f.message, sizeof f.message, "injected fault (code %d)", f.code);
    return f;
}

static http_fault read_http(const json_t *json)
{
    const char *body = json_string_value(json_object_get(json, "body"));
    http_fault f = {.active = true,
                    .status = (int)number(json, "status", 0),
                    .retry_after = number(json, "retry_after", -1),
                    .delay_ms = number(json, "delay_ms", 0),
                    .body_size = number(json, "body_size", -1),
                    .close = flag(json, "close"),
                    .hang = flag(json, "hang"),
                    .after = flag(json, "after"),
                    .body = body ? xstrdup(body) : NULL,
                    .headers = json_deep_copy(json_object_get(json, "headers"))};
    text(json, "content_type", f.content_type, sizeof f.content_type);
    text(json, "location", f.location, sizeof f.location);
    text(json, "detail", f.detail, sizeof f.detail);
    text(json, "error_code", f.error_code, sizeof f.error_code);
    text(json, "host_status", f.host_status, sizeof f.host_status);
    return f;
}

void http_fault_clear(http_fault *f)
{
    free(f->body);
    json_decref(f->headers);
    *f = (http_fault){0};
}

/* NULL, or an error message. */
static const char *check_http(const json_t *json, const char *route, char *why, size_t why_size)
{
    bool exchange = strcmp(route, "exchange") == 0;
    if (!exchange && !targets.is_http_route(route)) {
        (void)snprintf(why, why_size,
                       "unknown HTTP route \"%.60s\": send \"exchange\", \"drukbox\" for all routes of "
                       "Drukbox, or one of "
                       "these, such as \"GET /hosts/{id}\"",
                       route);
        return why;
    }
    if (!check_fields(json, exchange ? "h2" : "hd2", why, why_size))
        return why;
    const char *status = json_string_value(json_object_get(json, "host_status"));
    if (status != NULL && (strcmp(route, "POST /hosts") != 0 || !targets.is_host_status(status)))
        return "\"host_status\" needs the route \"POST /hosts\" and a valid host status";
    return NULL;
}

static const char *check_rpc(const json_t *json, const char *rpc, rpc_fault *out, char *why, size_t why_size)
{
    if (!check_fields(json, "r2", why, why_size))
        return why;
    if (strcmp(rpc, "*") != 0 && !targets.is_rpc(rpc)) {
        (void)snprintf(why, why_size, "the service has no RPC \"%.60s\"", rpc);
        return why;
    }
    *out = read_rpc(json);
    if (!read_reply(json, out)) {
        (void)snprintf(why, why_size, "\"reply\" must be at most %zu bytes as lower-case hex digits",
                       sizeof out->reply);
        return why;
    }
    return NULL;
}

void faults_set_targets(const fault_targets *valid)
{
    targets = *valid;
}

const char *faults_add(const json_t *json, char *why, size_t why_size)
{
    const char *rpc = json_string_value(json_object_get(json, "rpc"));
    const char *http = json_string_value(json_object_get(json, "http"));
    if ((rpc == NULL) == (http == NULL))
        return "a fault needs either \"rpc\" (a name such as \"GetVm\", or \"*\") or \"http\" (\"exchange\", "
               "\"drukbox\", or a Drukbox route)";
    rpc_fault rpc_fields = {.active = false};
    const char *problem =
        rpc ? check_rpc(json, rpc, &rpc_fields, why, why_size) : check_http(json, http, why, why_size);
    if (problem != NULL)
        return problem;
    fault *f = xcalloc(1, sizeof *f);
    f->target = xstrdup(rpc ? rpc : http);
    f->is_http = http != NULL;
    const int64_t count = number(json, "count", 1);
    f->left = count < MAX_COUNT ? count : MAX_COUNT;
    if (http)
        f->http = read_http(json);
    else
        f->rpc = rpc_fields;
    pthread_mutex_lock(&lock);
    fault **end = &faults;
    while (*end != NULL)
        end = &(*end)->next;
    *end = f;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void free_fault(fault *f)
{
    free(f->target);
    http_fault_clear(&f->http);
    free(f);
}

int64_t faults_left(void)
{
    int64_t left = 0;
    pthread_mutex_lock(&lock);
    for (const fault *f = faults; f != NULL; f = f->next)
        left += f->left > 0 ? f->left : 0;
    pthread_mutex_unlock(&lock);
    return left;
}

void faults_clear(void)
{
    pthread_mutex_lock(&lock);
    fault *list = faults;
    faults = NULL;
    pthread_mutex_unlock(&lock);
    while (list != NULL) {
        fault *next = list->next;
        free_fault(list);
        list = next;
    }
}

static bool is_for(const fault *f, const char *target, const char *group)
{
    return strcmp(f->target, target) == 0 || (group != NULL && strcmp(f->target, group) == 0);
}

/* Takes one use of the oldest fault for the target or for its group. */
static bool take_fault(const char *target, const char *group, bool is_http, fault *out)
{
    fault *spent = NULL;
    bool found = false;
    pthread_mutex_lock(&lock);
    for (fault **link = &faults; *link != NULL && !found; link = &(*link)->next) {
        fault *f = *link;
        if (f->is_http != is_http || !is_for(f, target, group))
            continue;
        found = true;
        *out = *f;
        out->http.body = f->http.body ? xstrdup(f->http.body) : NULL;
        out->http.headers = json_deep_copy(f->http.headers);
        if (f->left > 0 && --f->left == 0) {
            spent = f;
            *link = f->next;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    if (spent != NULL)
        free_fault(spent);
    return found;
}

rpc_fault faults_take_rpc(const char *rpc)
{
    fault f;
    return take_fault(rpc, "*", false, &f)
               ? f.rpc
               : (rpc_fault){.after_bytes = -1, .after_input_bytes = -1, .bytes_written = -1};
}

http_fault faults_take_http(const char *route, const char *group)
{
    fault f;
    return take_fault(route, group, true, &f) ? f.http : (http_fault){.retry_after = -1, .body_size = -1};
}
