/*
 * control.c: the routes under /emulator/, for tests.
 */
#include <stdlib.h>
#include <string.h>

#include "base/auth.h"
#include "base/faults.h"
#include "base/request_log.h"
#include "base/util.h"
#include "drukbox/drukbox.h"
#include "http/http.h"
#include "machine/forward.h"

typedef http_answer control_handler(const char *body, size_t size, void (*shutdown)(void));

static http_answer done(void)
{
    return http_json(MHD_HTTP_OK, json_pack("{s:b}", "ok", 1));
}

/* One fault, or a list of them. */
static http_answer add_faults(const char *body, size_t size, void (*shutdown)(void))
{
    (void)shutdown;
    json_t *json = body ? json_loadb(body, size, 0, NULL) : NULL;
    char why[160];
    const char *problem = NULL;
    if (json_is_object(json)) {
        problem = faults_add(json, why, sizeof why);
    } else if (json_is_array(json)) {
        for (size_t i = 0; i < json_array_size(json) && problem == NULL; i++)
            problem = faults_add(json_array_get(json, i), why, sizeof why);
    } else {
        problem = "send a JSON object, or a list of them";
    }
    json_decref(json);
    return problem ? http_error(MHD_HTTP_BAD_REQUEST, problem) : done();
}

static http_answer clear_faults(const char *body, size_t size, void (*shutdown)(void))
{
    (void)body;
    (void)size;
    (void)shutdown;
    faults_clear();
    return done();
}

static http_answer get_faults(const char *body, size_t size, void (*shutdown)(void))
{
    (void)body;
    (void)size;
    (void)shutdown;
    return http_json(MHD_HTTP_OK, json_pack("{s:I}", "left", (json_int_t)faults_left()));
}

static http_answer get_log(const char *body, size_t size, void (*shutdown)(void))
{
    (void)body;
    (void)size;
    (void)shutdown;
    return http_json(MHD_HTTP_OK, request_log_json());
}

static http_answer clear_log(const char *body, size_t size, void (*shutdown)(void))
{
    (void)body;
    (void)size;
    (void)shutdown;
    request_log_clear();
    return done();
}

static http_answer expire_tokens(const char *body, size_t size, void (*shutdown)(void))
{
    (void)body;
    (void)size;
    (void)shutdown;
    auth_expire_all();
    return done();
}

static http_answer get_proxies(const char *body, size_t size, void (*shutdown)(void))
{
    (void)body;
    (void)size;
    (void)shutdown;
    return http_json(MHD_HTTP_OK, forwards_json());
}

static http_answer act_on_drukbox(const char *(*act)(const json_t *wanted), const char *body, size_t size)
{
    json_t *json = body ? json_loadb(body, size, 0, NULL) : NULL;
    const char *problem = json_is_object(json) ? act(json) : "send a JSON object";
    json_decref(json);
    return problem ? http_error(MHD_HTTP_BAD_REQUEST, problem) : done();
}

static http_answer set_host(const char *body, size_t size, void (*shutdown)(void))
{
    (void)shutdown;
    return act_on_drukbox(drukbox_set_host, body, size);
}

static http_answer set_template(const char *body, size_t size, void (*shutdown)(void))
{
    (void)shutdown;
    return act_on_drukbox(drukbox_set_template, body, size);
}

static http_answer run_janitor(const char *body, size_t size, void (*shutdown)(void))
{
    (void)body;
    (void)size;
    (void)shutdown;
    return http_json(MHD_HTTP_OK, json_pack("{s:I}", "removed", (json_int_t)drukbox_run_janitor()));
}

static http_answer shut_down(const char *body, size_t size, void (*shutdown)(void))
{
    (void)body;
    (void)size;
    shutdown();
    return done();
}

static const struct {
    const char *method, *path;
    control_handler *handler;
} routes[] = {
    {"POST", "faults", add_faults},
    {"GET", "faults", get_faults},
    {"DELETE", "faults", clear_faults},
    {"GET", "log", get_log},
    {"DELETE", "log", clear_log},
    {"POST", "tokens/expire-all", expire_tokens},
    {"GET", "proxies", get_proxies},
    {"POST", "shutdown", shut_down},
    {"POST", "drukbox/host", set_host},
    {"POST", "drukbox/template", set_template},
    {"POST", "drukbox/janitor", run_janitor},
};

http_answer control_route(const http_request *request, const char *path, void (*shutdown)(void))
{
    bool path_known = false;
    for (size_t i = 0; i < count_of(routes); i++) {
        if (strcmp(routes[i].path, path) != 0)
            continue;
        path_known = true;
        if (strcmp(routes[i].method, request->method) == 0)
            return routes[i].handler(request->body, request->size, shutdown);
    }
    if (path_known)
        return http_error(MHD_HTTP_METHOD_NOT_ALLOWED, "this route has another method");
    return http_error(MHD_HTTP_NOT_FOUND, "no such control route");
}
