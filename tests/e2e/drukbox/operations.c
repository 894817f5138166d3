/* The table of all Drukbox operations, for tests that run each of them. */
#include "operations.h"

#include <stdio.h>

#define ID OPERATION_ID

char operation_host_name[64];

static void keep_name(const drukbox_host *host)
{
    ck_assert(!host || host->id);
    (void)snprintf(operation_host_name, sizeof operation_host_name, "%s",
                   host && host->name ? host->name : "");
}

static boxd_status end_with_host(drukbox_host *host, const boxd_error *error)
{
    keep_name(host);
    drukbox_host_free(host);
    return host ? BOXD_OK : error->status;
}

static boxd_call_options call(void)
{
    return call_options ? *call_options : (boxd_call_options)BOXD_CALL_OPTIONS_INIT;
}

#define RUN_RESULT(type, name, ...)                                                                          \
    static boxd_status run_##name(boxd_error *error)                                                         \
    {                                                                                                        \
        type *result = try_##name(__VA_ARGS__);                                                              \
        type##_free(result);                                                                                 \
        return result ? BOXD_OK : error->status;                                                             \
    }

/* The same for operations whose result has hosts. */
#define RUN_HOST(name, ...)                                                                                  \
    static boxd_status run_##name(boxd_error *error)                                                         \
    {                                                                                                        \
        drukbox_host *host = try_##name(__VA_ARGS__);                                                        \
        return end_with_host(host, error);                                                                   \
    }

#define RUN_STATUS(name, ...)                                                                                \
    static boxd_status run_##name(boxd_error *error)                                                         \
    {                                                                                                        \
        return try_##name(__VA_ARGS__);                                                                      \
    }

static boxd_status run_host_create(boxd_error *error)
{
    drukbox_host_create_options options = DRUKBOX_HOST_CREATE_OPTIONS_INIT;
    options.call = call();
    options.env = BOXD_ARGV("A=b");
    options.secrets = BOXD_LIST(drukbox_secret,
                                BOXD_OPTIONS(drukbox_secret, .service = "openai", .value = OPERATION_SECRET));
    options.secret_count = 1;
    return end_with_host(try_host_create(&options, error), error);
}

static boxd_status run_host_list(boxd_error *error)
{
    drukbox_hosts *hosts = try_host_list(error);
    keep_name(hosts && hosts->count > 0 ? hosts->items[0] : NULL);
    drukbox_hosts_free(hosts);
    return hosts ? BOXD_OK : error->status;
}

RUN_HOST(host_renew, ID,
         BOXD_OPTIONS(drukbox_host_renew_options, .call = call(), .expires_at_ms = 1893456000000), error)
RUN_RESULT(drukbox_template, template_create, "echo hello",
           BOXD_OPTIONS(drukbox_template_create_options, .call = call(), .label = "l"), error)
RUN_HOST(host_get, ID, error)
RUN_HOST(host_attach, ID, error)
RUN_RESULT(drukbox_doctor_report, client_doctor, error)
RUN_RESULT(drukbox_http_proxy, http_proxy_create, "p", "http://h", BOXD_ARGV("X-Key=" OPERATION_SECRET),
           error)
RUN_RESULT(drukbox_http_proxy_attachment, http_proxy_attach, "p", ID, error)
RUN_RESULT(drukbox_template, template_get, ID, error)
RUN_RESULT(drukbox_templates, template_list, error)
RUN_RESULT(drukbox_service_account, service_account_create, "a", error)
RUN_STATUS(host_delete, ID, error)
RUN_STATUS(host_refresh_secret, ID, "openai", error)
RUN_STATUS(http_proxy_delete, "p", error)
RUN_STATUS(http_proxy_detach, "p", ID, error)
RUN_STATUS(template_delete, ID, error)
RUN_STATUS(service_account_remove, "a", error)

#define ROW(name, route, request, body, repeatable, missing)                                                 \
    {                                                                                                        \
        "drukbox_" #name, route, request, body, run_##name, repeatable, missing                              \
    }

const drukbox_operation drukbox_operations[] = {
    ROW(host_create, "POST /hosts", "POST /hosts",
        "{\"env\":{\"A\":\"b\"},\"secrets\":{\"openai\":{\"value\":\"" OPERATION_SECRET "\"}}}", false,
        "\"id\""),
    ROW(host_get, "GET /hosts/{id}", "GET /hosts/" ID, NULL, true, "\"id\""),
    ROW(host_attach, "GET /hosts/{id}", "GET /hosts/" ID, NULL, true, "\"id\""),
    ROW(host_list, "GET /hosts", "GET /hosts", NULL, true, NULL),
    ROW(host_delete, "DELETE /hosts/{id}", "DELETE /hosts/" ID, NULL, true, NULL),
    ROW(host_renew, "POST /hosts/{id}/renew", "POST /hosts/" ID "/renew",
        "{\"expires_at\":\"2030-01-01T00:00:00+00:00\"}", true, "\"id\""),
    ROW(host_refresh_secret, "POST /hosts/{id}/secrets/{service}/refresh",
        "POST /hosts/" ID "/secrets/openai/refresh", NULL, true, NULL),
    ROW(client_doctor, "GET /doctor", "GET /doctor", NULL, true, "\"ok\""),
    ROW(http_proxy_create, "POST /http-proxies", "POST /http-proxies",
        "{\"name\":\"p\",\"target\":\"http://h\",\"headers\":{\"X-Key\":\"" OPERATION_SECRET "\"}}", false,
        NULL),
    ROW(http_proxy_delete, "DELETE /http-proxies/{name}", "DELETE /http-proxies/p", NULL, true, NULL),
    ROW(http_proxy_attach, "POST /http-proxies/{name}/hosts/{host_id}", "POST /http-proxies/p/hosts/" ID,
        NULL, true, NULL),
    ROW(http_proxy_detach, "DELETE /http-proxies/{name}/hosts/{host_id}", "DELETE /http-proxies/p/hosts/" ID,
        NULL, true, NULL),
    ROW(template_create, "POST /templates", "POST /templates",
        "{\"setup_script\":\"echo hello\",\"label\":\"l\"}", true, "\"id\""),
    ROW(template_get, "GET /templates/{id}", "GET /templates/" ID, NULL, true, "\"id\""),
    ROW(template_list, "GET /templates", "GET /templates", NULL, true, NULL),
    ROW(template_delete, "DELETE /templates/{id}", "DELETE /templates/" ID, NULL, true, NULL),
    ROW(service_account_create, "POST /service-accounts", "POST /service-accounts", "{\"name\":\"a\"}", false,
        "\"token\""),
    ROW(service_account_remove, "DELETE /service-accounts/{name}", "DELETE /service-accounts/a", NULL, true,
        NULL),
};
const size_t drukbox_operation_count = COUNT(drukbox_operations);

const drukbox_operation *drukbox_operation_of(const char *name)
{
    const drukbox_operation *is = drukbox_operations;
    while (is < drukbox_operations + drukbox_operation_count &&
           strcmp(is->function + strlen("drukbox_"), name) != 0)
        is++;
    ck_assert_msg(is < drukbox_operations + drukbox_operation_count, "no operation %s", name);
    return is;
}
