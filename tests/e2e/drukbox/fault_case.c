/* Runs a Drukbox operation against a misbehaving server and checks its error. */
#include "fault_case.h"

#include <stdio.h>

enum { MAX_ANSWER = 256 * 1024 };

void fault_judge(const char *row, const char *operation, boxd_status status, const boxd_error *error,
                 const wanted *wants)
{
    ck_assert_msg(status == wants->status, "%s, %s on %s: wanted %s, got %s: %s", row, operation,
                  surface_names[on_surface], boxd_status_name(wants->status), boxd_status_name(status),
                  error->message);
    ck_assert_int_eq((int)error->status, (int)status);
    if (status == BOXD_OK) {
        const char *name = wants->part ? wants->part : "";
        ck_assert_msg(strcmp(operation_host_name, name) == 0, "%s, %s: the name is \"%s\"", row, operation,
                      operation_host_name);
        return;
    }
    ck_assert_msg(!wants->part || strstr(error->message, wants->part), "%s, %s: wanted \"%s\" in: %s", row,
                  operation, wants->part, error->message);
    ck_assert_msg(error->http_status == wants->http_status && error->sent == wants->sent &&
                      error->retry_after_ms == wants->retry_after_ms && error->grpc_code == -1,
                  "%s, %s: HTTP %d, sent %d, retry after %lld, gRPC %d: %s", row, operation,
                  error->http_status, (int)error->sent, (long long)error->retry_after_ms, error->grpc_code,
                  error->message);
}

void fault_try(const char *row, const char *operation, const wanted *wants)
{
    boxd_error error = BOXD_ERROR_INIT;
    operation_host_name[0] = '\0';
    const boxd_status status = drukbox_operation_of(operation)->run(&error);
    fault_judge(row, operation, status, &error, wants);
}

void fault_client(int port, int64_t timeout_ms)
{
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    client =
        drukbox_open_another(BOXD_OPTIONS(drukbox_client_options, .base_url = url, .token = TEST_TOKEN,
                                          .step_timeout_ms = timeout_ms, .max_response_bytes = MAX_ANSWER));
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
