/*
 * control.c: the routes under /emulator/, with which tests control the emulator. HTTP threads.
 */
#include "control.h"

#include <stdlib.h>
#include <string.h>

#include "base/auth.h"
#include "base/faults.h"
#include "base/request_log.h"
#include "base/util.h"
#include "drukbox/drukbox.h"
#include "http/server.h"
#include "machine/forward.h"

static void (*shutdown_emulator)(void); /* set before the server starts */

static http_response done(void)
{
    return http_json(MHD_HTTP_OK, json_pack("{s:b}", "ok", 1));
}

/* Takes one fault or a list of faults. */
static http_response add_faults(const http_request *request)
{
    json_t *json = request->body ? json_loadb(request->body, request->size, 0, NULL) : NULL;
    char why[160];
    const char *problem = NULL;
    if (json_is_object(json)) {
        problem = faults_add(json, why, sizeof why);
    } else if (json_is_array(json)) {
        for (size_t i = 0; i < json_array_size(json) && problem == NULL; i++)
            problem = faults_add(json_array_get(json, i), why, sizeof why);
    } else {
        problem = "send a JSON object or a list of JSON objects";
    }
    json_decref(json);
    return problem ? http_error(MHD_HTTP_BAD_REQUEST, problem) : done();
}

static http_response clear_faults(const http_request *request)
{
    (void)request;
    faults_clear();
    return done();
}

static http_response get_faults(const http_request *request)
{
    (void)request;
    return http_json(MHD_HTTP_OK, json_pack("{s:I}", "left", (json_int_t)faults_left()));
}

static http_response get_log(const http_request *request)
{
    (void)request;
    return http_json(MHD_HTTP_OK, request_log_json());
}

static http_response clear_log(const http_request *request)
{
    (void)request;
    request_log_clear();
    return done();
}

static http_response expire_tokens(const http_request *request)
{
    (void)request;
    auth_expire_all();
    return done();
}

static http_response get_proxies(const http_request *request)
{
    (void)request;
    return http_json(MHD_HTTP_OK, forwards_json());
}

static http_response act_on_drukbox(const char *(*act)(const json_t *wanted), const http_request *request)
{
    json_t *json = request->body ? json_loadb(request->body, request->size, 0, NULL) : NULL;
    const char *problem = json_is_object(json) ? act(json) : "send a JSON object";
    json_decref(json);
    return problem ? http_error(MHD_HTTP_BAD_REQUEST, problem) : done();
}

static http_response set_host(const http_request *request)
{
    return act_on_drukbox(drukbox_set_host, request);
}

static http_response set_template(const http_request *request)
{
    return act_on_drukbox(drukbox_set_template, request);
}

static http_response run_janitor(const http_request *request)
{
    (void)request;
    return http_json(MHD_HTTP_OK, json_pack("{s:I}", "removed", (json_int_t)drukbox_run_janitor()));
}

static http_response shut_down(const http_request *request)
{
    (void)request;
    shutdown_emulator();
    return done();
}

static const struct {
    const char *method, *path;
    http_handler *handler;
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

void control_init(void (*shutdown)(void))
{
    shutdown_emulator = shutdown;
}

http_response control_route(const http_request *request)
{
    const char *path = request->path + sizeof HTTP_CONTROL_PREFIX - 1;
    bool path_known = false;
    for (size_t i = 0; i < count_of(routes); i++) {
        if (strcmp(routes[i].path, path) != 0)
            continue;
        path_known = true;
        if (strcmp(routes[i].method, request->method) == 0)
            return routes[i].handler(request);
    }
    if (path_known)
        return http_error(MHD_HTTP_METHOD_NOT_ALLOWED, "this route does not support the method");
    return http_error(MHD_HTTP_NOT_FOUND, "no such control route");
}
