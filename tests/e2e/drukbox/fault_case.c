#include "fault_case.h"

#include <stdio.h>

enum { MAX_ANSWER = 256 * 1024 };

char host_name[64];

/* ---- operations ---- */

static void keep_name(const drukbox_host *host)
{
    if (host)
        (void)snprintf(host_name, sizeof host_name, "%s", host->name ? host->name : "");
    ck_assert(!host || host->id);
}

#define RUN_RESULT(type, name, arguments, look)                                                              \
    static boxd_status run_##name(boxd_error *error)                                                         \
    {                                                                                                        \
        type *result = try_##name arguments;                                                                 \
        look;                                                                                                \
        type##_free(result);                                                                                 \
        return result ? BOXD_OK : error->status;                                                             \
    }

#define RUN_STATUS(name, arguments)                                                                          \
    static boxd_status run_##name(boxd_error *error)                                                         \
    {                                                                                                        \
        return try_##name arguments;                                                                         \
    }

static const char *const HEADERS[] = {"Authorization=word", NULL};

RUN_RESULT(drukbox_host, host_get, ("h1", error), keep_name(result))
RUN_RESULT(drukbox_host, host_attach, ("h1", error), keep_name(result))
RUN_RESULT(drukbox_host, host_create, (NULL, error), keep_name(result))
RUN_RESULT(drukbox_host, host_renew, ("h1", NULL, error), keep_name(result))
RUN_RESULT(drukbox_hosts, host_list, (error), keep_name(result && result->count ? result->items : NULL))
RUN_RESULT(drukbox_doctor_report, client_doctor, (error), (void)0)
RUN_RESULT(drukbox_http_proxy, http_proxy_create, ("p1", "https://example.org", HEADERS, error), (void)0)
RUN_RESULT(drukbox_http_proxy_attachment, http_proxy_attach, ("p1", "h1", error), (void)0)
RUN_RESULT(drukbox_template, template_create, ("true", NULL, error), (void)0)
RUN_RESULT(drukbox_template, template_get, ("t1", error), (void)0)
RUN_RESULT(drukbox_templates, template_list, (error), (void)0)
RUN_RESULT(drukbox_service_account, service_account_create, ("a1", error), (void)0)
RUN_STATUS(host_delete, ("h1", error))
RUN_STATUS(host_refresh_secret, ("h1", "github", error))
RUN_STATUS(http_proxy_delete, ("p1", error))
RUN_STATUS(http_proxy_detach, ("p1", "h1", error))
RUN_STATUS(template_delete, ("t1", error))
RUN_STATUS(service_account_remove, ("a1", error))

#define RECORD(name, lacks)                                                                                  \
    {                                                                                                        \
#name, run_##name, lacks, false, true                                                                \
    }
#define ARRAY(name)                                                                                          \
    {                                                                                                        \
#name, run_##name, NULL, true, false                                                                 \
    }
#define PLAIN(name)                                                                                          \
    {                                                                                                        \
#name, run_##name, NULL, false, false                                                                \
    }

const tried operations[] = {
    RECORD(host_get, "\"id\""),
    ARRAY(host_list),
    RECORD(host_create, "\"id\""),
    PLAIN(host_delete),
    RECORD(client_doctor, "\"ok\""),
    RECORD(service_account_create, "\"token\""),
    RECORD(host_attach, "\"id\""),
    RECORD(host_renew, "\"id\""),
    RECORD(http_proxy_create, NULL),
    RECORD(http_proxy_attach, NULL),
    RECORD(template_create, "\"id\""),
    RECORD(template_get, "\"id\""),
    ARRAY(template_list),
    PLAIN(host_refresh_secret),
    PLAIN(http_proxy_delete),
    PLAIN(http_proxy_detach),
    PLAIN(template_delete),
    PLAIN(service_account_remove),
};
const size_t operation_count = COUNT(operations);

const tried *const GET = &operations[0], *const LIST = &operations[1], *const CREATE = &operations[2],
                   *const DELETE = &operations[3], *const DOCTOR = &operations[4],
                   *const ACCOUNT = &operations[5];

/* ---- one call ---- */

void fault_try(const char *row, const tried *is, const wanted *wants)
{
    boxd_error error = BOXD_ERROR_INIT;
    host_name[0] = '\0';
    const boxd_status status = is->run(&error);
    ck_assert_msg(status == wants->status, "%s, %s on %s: wanted %s, got %s: %s", row, is->name,
                  surface_names[on_surface], boxd_status_name(wants->status), boxd_status_name(status),
                  error.message);
    ck_assert_int_eq((int)error.status, (int)status);
    if (status == BOXD_OK) {
        const char *name = wants->part ? wants->part : "";
        ck_assert_msg(strcmp(host_name, name) == 0, "%s, %s: the name is \"%s\"", row, is->name, host_name);
        return;
    }
    ck_assert_msg(!wants->part || strstr(error.message, wants->part), "%s, %s: wanted \"%s\" in: %s", row,
                  is->name, wants->part, error.message);
    ck_assert_msg(error.http_status == wants->http_status && error.sent == wants->sent &&
                      error.retry_after_ms == wants->retry_after_ms && error.grpc_code == -1,
                  "%s, %s: HTTP %d, sent %d, retry after %lld, gRPC %d: %s", row, is->name, error.http_status,
                  (int)error.sent, (long long)error.retry_after_ms, error.grpc_code, error.message);
}

void fault_client(int port, int64_t timeout_ms)
{
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    client = drukbox_open_another(BOXD_OPTIONS(drukbox_client_options, .base_url = url, .token = TEST_TOKEN,
                                               .timeout_ms = timeout_ms, .max_answer_bytes = MAX_ANSWER));
}

bad_server *fault_open(const bad_act *act, int64_t timeout_ms)
{
    bad_server *server = bad_server_start(act, 1);
    fault_client(bad_server_port(server), timeout_ms);
    return server;
}

void fault_close(bad_server *server)
{
    drukbox_close(client);
    client = NULL;
    bad_server_stop(server);
}
