/* Which sockets of the HTTP client may carry another request: those that nobody has closed. */
#include "http/sockets.h"

#include "core/clock.h"
#include "unit_test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NOW_NS = 1 };

static int listener;
static struct sockaddr_in address;
static http_sockets sockets;
static char first_user, second_user;

/* A connection as libcurl makes one: the client's end, and the server's. */
typedef struct connection {
    int client, server, port;
} connection;

static void listen_locally(void)
{
    socklen_t size = sizeof address;
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(listener, 8), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    sockets = (http_sockets){0};
}

static connection open_connection(void *user)
{
    struct sockaddr_in own = {0};
    socklen_t size = sizeof own;
    connection c = {.client = http_socket_open(&sockets, AF_INET, SOCK_STREAM, 0, user)};
    ck_assert_int_eq(connect(c.client, (struct sockaddr *)&address, sizeof address), 0);
    c.server = accept(listener, NULL, NULL);
    ck_assert_int_ge(c.server, 0);
    ck_assert_int_eq(getsockname(c.client, (struct sockaddr *)&own, &size), 0);
    c.port = ntohs(own.sin_port);
    return c;
}

/* Used once, and idle. */
static connection open_idle(void)
{
    const connection c = open_connection(&first_user);
    ck_assert_int_eq(http_socket_use(&sockets, c.port, &first_user), SOCKET_NEW);
    http_sockets_leave(&sockets, &first_user, NOW_NS);
    return c;
}

static void wait_for_event(int fd)
{
    struct pollfd event = {.fd = fd, .events = POLLIN};
    ck_assert_int_eq(poll(&event, 1, 60000), 1);
}

static void end(const connection *c)
{
    ck_assert_int_eq(http_socket_close(&sockets, c->client), 0);
    close(c->server);
    close(listener);
    ck_assert(list_is_empty(&sockets.all));
    ck_assert_uint_eq(sockets.count, 0);
}

START_TEST(open_socket_is_reused)
{
    listen_locally();
    const connection c = open_idle();
    ck_assert_int_eq(http_socket_use(&sockets, c.port, &second_user), SOCKET_REUSED);
    ck_assert_ptr_eq(http_socket_user(&sockets, c.client), &second_user);
    ck_assert_uint_eq(sockets.count, 1);
    end(&c);
}
END_TEST

/* A server on whose new connection something arrives at once, as the tickets of TLS 1.3 do. */
START_TEST(new_socket_with_input)
{
    listen_locally();
    const connection c = open_connection(&first_user);
    ck_assert_int_eq(write(c.server, "x", 1), 1);
    wait_for_event(c.client);
    ck_assert_int_eq(http_socket_use(&sockets, c.port, &first_user), SOCKET_NEW);
    ck_assert_int_eq(http_socket_use(&sockets, c.port, &first_user), SOCKET_REUSED); /* the same exchange */
    end(&c);
}
END_TEST

/* The server ends an idle connection with: FIN, RST, or a last message (a TLS alert, an answer that was not
 * asked for). */
START_TEST(closed_by_peer)
{
    const struct linger reset = {.l_onoff = 1};
    listen_locally();
    const connection c = open_idle();
    if (_i == 0)
        ck_assert_int_eq(shutdown(c.server, SHUT_WR), 0);
    else if (_i == 1) {
        ck_assert_int_eq(setsockopt(c.server, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
        ck_assert_int_eq(close(c.server), 0);
    } else
        ck_assert_int_eq(write(c.server, "HTTP/1.1 408", 12), 12);
    wait_for_event(c.client);
    ck_assert_int_eq(http_socket_use(&sockets, c.port, &second_user), SOCKET_CLOSED);
    ck_assert_ptr_null(http_socket_user(&sockets, c.client));
    ck_assert_uint_eq(sockets.count, 0);
    ck_assert_int_eq(http_socket_use(&sockets, c.port, &second_user),
                     SOCKET_CLOSED); /* until libcurl has closed it */
    end(&(connection){.client = c.client, .server = _i == 1 ? -1 : c.server});
}
END_TEST

/* This library has shut the socket down, and libcurl has not noticed yet. */
START_TEST(shut_here)
{
    listen_locally();
    const connection c = open_idle();
    if (_i == 0)
        http_sockets_trim(&sockets, 0);
    else
        ck_assert_int_eq(http_sockets_close_idle(&sockets, NOW_NS), CLOCK_NEVER);
    ck_assert_uint_eq(sockets.count, 0);
    ck_assert_int_eq(http_socket_use(&sockets, c.port, &second_user), SOCKET_CLOSED);
    end(&c);
}
END_TEST

/* Runs `test` with _i from 0 to `count` - 1. */
static void add_loop(Suite *suite, const TTest *test, int count)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test, 0, count);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("http_sockets");
    unit_add(suite, open_socket_is_reused);
    unit_add(suite, new_socket_with_input);
    add_loop(suite, closed_by_peer, 3);
    add_loop(suite, shut_here, 2);
    return unit_run(suite);
}
