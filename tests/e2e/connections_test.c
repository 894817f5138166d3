/*
 * Many calls at once on one client, with a server that allows only a few calls on a connection: no call
 * waits for another one to end, and connections are closed when they are no longer needed.
 */
#include "e2e.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* The limit of the emulator and of the client; the number of calls at once; the number of connections that
 * they need. */
enum { LIMIT = 4, BATCH = 25, ENOUGH = (BATCH + LIMIT - 1) / LIMIT };

static void open_limited(int i)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.max_streams_per_connection = LIMIT;
    e2e_open(i, &options);
}

/* ---- a batch of commands that end only when all of them run ---- */

typedef struct batch {
    atomic_int calls, wrong;
    int exit_code;
} batch;

/* Each command creates a file and waits until the files of all commands exist. */
static const char *member(int i)
{
    static char line[160];
    (void)snprintf(line, sizeof line,
                   "cd && mkdir -p batch && : >batch/%d && "
                   "until [ $(ls batch | wc -l) -ge %d ]; do sleep 0.05; done",
                   i, BATCH);
    return line;
}

static void on_member(boxd_exec_result *result, const boxd_error *error, void *user)
{
    batch *c = user;
    if (!result || !result->success) {
        (void)fprintf(stderr, "a member: %s\n", error ? error->message : result->err.data);
        atomic_fetch_add(&c->wrong, 1);
    }
    boxd_exec_result_free(result);
    callbacks_count(&c->calls);
}

typedef struct blocking_member {
    boxd_box *box;
    batch *batch;
    char line[160];
} blocking_member;

static void *run_member(void *data)
{
    blocking_member *m = data;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *result = boxd_box_exec_shell(m->box, m->line, NULL, &error);
    on_member(result, result ? NULL : &error, m->batch);
    return NULL;
}

static void run_blocking(boxd_box *box, batch *c)
{
    static blocking_member members[BATCH];
    pthread_t threads[BATCH];
    for (int i = 0; i < BATCH; i++) {
        members[i] = (blocking_member){.box = box, .batch = c};
        memcpy(members[i].line, member(i), sizeof members[i].line);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_member, &members[i]), 0);
    }
    for (int i = 0; i < BATCH; i++)
        pthread_join(threads[i], NULL);
}

static void run_async(boxd_box *box, batch *c)
{
    for (int i = 0; i < BATCH; i++)
        boxd_aio_box_exec_shell(box, member(i), NULL, on_member, c);
    callbacks_wait(&c->calls, BATCH);
}

/* Makes calls until no more than this number of connections are open. */
static void settle(int connections)
{
    while (e2e_connections() > connections) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_identity *who = on->compute_whoami(compute, NULL, &error);
        e2e_ok(who, error);
        boxd_identity_free(who);
    }
}

/* A thread of newer gRPC closes a socket within a moment after the close of the client. */
static void wait_for_no_connection(void)
{
    for (int i = 0; i < E2E_PATIENCE_MS && e2e_connections() > 0; i++)
        usleep(1000);
    ck_assert_int_eq(e2e_connections(), 0);
}

START_TEST(no_call_waits)
{
    open_limited(_i);
    boxd_box *box = e2e_box();
    ck_assert_int_eq(e2e_connections(), 1);
    for (int round = 0; round < 2; round++) {
        batch c = {0};
        if (_i == SURFACE_SYNC)
            run_blocking(box, &c);
        else
            run_async(box, &c);
        ck_assert_int_eq(c.calls, BATCH);
        ck_assert_int_eq(c.wrong, 0);
        settle(2); /* the first, and one in reserve */
        e2e_do(box, "rm -r batch");
        ck_assert_int_eq(e2e_connections(), 2);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- a batch of streams that the test ends ---- */

static boxd_rpc_stream *converse(boxd_box *box)
{
    static const boxd_rpc_method method =
        BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT, word = BOXD_PB__EXEC_CHUNK__INIT;
    ProtobufCMessage *answer = NULL;
    boxd_error error = BOXD_ERROR_INIT;
    first.vm_id = boxd_box_id(box);
    first.command = "cat";
    word.stdin = true;
    word.data = (ProtobufCBinaryData){5, (uint8_t[]){'h', 'e', 'l', 'l', 'o'}};
    boxd_rpc_stream *stream = on->rpc_stream_open(compute, &method, NULL, &error);
    e2e_ok(stream, error);
    e2e_ok(on->rpc_stream_send(stream, &first.base, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->rpc_stream_send(stream, &word.base, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->rpc_stream_receive(stream, NULL, &answer, &error) == BOXD_OK, error);
    ck_assert_ptr_nonnull(answer);
    boxd_rpc_reply_free(answer);
    return stream;
}

/* Checks the number of connections while a batch grows and shrinks by one stream at a time. */
START_TEST(as_many_as_needed)
{
    boxd_rpc_stream *streams[BATCH];
    open_limited(_i);
    boxd_box *box = e2e_box();
    for (int i = 0; i < BATCH; i++) {
        streams[i] = converse(box);
        ck_assert_int_eq(e2e_connections(), i / LIMIT + 1);
    }
    ck_assert_int_eq(e2e_connections(), ENOUGH);
    for (int i = BATCH - 1; i >= 0; i--) {
        boxd_rpc_stream_free(streams[i]);
        const int needed = (i + LIMIT - 1) / LIMIT;
        if (i > 0) /* one more for the calls of this test, or in reserve */
            settle(needed + 1);
    }
    settle(2);
    e2e_drop(box);
    ck_assert_int_eq(e2e_connections(), 2);
    e2e_close();
    wait_for_no_connection();
}
END_TEST

/* Every call releases its capacity, however it ends: otherwise each of these would leave a connection
 * behind. */
START_TEST(capacity_is_released)
{
    static const char *const faults[] = {
        "{\"rpc\":\"Whoami\",\"code\":5,\"count\":1}",  /* refused */
        "{\"rpc\":\"Whoami\",\"code\":14,\"count\":1}", /* repeated */
        "{\"rpc\":\"Whoami\",\"code\":16,\"count\":1}", /* with a new token */
        "{\"rpc\":\"Whoami\",\"code\":16,\"count\":2}", /* refused again */
        "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":1}",
    };
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.max_streams_per_connection = 1;
    e2e_open(_i, &options);
    for (size_t i = 0; i < 3 * COUNT(faults); i++) {
        const bool hangs = strstr(faults[i % COUNT(faults)], "hang") != NULL;
        call.timeout_ms = hangs ? 40 : 0;
        emulator_fault(&emulator, faults[i % COUNT(faults)]);
        boxd_identity_free(on->compute_whoami(compute, &call, NULL));
        emulator_clear_faults(&emulator);
        ck_assert_int_le(e2e_connections(), 2);
    }
    e2e_close();
}
END_TEST

/* ---- a server that delays its settings ---- */

enum { CALLERS = 3, PATIENCE_S = 10 };

static void on_cancelled(boxd_identity *identity, const boxd_error *error, void *user)
{
    ck_assert_ptr_null(identity);
    ck_assert_int_eq((int)error->status, (int)BOXD_ERR_CANCELLED);
    sem_post(user);
}

/* Accepts a connection that then waits for the settings of the server. */
static int accept_waiting(int listener)
{
    char preface[512];
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const int fd = accept(listener, NULL, NULL);
    ck_assert_int_ge(fd, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ck_assert_int_gt((int)recv(fd, preface, sizeof preface, 0), 0);
    return fd;
}

/* The number of connections that the client has closed; waits until there is one. */
static int count_closed(const int *fds)
{
    struct pollfd polled[CALLERS];
    int closed = 0;
    for (int i = 0; i < CALLERS; i++)
        polled[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    while (closed == 0 && poll(polled, CALLERS, PATIENCE_S * 1000) > 0)
        for (int i = 0; i < CALLERS; i++) {
            char waste[512];
            if (!polled[i].revents || recv(fds[i], waste, sizeof waste, 0) > 0)
                continue;
            polled[i].fd = -1;
            closed++;
        }
    return closed;
}

/* A connection that is no longer needed when it is established. gRPC would keep it open. */
START_TEST(late_connections_are_closed)
{
    static const char settings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    char url[64];
    int fds[CALLERS];
    sem_t cancelled;
    (void)_i;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(listener, CALLERS), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    sem_init(&cancelled, 0, 0);
    boxd_compute *client = boxd_compute_open(
        BOXD_OPTIONS(boxd_compute_options, .api_url = url, .token = "t", .max_streams_per_connection = 1),
        NULL);
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.cancel = boxd_cancel_token_new();
    for (int i = 0; i < CALLERS; i++)
        boxd_aio_compute_whoami(client, &call, on_cancelled, &cancelled);
    for (int i = 0; i < CALLERS; i++)
        fds[i] = accept_waiting(listener);
    boxd_cancel_token_cancel(call.cancel);
    for (int i = 0; i < CALLERS; i++)
        sem_wait(&cancelled);
    for (int i = 0; i < CALLERS; i++)
        ck_assert_int_eq((int)send(fds[i], settings, sizeof settings, MSG_NOSIGNAL), (int)sizeof settings);
    ck_assert_int_eq(count_closed(fds), 1); /* one of the others is kept in reserve */
    boxd_compute_close(client);
    boxd_cancel_token_free(call.cancel);
    sem_destroy(&cancelled);
    for (int i = 0; i < CALLERS; i++)
        close(fds[i]);
    close(listener);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connections");
    e2e_add(suite, no_call_waits);
    e2e_add(suite, as_many_as_needed);
    e2e_add(suite, capacity_is_released);
    e2e_add(suite, late_connections_are_closed);
    return e2e_main(suite, (const char *const[]){"--max-concurrent-streams", "4", NULL});
}
