/* Which connections are used again: a clock that the test sets, libcurl, and a server that drops each request
 * on a connection that was idle for its limit, as if it closed the connection just then. */
#include "http/http.h"

#include "core/clock.h"
#include "unit_test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SERVER_LIMIT_MS = 5000, TEN_MINUTES_MS = 600000 };

/* ---- the clock ---- */

static atomic_llong now_ms = 1000;

int64_t clock_now(void)
{
    return atomic_load(&now_ms) * NS_PER_MS;
}

/* ---- the server: one connection at a time ---- */

static atomic_int accepted;

/* Reads a request with the body "{}". False: the end of the connection. */
static bool read_request(int fd)
{
    char request[8192];
    size_t size = 0;
    ssize_t n;
    while (size < sizeof request - 1 && (n = recv(fd, request + size, sizeof request - 1 - size, 0)) > 0) {
        size += (size_t)n;
        request[size] = '\0';
        if (strstr(request, "\r\n\r\n{}"))
            return true;
    }
    return false;
}

static void serve_connection(int fd)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    long long answered_ms = atomic_load(&now_ms);
    while (read_request(fd) && atomic_load(&now_ms) - answered_ms < SERVER_LIMIT_MS) {
        answered_ms = atomic_load(&now_ms);
        ck_assert_int_eq((int)send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL), (int)sizeof answer - 1);
    }
}

static void *serve(void *data)
{
    int fd;
    while ((fd = accept(*(int *)data, NULL, NULL)) >= 0) {
        atomic_fetch_add(&accepted, 1);
        serve_connection(fd);
        close(fd);
    }
    return NULL;
}

static int start_server(pthread_t *thread, int *listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    *listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert(bind(*listener, (struct sockaddr *)&address, size) == 0 && listen(*listener, 16) == 0 &&
              getsockname(*listener, (struct sockaddr *)&address, &size) == 0);
    ck_assert_int_eq(pthread_create(thread, NULL, serve, listener), 0);
    return ntohs(address.sin_port);
}

/* ---- a program that sends a request now and then ---- */

static void on_done(void *data, http_answer *answer)
{
    *(boxd_error *)data = answer->error;
    ck_assert_msg(answer->error.status != BOXD_OK || answer->status == 200, "%d", answer->status);
}

/* One turn of the loop; does not block. */
static void turn(const loop_poller *poller)
{
    poller->wait(poller->state, 0);
    poller->handle(poller->state);
}

/* A request that must not be repeated. */
static void send_one(http *h, const char *url)
{
    boxd_error error = {.status = BOXD_ERR_FAILED};
    const http_request request = {
        .method = "POST", .url = url, .body = "{}", .body_size = 2, .once = true, .max_answer_size = 1000};
    const loop_poller poller = http_poller(h);
    http_exchange *x = http_exchange_new(h, &request, on_done, &error, &error);
    ck_assert_ptr_nonnull(x);
    http_exchange_start(x);
    while (error.status == BOXD_ERR_FAILED)
        turn(&poller);
    ck_assert_msg(error.status == BOXD_OK, "at %lld ms: %s", (long long)atomic_load(&now_ms), error.message);
    http_exchange_free(x);
}

static const struct {
    /* The time between two requests. */
    int pause_ms;
    /* The client's thread runs in between. */
    bool runs;
    bool reuses;
} rows[] = {
    {5000, true, false},  {5000, false, false}, {4998, false, false},   {5003, false, false},
    {3000, false, false}, {2999, true, true},   {100000, false, false},
};

START_TEST(ten_minutes)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        pthread_t thread;
        int listener;
        char url[64];
        boxd_error error = BOXD_ERROR_INIT;
        http *h = NULL;
        const http_settings settings = {.max_connections = 2, .max_idle = 1};
        atomic_store(&accepted, 0);
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/hosts", start_server(&thread, &listener));
        ck_assert_int_eq((int)http_new(&h, &settings, &error), (int)BOXD_OK);
        const loop_poller poller = http_poller(h);
        int requests = 0;
        for (int ms = 0; ms < TEN_MINUTES_MS; ms += rows[i].pause_ms, requests++) {
            send_one(h, url);
            atomic_fetch_add(&now_ms, rows[i].pause_ms);
            if (rows[i].runs)
                turn(&poller);
        }
        ck_assert_int_eq(atomic_load(&accepted), rows[i].reuses ? 1 : requests);
        http_free(h);
        shutdown(listener, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(listener);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http_reuse");
    unit_add(suite, ten_minutes);
    return unit_run(suite);
}
