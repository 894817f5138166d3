/*
 * Failed allocations at every place: each operation is repeated with one more successful allocation of
 * the library, until none fails. Each run ends once, in a result or an error, and leaks nothing (the
 * program runs under ASan too). Allocations of jansson fail as well, those of libcurl in unit.http_memory.
 *
 * The program links the objects of the library, not the shared library, to call mem_fail_after().
 */
#include "bad_server.h"
#include "mem.h"
#include "operations.h"

#include <jansson.h>
#include <stdio.h>

#define RECORD                                                                                               \
    "{\"id\":\"i\",\"name\":\"n\",\"token\":\"t\",\"status\":\"s\",\"disk_gb\":5,\"private_key\":\"k\","     \
    "\"created_at\":\"2026-06-01T12:00:00Z\",\"host_id\":\"h\",\"ok\":true,\"tailnet\":false,"               \
    "\"last_error\":\"e\",\"checks\":[{\"name\":\"c\",\"detail\":\"d\"},{}]}"
#define DETAIL "{\"detail\":[{\"msg\":\"first\"},{\"msg\":\"second\"}],\"error_code\":\"A_CODE\"}"

typedef struct served {
    const char *status_line, *body;
} served;

static const served servers[] = {
    {"200 OK", RECORD},       {"200 OK", "[" RECORD "," RECORD "]"}, {"422 Unprocessable", DETAIL},
    {"409 Conflict", DETAIL}, {"503 Unavailable", "no JSON"},
};

enum { ENOUGH = 1000, ANSWER_SIZE = 2048 };

static bad_server *serving; /* of the running test; or NULL */

static int count_requests(void)
{
    return serving ? bad_server_count(serving, BAD_REQUESTS) : 0;
}

/* Whether an allocation failed during `attempt` when only this number succeed. */
static bool fails(boxd_status (*attempt)(boxd_error *error), int allowed, boxd_error *error)
{
    const int requests = count_requests();
    const uint64_t before = mem_fail_after(allowed);
    const boxd_status status = attempt(error);
    const uint64_t made = mem_fail_after(-1) - before;
    ck_assert_int_eq((int)status, (int)error->status);
    ck_assert(status == BOXD_OK || error->message[0]);
    ck_assert_msg(status == BOXD_OK || error->sent != BOXD_SENT_NO || count_requests() == requests,
                  "it had been sent: %s", error->message);
    return made > (uint64_t)allowed;
}

/* The outcome when no allocation fails. With a failure the outcome is BOXD_ERR_NO_MEMORY, or this one. */
static boxd_status repeat(const char *name, boxd_status (*attempt)(boxd_error *error))
{
    int starved = 0;
    for (int allowed = 0; allowed < ENOUGH; allowed++) {
        boxd_error error = BOXD_ERROR_INIT;
        const bool failed = fails(attempt, allowed, &error);
        starved += error.status == BOXD_ERR_NO_MEMORY;
        if (failed)
            continue;
        ck_assert_msg(starved > 5 && error.status != BOXD_ERR_NO_MEMORY, "%s: %d, %s", name, starved,
                      error.message);
        return error.status;
    }
    ck_abort_msg("%s never had enough", name);
}

static bad_server *serve(const served *s, char answer[ANSWER_SIZE])
{
    (void)snprintf(
        answer, ANSWER_SIZE,
        "HTTP/1.1 %s\r\nConnection: close\r\nRetry-After: 5\r\nLocation: /x\r\nContent-Length: %zu\r\n\r\n%s",
        s->status_line, strlen(s->body), s->body);
    serving = bad_server_start_one(BAD_HTTP, answer);
    return serving;
}

static void *begin(const boxd_attempt *attempt, boxd_metadata *extra, void *data)
{
    (void)attempt;
    boxd_metadata_add(extra, "x-hook", "y", NULL);
    ++*(int *)data;
    return data;
}

static void end(const boxd_attempt *attempt, void *span, void *data)
{
    (void)attempt;
    ck_assert_ptr_eq(span, data);
    --*(int *)data;
}

START_TEST(every_operation)
{
    int open_attempts = 0;
    const boxd_hooks hooks = {
        .size = sizeof hooks, .attempt_begin = begin, .attempt_end = end, .user_data = &open_attempts};
    static const char *const metadata[] = {"traceparent=00-1-2-01", NULL};
    static boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.metadata = metadata;
    call_options = &call;
    for (size_t s = 0; s < COUNT(servers); s++) {
        char answer[ANSWER_SIZE], url[64];
        bad_server *server = serve(&servers[s], answer);
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", bad_server_port(server));
        drukbox_open(_i, BOXD_OPTIONS(drukbox_client_options, .base_url = url, .hooks = &hooks));
        for (size_t i = 0; i < drukbox_operation_count; i++) {
            const drukbox_operation *o = &drukbox_operations[i];
            const boxd_status status = repeat(o->function, o->run);
            const bool lists = strstr(o->function, "list") != NULL,
                       any = strncmp(o->request, "DELETE", 6) == 0 || strstr(o->request, "refresh");
            if (s < 2)
                ck_assert_msg((status == BOXD_OK) == (any || lists == (s == 1)), "%s, %zu", o->function, s);
            else
                ck_assert_int_ne((int)status, (int)BOXD_OK);
        }
        drukbox_close(client);
        bad_server_stop(server);
        serving = NULL;
        ck_assert_int_eq(open_attempts, 0);
    }
}
END_TEST

/* A create with all options, including idempotency key and secrets. */
static boxd_status make_all(boxd_error *error)
{
    const drukbox_secret *const secrets[] = {
        BOXD_OPTIONS(drukbox_secret, .service = "openai", .value = OPERATION_SECRET),
        BOXD_OPTIONS(drukbox_secret, .service = "own", .issuer_url = "https://i")};
    const drukbox_host_create_options options = {.size = sizeof options,
                                                 .image = "i",
                                                 .disk_gb = 5,
                                                 .env = BOXD_ARGV("A=1", "B=2"),
                                                 .expires_at_ms = 1893456000000,
                                                 .template_id = "t",
                                                 .idempotency_key = "k",
                                                 .secrets = secrets,
                                                 .secret_count = 2};
    drukbox_host *host = try_host_create(&options, error);
    drukbox_host_free(host);
    return host ? BOXD_OK : error->status;
}

START_TEST(a_create_with_everything)
{
    char answer[ANSWER_SIZE];
    bad_server *server = serve(&servers[0], answer);
    drukbox_open(_i, NULL);
    drukbox_close(client);
    client = drukbox_open_port(bad_server_port(server), 0);
    ck_assert_int_eq((int)repeat("a create", make_all),
                     (int)BOXD_OK); /* with a warning about an old service */
    drukbox_close(client);
    bad_server_stop(server);
}
END_TEST

/* ---- jansson's memory ---- */

static atomic_int json_left = -1; /* number of allocations before the one that fails; -1: none fails */

static void *json_alloc(size_t size)
{
    return atomic_fetch_sub(&json_left, atomic_load(&json_left) >= 0) == 0 ? NULL : mem_alloc(size);
}

/* A request is sent complete or not at all: no option is left out. */
START_TEST(no_part_is_left_out)
{
    char answer[ANSWER_SIZE];
    bad_server *server = serve(&servers[0], answer);
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    drukbox_close(client);
    client = drukbox_open_port(bad_server_port(server), 0);
    ck_assert_int_eq((int)make_all(&error), (int)BOXD_OK);
    int unsent = 0, requests = 1;
    for (int allowed = 0; allowed >= 0; allowed = atomic_load(&json_left) < 0 ? allowed + 1 : -1) {
        atomic_store(&json_left, allowed);
        error = (boxd_error)BOXD_ERROR_INIT;
        make_all(&error);
        ck_assert_msg(error.status == BOXD_OK || error.status == BOXD_ERR_NO_MEMORY, "%s", error.message);
        unsent += bad_server_count(server, BAD_REQUESTS) == requests;
        for (; requests < bad_server_count(server, BAD_REQUESTS); requests++)
            ck_assert_str_eq(bad_server_request(server, requests), bad_server_request(server, 0));
    }
    atomic_store(&json_left, -1);
    ck_assert_int_gt(unsent, 20);
    ck_assert_int_eq(requests, 2); /* jansson only writes requests */
    drukbox_close(client);
    bad_server_stop(server);
}
END_TEST

static boxd_status open_and_ask(boxd_error *error)
{
    drukbox_client *own = drukbox_client_open_from_env(NULL, NULL, error);
    drukbox_doctor_report *report = own ? drukbox_client_doctor(own, NULL, error) : NULL;
    drukbox_doctor_report_free(report);
    drukbox_client_close(own);
    return report ? BOXD_OK : error->status;
}

START_TEST(opening)
{
    on_surface = DRUKBOX_SYNC;
    ck_assert_int_eq((int)repeat("open", open_and_ask), (int)BOXD_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_oom");
    json_set_alloc_funcs(json_alloc, free);
    drukbox_add(suite, every_operation);
    drukbox_add(suite, a_create_with_everything);
    drukbox_add(suite, no_part_is_left_out);
    TCase *once = tcase_create("opening");
    tcase_set_timeout(once, 300);
    tcase_add_test(once, opening);
    suite_add_tcase(suite, once);
    return drukbox_main(suite, NULL);
}
