/* A lack of memory inside libcurl: each of its allocations fails in turn, during a whole exchange. The
 * exchange then succeeds or ends in BOXD_ERR_NO_MEMORY, and in no other error. */
#include "http/http.h"

#include "core/clock.h"
#include "unit_test.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- libcurl's memory ---- */

/* Of this test's thread: allocations before those that fail; -1: none fails. */
static _Thread_local long left = -1;
static _Thread_local bool only_one, failed;

static bool fails(void)
{
    if (left < 0)
        return false;
    if (left-- > 0)
        return false;
    failed = true;
    left = only_one ? -1 : 0;
    return true;
}

static void *curl_alloc(size_t size)
{
    return fails() ? NULL : malloc(size);
}

static void *curl_zeroed(size_t count, size_t size)
{
    return fails() ? NULL : calloc(count, size);
}

static void *curl_grow(void *old, size_t size)
{
    return fails() ? NULL : realloc(old, size);
}

static char *curl_copy(const char *text)
{
    return fails() ? NULL : strdup(text);
}

/* ---- a server ---- */

static const char *answer;
static size_t answer_size;

static void *serve(void *data)
{
    const int listener = *(int *)data;
    int fd;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        char request[8192];
        size_t size = 0;
        ssize_t n;
        while (size < sizeof request - 1 &&
               (n = recv(fd, request + size, sizeof request - 1 - size, 0)) > 0) {
            size += (size_t)n;
            request[size] = '\0';
            if (strstr(request, "\r\n\r\n{}")) {
                send(fd, answer, answer_size, MSG_NOSIGNAL);
                break;
            }
        }
        close(fd);
    }
    return NULL;
}

static int start_server(int *port, pthread_t *thread, int *listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    *listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert(bind(*listener, (struct sockaddr *)&address, size) == 0 && listen(*listener, 16) == 0 &&
              getsockname(*listener, (struct sockaddr *)&address, &size) == 0);
    *port = ntohs(address.sin_port);
    return pthread_create(thread, NULL, serve, listener);
}

/* ---- an exchange ---- */

typedef struct outcome {
    bool done;
    boxd_error error;
    int status;
    char body[64];
    int64_t retry_after_s;
} outcome;

static void on_done(void *data, http_answer *a)
{
    outcome *o = data;
    o->done = true;
    o->error = a->error;
    o->status = a->status;
    (void)snprintf(o->body, sizeof o->body, "%s", a->error.status == BOXD_OK ? a->body : "");
}

/* One turn of the loop; does not block. */
static void turn(const loop_poller *poller)
{
    poller->wait(poller->state, 0);
    poller->handle(poller->state);
}

/* Opens a client, exchanges once, closes. */
static void exchange(const char *url, outcome *o)
{
    static const http_header headers[] = {{"Authorization", "Bearer x"}, {"Accept", "application/json"}};
    const http_settings settings = {.max_connections = 2, .max_idle = 1};
    const http_request request = {.method = "POST",
                                  .url = url,
                                  .headers = headers,
                                  .header_count = COUNT(headers),
                                  .body = "{}",
                                  .body_size = 2,
                                  .gap_timeout_ms = 60000,
                                  .compressed = true,
                                  .once = true,
                                  .max_answer_size = 100000};
    http *h = NULL;
    *o = (outcome){.error = BOXD_ERROR_INIT};
    if (http_new(&h, &settings, &o->error) != BOXD_OK)
        return;
    http_exchange *x = http_exchange_new(h, &request, on_done, o, &o->error);
    if (x) {
        const loop_poller poller = http_poller(h);
        http_exchange_start(x);
        while (!o->done)
            turn(&poller);
    }
    http_exchange_free(x);
    http_free(h);
}

static const struct {
    const char *text;
    size_t size;
} answers[] = {
#define ANSWER(text)                                                                                         \
    {                                                                                                        \
        text, sizeof(text) - 1                                                                               \
    }
    ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 5\r\nLocation: /x\r\n\r\n[]"),
    ANSWER("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"),
    ANSWER("HTTP/1.1 404 No\r\nContent-Encoding: deflate\r\nContent-Length: "
           "10\r\n\r\n\x78\x9c\x8b\x8e\x05\x00\x01\x15"
           "\x00\xb9"),
};

static void starve(const char *url, bool one)
{
    int starved = 0;
    for (long allowed = 0;; allowed++) {
        outcome o;
        ck_assert_int_lt((int)allowed, 5000);
        only_one = one;
        failed = false;
        left = allowed;
        exchange(url, &o);
        left = -1;
        const bool good = o.error.status == BOXD_OK;
        starved += !good;
        ck_assert_msg(good || o.error.status == BOXD_ERR_NO_MEMORY, "allocation %ld: %s: %s", allowed,
                      boxd_status_name(o.error.status), o.error.message);
        ck_assert_msg(!good || strcmp(o.body, "[]") == 0, "allocation %ld: %s", allowed, o.body);
        if (!failed) {
            ck_assert(good && starved > 20);
            return;
        }
    }
}

START_TEST(libcurl_runs_out_of_memory)
{
    int port, listener;
    pthread_t thread;
    char url[64];
    ck_assert_int_eq(
        (int)curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_alloc, free, curl_grow, curl_copy, curl_zeroed),
        (int)CURLE_OK);
    ck_assert_int_eq(start_server(&port, &thread, &listener), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/hosts", port);
    for (size_t i = 0; i < COUNT(answers); i++) {
        answer = answers[i].text;
        answer_size = answers[i].size;
        starve(url, true);
        starve(url, false);
    }
    shutdown(listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(listener);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http_memory");
    unit_add(suite, libcurl_runs_out_of_memory);
    return unit_run(suite);
}
