/*
 * Errors of the service by endpoint: class, message, code, next step. No secret may ever be in a message.
 */
#include "bad_server.h"
#include "operations.h"

#include <stdio.h>

/* ---- by status, at every endpoint ---- */

static const struct {
    int http_status;
    boxd_status status;
    /* Repeating the call may help and is safe. */
    bool passing;
} statuses[] = {
    {400, BOXD_ERR_RESPONSE, false},       {401, BOXD_ERR_AUTHENTICATION, false},
    {403, BOXD_ERR_AUTHENTICATION, false}, {404, BOXD_ERR_NOT_FOUND, false},
    {405, BOXD_ERR_RESPONSE, false},       {409, BOXD_ERR_CONFLICT, false},
    {418, BOXD_ERR_RESPONSE, false},       {422, BOXD_ERR_VALIDATION, false},
    {429, BOXD_ERR_RESPONSE, true},        {500, BOXD_ERR_RESPONSE, false},
    {501, BOXD_ERR_RESPONSE, false},       {502, BOXD_ERR_PROVISIONING, false},
    {503, BOXD_ERR_UNAVAILABLE, true},     {504, BOXD_ERR_RESPONSE, false},
};

static void fault_at(const char *route, const char *more)
{
    char text[512];
    (void)snprintf(text, sizeof text, "{\"http\":\"%s\",%s}", route, more);
    emulator_fault(&emulator, text);
}

START_TEST(by_status)
{
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < drukbox_operation_count; i++)
        for (size_t k = 0; k < COUNT(statuses); k++) {
            const drukbox_operation *o = &drukbox_operations[i];
            boxd_error error = BOXD_ERROR_INIT;
            char more[128], shown[128];
            (void)snprintf(more, sizeof more,
                           "\"status\":%d,\"detail\":\"just so\",\"error_code\":\"SUCH_A_CODE\"",
                           statuses[k].http_status);
            fault_at(o->route, more);
            ck_assert_int_eq((int)o->run(&error), (int)error.status);
            e2e_expect(&error, statuses[k].status, "just so (");
            (void)snprintf(shown, sizeof shown, "(%s, %d SUCH_A_CODE)", o->request, statuses[k].http_status);
            e2e_expect(&error, statuses[k].status, shown);
            ck_assert_int_eq(error.http_status, statuses[k].http_status);
            ck_assert_int_eq(error.grpc_code, -1);
            ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
            ck_assert_int_eq(error.retry_after_ms, 0);
            /* 429 is sent before the request has any effect. */
            ck_assert(error.retryable ==
                      (statuses[k].passing && (o->repeatable || statuses[k].http_status == 429)));
        }
    drukbox_close(client);
}
END_TEST

/* The provider is at its limit of hosts. Only this code has this meaning, and only with 503. */
START_TEST(capacity)
{
    static const struct {
        const char *more;
        boxd_status status;
        int64_t retry_after_ms;
        const char *says;
    } rows[] = {
        {"\"status\":503,\"error_code\":\"CAPACITY\",\"detail\":\"full\",\"retry_after\":30",
         BOXD_ERR_CAPACITY, 30000, "full ("},
        {"\"status\":503,\"body\":\"{\\\"error_code\\\":\\\"CAPACITY\\\"}\",\"retry_after\":1",
         BOXD_ERR_CAPACITY, 1000, "provider at host limit ("},
        {"\"status\":503,\"error_code\":\"CAPACITY\"", BOXD_ERR_CAPACITY, 0, "503 CAPACITY"},
        {"\"status\":503,\"error_code\":\"capacity\"", BOXD_ERR_UNAVAILABLE, 0, ", 503)"},
        {"\"status\":503,\"error_code\":\"CAPACITY_\"", BOXD_ERR_UNAVAILABLE, 0, "503 CAPACITY_"},
        {"\"status\":409,\"error_code\":\"CAPACITY\",\"retry_after\":30", BOXD_ERR_CONFLICT, 30000,
         "409 CAPACITY"},
        {"\"status\":503,\"error_code\":\"SECRET_REFRESH\",\"retry_after\":5", BOXD_ERR_UNAVAILABLE, 5000,
         "503 SECRET_REFRESH"},
    };
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < drukbox_operation_count; i++)
        for (size_t k = 0; k < COUNT(rows); k++) {
            boxd_error error = BOXD_ERROR_INIT;
            fault_at(drukbox_operations[i].route, rows[k].more);
            drukbox_operations[i].run(&error);
            e2e_expect(&error, rows[k].status, rows[k].says);
            ck_assert_int_eq(error.retry_after_ms, rows[k].retry_after_ms);
            if (error.status == BOXD_ERR_CAPACITY)
                ck_assert(error.retryable); /* nothing was created */
        }
    ck_assert_int_eq((int)boxd_status_class(BOXD_ERR_CAPACITY), (int)boxd_status_class(BOXD_ERR_UNAVAILABLE));
    drukbox_close(client);
}
END_TEST

START_TEST(retry_after)
{
    static const struct {
        const char *value;
        int64_t ms;
    } rows[] = {
        {"30", 30000}, {"+7", 7000},
        {"0", 0},      {"-1", 0},
        {"1.5", 0},    {"soon", 0},
        {"", 0},       {"999999999999999999999999999999", (int64_t)INT32_MAX * 1000},
        {"3 4", 0},    {"Wed, 21 Oct 2026 07:28:00 GMT", 0},
    };
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        char more[200];
        (void)snprintf(more, sizeof more,
                       "\"status\":503,\"error_code\":\"CAPACITY\",\"headers\":{\"Retry-After\":\"%s\"}",
                       rows[i].value);
        fault_at("POST /hosts", more);
        ck_assert_ptr_null(try_host_create(NULL, &error));
        e2e_expect(&error, BOXD_ERR_CAPACITY, "503 CAPACITY");
        ck_assert_msg(error.retry_after_ms == rows[i].ms, "%s is %lld", rows[i].value,
                      (long long)error.retry_after_ms);
    }
    drukbox_close(client);
}
END_TEST

/* ---- errors of each endpoint ---- */

static const struct {
    drukbox_host_create_options options;
    boxd_status status;
    int http_status;
    const char *says;
} create_rows[] = {
    {{.provider = "moon"},
     BOXD_ERR_RESPONSE,
     400,
     "unknown provider 'moon'; available: aws, docker, exe, exoscale, hetzner (POST /hosts, 400)"},
    {{.provider = "docker", .instance_type = "x"},
     BOXD_ERR_RESPONSE,
     400,
     "provider 'docker' does not support a per-request instance_type (POST /hosts, 400)"},
    {{.provider = "docker", .disk_gb = 4},
     BOXD_ERR_RESPONSE,
     400,
     "provider 'docker' does not support a per-request disk_gb (POST /hosts, 400)"},
    {{.image = " "}, BOXD_ERR_VALIDATION, 422, "image must not be blank"},
    {{.image = ""}, BOXD_ERR_VALIDATION, 422, "image must not be blank"},
    {{.instance_type = ""}, BOXD_ERR_VALIDATION, 422, "instance_type must not be blank"},
    {{.image = "", .instance_type = ""},
     BOXD_ERR_VALIDATION,
     422,
     "Value error, image must not be blank; Value error, instance_type must not be blank"},
    {{.expires_at_ms = 1}, BOXD_ERR_VALIDATION, 422, "expires_at must be in the future"},
    {{.env = BOXD_ARGV("DRUKBOX_X=1")},
     BOXD_ERR_VALIDATION,
     422,
     "reserved env keys are not allowed: DRUKBOX_X"},
    {{.idempotency_key = "a/b"}, BOXD_ERR_VALIDATION, 422, "String should match pattern"},
    {{.template_id = ""}, BOXD_ERR_VALIDATION, 422, "valid UUID"},
    {{.template_id = "no-uuid"}, BOXD_ERR_VALIDATION, 422, "valid UUID"},
    {{.template_id = OPERATION_ID}, BOXD_ERR_RESPONSE, 400, "400 UNKNOWN_TEMPLATE"},
};

START_TEST(creates)
{
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(create_rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_host_create_options options = create_rows[i].options;
        options.size = sizeof options;
        ck_assert_ptr_null(try_host_create(&options, &error));
        e2e_expect(&error, create_rows[i].status, create_rows[i].says);
        ck_assert_int_eq(error.http_status, create_rows[i].http_status);
        ck_assert(!error.retryable);
    }
    drukbox_close(client);
}
END_TEST

/* The texts and codes of the service's failures. */
START_TEST(failures)
{
    static const struct {
        size_t operation;
        int http_status;
        boxd_status status;
        const char *says;
        int64_t retry_after_ms;
    } rows[] = {
        {0, 502, BOXD_ERR_PROVISIONING, "502 PROVISIONING_FAILED", 0},
        {0, 503, BOXD_ERR_UNAVAILABLE, "host provisioning could not be completed (POST /hosts, 503)", 0},
        {0, 409, BOXD_ERR_CONFLICT, "409 HOST_STATE", 0},
        {0, 500, BOXD_ERR_RESPONSE, "Sandbox service returned non-JSON output", 0},
        {3, 500, BOXD_ERR_RESPONSE, "Sandbox service returned non-JSON output (GET /hosts, 500)", 0},
        {4, 409, BOXD_ERR_CONFLICT, "host is still provisioning", 0},
        {4, 503, BOXD_ERR_UNAVAILABLE, "503 HOST_TEARDOWN", 0},
        {6, 503, BOXD_ERR_UNAVAILABLE, "503 SECRET_REFRESH", 5000},
        {8, 501, BOXD_ERR_RESPONSE, "501 HTTP_PROXY_UNSUPPORTED", 0},
        {8, 503, BOXD_ERR_UNAVAILABLE, "503 HTTP_PROXY", 0},
        {9, 503, BOXD_ERR_UNAVAILABLE, "503 HTTP_PROXY", 0},
        {10, 503, BOXD_ERR_UNAVAILABLE, "503 HTTP_PROXY", 0},
        {11, 503, BOXD_ERR_UNAVAILABLE, "503 HTTP_PROXY", 0},
        {15, 409, BOXD_ERR_CONFLICT, "409 TEMPLATE_STATE", 0},
        {15, 503, BOXD_ERR_UNAVAILABLE, "503 TEMPLATE_TEARDOWN", 0},
    };
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        char more[40];
        (void)snprintf(more, sizeof more, "\"status\":%d", rows[i].http_status);
        fault_at(drukbox_operations[rows[i].operation].route, more);
        drukbox_operations[rows[i].operation].run(&error);
        e2e_expect(&error, rows[i].status, rows[i].says);
        ck_assert_int_eq(error.retry_after_ms, rows[i].retry_after_ms);
        ck_assert_int_eq(error.http_status, rows[i].http_status);
    }
    drukbox_close(client);
}
END_TEST

/* Unknown ids, and malformed ids. */
START_TEST(unknown_ids)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    ck_assert_ptr_null(try_host_get(OPERATION_ID, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "host not found (GET /hosts/" OPERATION_ID ", 404)");
    ck_assert_ptr_null(try_host_get("no-uuid", &error));
    e2e_expect(&error, BOXD_ERR_VALIDATION, "Input should be a valid UUID");
    ck_assert_ptr_null(try_host_renew(OPERATION_ID, NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "host not found");
    ck_assert_int_eq((int)try_host_delete("no-uuid", &error), (int)BOXD_ERR_VALIDATION);
    ck_assert_int_eq((int)try_host_refresh_secret(OPERATION_ID, "openai", &error), (int)BOXD_ERR_NOT_FOUND);
    ck_assert_ptr_null(try_template_get("no-uuid", &error));
    e2e_expect(&error, BOXD_ERR_VALIDATION, "valid UUID");
    ck_assert_int_eq((int)try_template_delete(OPERATION_ID, &error), (int)BOXD_ERR_NOT_FOUND);
    drukbox_close(client);
}
END_TEST

/* The service checks the token before anything else. */
START_TEST(wrong_token)
{
    drukbox_open(_i, BOXD_OPTIONS(drukbox_client_options, .token = "hunter2-hunter2"));
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_operations[i].run(&error);
        e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "rejected (");
        e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "; check the client's token");
        ck_assert_int_eq(error.http_status, 403);
        ck_assert_msg(!strstr(error.message, "hunter2"), "%s", error.message);
    }
    drukbox_close(client);
}
END_TEST

/* ---- secrets in messages ---- */

/* Errors may repeat data of the request: in `detail`, in a `detail` that is not a string, in validation
 * errors. */
START_TEST(no_secret_is_repeated)
{
    static const char *const forms[][3] = {
        {"\"status\":400,\"detail\":\"you said ", ", and ", "!\""},
        {"\"status\":422,\"body\":\"{\\\"detail\\\":[{\\\"msg\\\":\\\"", "\\\"},{\\\"msg\\\":\\\"x",
         "x\\\"}]}\""},
        {"\"status\":403,\"body\":\"{\\\"detail\\\":{\\\"said\\\":[\\\"", "\\\"],\\\"", "\\\":1}}\""},
        {"\"status\":409,\"body\":\"{\\\"detail\\\":[\\\"", "\\\",\\\"", "\\\"]}\""},
        {"\"status\":422,\"body\":\"{\\\"detail\\\":[{\\\"msg\\\":\\\"m\\\",\\\"loc\\\":[\\\"body\\\",\\\"",
         "\\\",1,\\\"", "\\\"]}]}\""},
    };
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < drukbox_operation_count; i++)
        for (size_t k = 0; k < 2 * COUNT(forms); k++) {
            const drukbox_operation *o = &drukbox_operations[i];
            const bool holds = o->body && strstr(o->body, OPERATION_SECRET);
            const char *secret = k % 2 && holds ? OPERATION_SECRET : TEST_TOKEN;
            boxd_error error = BOXD_ERROR_INIT;
            char more[400];
            const char *const *form = forms[k / 2];
            (void)snprintf(more, sizeof more, "%s%s%s%s%s", form[0], secret, form[1], secret, form[2]);
            fault_at(o->route, more);
            o->run(&error);
            ck_assert_msg(!strstr(error.message, secret), "%s", error.message);
            e2e_expect(&error, error.status, "****");
        }
    drukbox_close(client);
}
END_TEST

/* A gateway before the service limits requests and answers in its own format. */
START_TEST(too_many_for_a_gateway)
{
    drukbox_on(_i);
    bad_server *server = bad_server_start_one(
        BAD_HTTP,
        "HTTP/1.1 429 No\r\nRetry-After: 7\r\nConnection: close\r\nContent-Length: 6\r\n\r\n<html>");
    client = drukbox_open_port(bad_server_port(server), 0);
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_operations[i].run(&error);
        e2e_expect(&error, BOXD_ERR_RESPONSE, "non-JSON");
        ck_assert(error.retryable && error.sent == BOXD_SENT_YES && error.retry_after_ms == 7000);
    }
    drukbox_close(client);
    bad_server_stop(server);
}
END_TEST

/* The last byte of the buffer would be the first byte of a multi-byte character. */
START_TEST(places_are_cut_between_letters)
{
    static const char answer[] = "HTTP/1.1 422 No\r\n\r\n{\"detail\":[{\"msg\":\"m\",\"loc\":[\""
                                 "éééééééééééééééééééééééééééééééééééééééé\"]}]}";
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_on(_i);
    bad_server *server = bad_server_start_one(BAD_HTTP, answer);
    client = drukbox_open_port(bad_server_port(server), 0);
    drukbox_host_free(try_host_get("x", &error));
    e2e_expect(&error, BOXD_ERR_VALIDATION, "m (GET /hosts/x, 422 in é");
    e2e_expect(&error, BOXD_ERR_VALIDATION, "é...)");
    drukbox_close(client);
    bad_server_stop(server);
}
END_TEST

/* A secret that JSON writes with escapes, in a `detail` that is shown as JSON; a secret of several lines, in
 * a message with several lines. */
static const struct {
    const char *secret, *answer;
} odd_secrets[] = {
    {"hunter\"2\\hunter", "HTTP/1.1 400 Bad Request\r\n\r\n"
                          "{\"detail\":{\"said\":[\"hunter\\\"2\\\\hunter\"],\"as text\":\"fine\"}}"},
    {"hunter\n2\nhunter", "HTTP/1.1 400 Bad Request\r\n\r\n{\"detail\":\"hunter\\n2\\nhunter is fine\"}"},
};

START_TEST(unusual_secrets)
{
    drukbox_open(_i, NULL);
    drukbox_close(client);
    for (size_t i = 0; i < COUNT(odd_secrets); i++) {
        const drukbox_secret *const secrets[] = {
            BOXD_OPTIONS(drukbox_secret, .service = "openai", .value = odd_secrets[i].secret)};
        drukbox_host_create_options options = {.size = sizeof options, .secrets = secrets, .secret_count = 1};
        boxd_error error = BOXD_ERROR_INIT;
        bad_server *server = bad_server_start_one(BAD_HTTP, odd_secrets[i].answer);
        client = drukbox_open_port(bad_server_port(server), 0);
        ck_assert_ptr_null(try_host_create(&options, &error));
        e2e_expect(&error, BOXD_ERR_RESPONSE, "fine");
        ck_assert_msg(!strstr(error.message, "hunter"), "%s", error.message);
        drukbox_close(client);
        bad_server_stop(server);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_errors");
    drukbox_add(suite, by_status);
    drukbox_add(suite, capacity);
    drukbox_add(suite, retry_after);
    drukbox_add(suite, creates);
    drukbox_add(suite, failures);
    drukbox_add(suite, unknown_ids);
    drukbox_add(suite, wrong_token);
    drukbox_add(suite, no_secret_is_repeated);
    drukbox_add(suite, unusual_secrets);
    drukbox_add(suite, too_many_for_a_gateway);
    drukbox_add(suite, places_are_cut_between_letters);
    return drukbox_main(suite, NULL);
}
