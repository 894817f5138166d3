/*
 * Calls that wait for a state: the server answers each request on a connection of its own.
 */
#include "fault_case.h"

#include <semaphore.h>
#include <stdio.h>

enum { MAX_ANSWERS = 6 };

/* An answer with a record of this status; "": the service cannot be reached; "503"; "404". */
static bad_act act_of(const char *status, char text[256])
{
    char body[128];
    if (!*status)
        return (bad_act){.behaviour = BAD_HTTP};
    if (*status == '5' || *status == '4')
        (void)snprintf(text, 256, "HTTP/1.1 %s X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                       status);
    else {
        const int size = snprintf(body, sizeof body,
                                  "{\"id\":\"h1\",\"status\":\"%s\",\"last_error\":\"no quota\"}", status);
        (void)snprintf(text, 256, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
                       size, body);
    }
    return (bad_act){.behaviour = BAD_HTTP, .text = text};
}

static const struct {
    const char *statuses[MAX_ANSWERS];
    const char *part;
    boxd_status status;
    bool is_template;
} rows[] = {
    {{"active"}, NULL, BOXD_OK, false},
    {{"provisioning", "creating_vm", "bootstrapping", "active"}, NULL, BOXD_OK, false},
    {{"creating_vm", "503", "", "active"}, NULL, BOXD_OK, false},
    {{"a_new_state", "active"}, NULL, BOXD_OK, false},
    {{"creating_vm", "error"}, "host h1 failed: no quota", BOXD_ERR_PROVISIONING, false},
    {{"creating_vm", "404"}, "", BOXD_ERR_NOT_FOUND, false},
    {{"401"}, "", BOXD_ERR_AUTHENTICATION, false},
    {{"building", "available"}, NULL, BOXD_OK, true},
    {{"building", "failed"}, "template h1 failed: no quota", BOXD_ERR_PROVISIONING, true},
};

START_TEST(states)
{
    const drukbox_wait_options *options = BOXD_OPTIONS(drukbox_wait_options, .interval_ms = 1);
    drukbox_on(_i);
    for (size_t i = 0; i < COUNT(rows); i++) {
        bad_act acts[MAX_ANSWERS];
        char texts[MAX_ANSWERS][256];
        int count = 0;
        boxd_error error = BOXD_ERROR_INIT;
        for (; rows[i].statuses[count]; count++)
            acts[count] = act_of(rows[i].statuses[count], texts[count]);
        bad_server *server = bad_server_start(acts, (size_t)count);
        client = drukbox_open_port(bad_server_port(server), 0);
        drukbox_template *t =
            rows[i].is_template ? try_template_wait_until_available("h1", options, &error) : NULL;
        drukbox_host *host = rows[i].is_template ? NULL : try_host_wait_until_active("h1", options, &error);
        ck_assert_msg(error.status == rows[i].status, "row %zu: %s", i, error.message);
        if (rows[i].status == BOXD_OK) {
            ck_assert(t || host);
            ck_assert_str_eq(t ? t->status : host->status, rows[i].statuses[count - 1]);
        } else {
            ck_assert_msg(strstr(error.message, rows[i].part) && error.sent == BOXD_SENT_YES, "row %zu: %s",
                          i, error.message);
        }
        ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), count);
        drukbox_template_free(t);
        drukbox_host_free(host);
        fault_close(server);
    }
}
END_TEST

/* Waits until the deadline passes in the pause after the first request, whose outcome is then in the message:
 * `part`. On a slow machine the deadline is later. */
static void wait_until_deadline(const char *part, boxd_error *error)
{
    drukbox_wait_options options = DRUKBOX_WAIT_OPTIONS_INIT;
    options.interval_ms = 1000000;
    options.call.timeout_ms = 100;
    do {
        options.call.timeout_ms *= 2;
        ck_assert_ptr_null(try_host_wait_until_active("h1", &options, error));
    } while (!strstr(error->message, part) && options.call.timeout_ms < E2E_PATIENCE_MS);
}

/* A deadline in a pause; and wrong arguments. */
START_TEST(stopped)
{
    char text[256];
    const bad_act act = act_of("creating_vm", text);
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_on(_i);
    bad_server *server = bad_server_start(&act, 1);
    client = drukbox_open_port(bad_server_port(server), 0);
    wait_until_deadline("it is creating_vm", &error);
    ck_assert_msg(error.status == BOXD_ERR_TIMEOUT && error.retryable && error.sent == BOXD_SENT_YES &&
                      strstr(error.message, "it is creating_vm") && strstr(error.message, "/hosts/h1"),
                  "%s", error.message);
    ck_assert_ptr_null(
        try_host_wait_until_active("h1", BOXD_OPTIONS(drukbox_wait_options, .interval_ms = -1), &error));
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_null(try_host_wait_until_active("", NULL, &error));
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_INVALID_ARGUMENT);
    fault_close(server);
}
END_TEST

/* A deadline while the service cannot be reached: nothing was sent, or it is not known. */
START_TEST(stopped_without_an_answer)
{
    const bad_act act = {.behaviour = BAD_HTTP}; /* reads the request and closes the connection */
    for (int unreachable = 0; unreachable < 2; unreachable++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_on(_i);
        bad_server *server = bad_server_start(&act, 1);
        client = drukbox_open_port(unreachable ? 1 : bad_server_port(server), 0);
        wait_until_deadline("the last answer", &error);
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "waiting ended early");
        ck_assert_int_eq((int)error.sent, (int)(unreachable ? BOXD_SENT_NO : BOXD_SENT_UNKNOWN));
        fault_close(server);
    }
}
END_TEST

/* A deadline while the service does not answer the second request. */
START_TEST(stopped_in_a_request)
{
    char text[256];
    const bad_act acts[] = {act_of("creating_vm", text), {.behaviour = BAD_SILENT}};
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_on(_i);
    int connections = 0;
    for (int timeout_ms = 400; connections < 2; timeout_ms *= 2) { /* a slow machine gets a longer deadline */
        bad_server *server = bad_server_start(acts, COUNT(acts));
        client = drukbox_open_port(bad_server_port(server), 0);
        const drukbox_wait_options options = {
            .size = sizeof options, .interval_ms = 1, .call.timeout_ms = timeout_ms};
        ck_assert_int_lt(timeout_ms, E2E_PATIENCE_MS);
        ck_assert_ptr_null(try_host_wait_until_active("h1", &options, &error));
        connections = bad_server_connections(server);
        fault_close(server);
    }
    ck_assert_int_eq(connections, 2);
    ck_assert_msg(error.status == BOXD_ERR_TIMEOUT && error.retryable && error.sent == BOXD_SENT_YES &&
                      strstr(error.message, "it is creating_vm") && strstr(error.message, "/hosts/h1"),
                  "%s", error.message);
}
END_TEST

/* ---- no blocking inside a callback ---- */

static const char *const blocking[] = {"drukbox_host_wait_until_active",
                                       "drukbox_template_wait_until_available"};

static void block(drukbox_doctor_report *report, const boxd_error *error, void *data)
{
    boxd_error own = BOXD_ERROR_INIT;
    e2e_ok(report, *error);
    drukbox_doctor_report_free(report);
    ck_assert_ptr_null(drukbox_host_wait_until_active(client, "h1", NULL, &own));
    e2e_expect(&own, BOXD_ERR_WOULD_DEADLOCK, blocking[0]);
    ck_assert_ptr_null(drukbox_template_wait_until_available(client, "t1", NULL, &own));
    e2e_expect(&own, BOXD_ERR_WOULD_DEADLOCK, blocking[1]);
    sem_post(data);
}

START_TEST(would_deadlock)
{
    sem_t ran;
    sem_init(&ran, 0, 0);
    drukbox_open(DRUKBOX_CALLBACKS, NULL);
    drukbox_aio_client_doctor(client, NULL, block, &ran);
    sem_wait(&ran);
    drukbox_close(client);
    sem_destroy(&ran);
}
END_TEST

int main(int argc, char **argv)
{
    if (e2e_list_blocking(argc, argv, blocking, COUNT(blocking)))
        return 0;
    Suite *suite = suite_create("drukbox_wait");
    drukbox_add(suite, states);
    drukbox_add(suite, stopped);
    drukbox_add(suite, stopped_without_an_answer);
    drukbox_add(suite, stopped_in_a_request);
    e2e_add_once(suite, would_deadlock);
    return drukbox_main(suite, NULL);
}
