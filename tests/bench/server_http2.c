/*
 * The second port of the lean server: it answers each request of a connection with the response of Whoami,
 * and does not look at the request's headers. So a call costs the server about a tenth of what it costs a
 * client, and fast clients are not limited by the server. One thread per connection; a read of many requests
 * is answered by one write.
 */
#include "server.h"

#include "contestant.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 9113. */
enum {
    FRAME_HEADER_BYTES = 9,
    PREFACE_BYTES = 24,
    FRAME_DATA = 0,
    FRAME_HEADERS = 1,
    FRAME_SETTINGS = 4,
    FRAME_PING = 6,
    FRAME_WINDOW_UPDATE = 8,
    FLAG_END_STREAM = 1,
    FLAG_ACK = 1,
    FLAG_END_HEADERS = 4,
    INITIAL_WINDOW = 65535
};

enum {
    IN_BYTES = 64 * 1024,
    OUT_BYTES = 256 * 1024,
    /* The window of the connection is extended after as many bytes of requests. */
    WINDOW_STEP_BYTES = 16 * 1024,
    MAX_WAITING = 16 * 1024
};

/* The response's first header block puts its fields into the table of HPACK; later ones refer to them there.
 */
#define FIRST_HEADERS                                                                                        \
    "\x88\x5f\x10"                                                                                           \
    "application/grpc"                                                                                       \
    "\x40\x14"                                                                                               \
    "grpc-accept-encoding"                                                                                   \
    "\x08"                                                                                                   \
    "identity"
#define FIRST_TRAILERS                                                                                       \
    "\x40\x0b"                                                                                               \
    "grpc-status"                                                                                            \
    "\x01"                                                                                                   \
    "0"
#define LATER_HEADERS "\x88\xc0\xbf"
#define LATER_TRAILERS "\xbe"
/* The prefix of gRPC, then user_id and display_name. */
#define MESSAGE                                                                                              \
    "\0\0\0\0\x2d"                                                                                           \
    "\x0a\x24"                                                                                               \
    "7c9e6679-7425-40de-944b-e07fc1f90ae7"                                                                   \
    "\x2a\x05"                                                                                               \
    "bench"

typedef struct connection {
    int fd;
    uint8_t in[IN_BYTES], out[OUT_BYTES];
    size_t in_size, out_size;
    /* What the client still accepts, and the streams that wait for more. */
    long window;
    uint32_t waiting[MAX_WAITING];
    size_t waiting_count;
    /* Bytes of requests since the last extension of the client's window. */
    uint32_t received;
    bool answered;
} connection;

static void flush(connection *c)
{
    for (size_t sent = 0; sent < c->out_size;) {
        const ssize_t done = send(c->fd, c->out + sent, c->out_size - sent, MSG_NOSIGNAL);
        if (done < 0)
            break;
        sent += (size_t)done;
    }
    c->out_size = 0;
}

static void put_number(uint8_t *out, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(number >> (24 - 8 * i));
}

static uint32_t get_number(const uint8_t *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

static void write_frame(connection *c, uint8_t type, uint8_t flags, uint32_t stream, const void *data,
                        size_t size)
{
    uint8_t *frame = c->out + c->out_size;
    put_number(frame, (uint32_t)size << 8 | type);
    frame[4] = flags;
    put_number(frame + 5, stream);
    memcpy(frame + FRAME_HEADER_BYTES, data, size);
    c->out_size += FRAME_HEADER_BYTES + size;
}

static void answer(connection *c, uint32_t stream)
{
    static const char first_headers[] = FIRST_HEADERS, first_trailers[] = FIRST_TRAILERS;
    static const char headers[] = LATER_HEADERS, trailers[] = LATER_TRAILERS, message[] = MESSAGE;
    const bool first = !c->answered;
    c->answered = true;
    write_frame(c, FRAME_HEADERS, FLAG_END_HEADERS, stream, first ? first_headers : headers,
                (first ? sizeof first_headers : sizeof headers) - 1);
    write_frame(c, FRAME_DATA, 0, stream, message, sizeof message - 1);
    write_frame(c, FRAME_HEADERS, FLAG_END_HEADERS | FLAG_END_STREAM, stream,
                first ? first_trailers : trailers, (first ? sizeof first_trailers : sizeof trailers) - 1);
    c->window -= (long)sizeof message - 1;
    if (c->out_size > OUT_BYTES / 2)
        flush(c);
}

static void answer_waiting(connection *c)
{
    size_t done = 0;
    while (done < c->waiting_count && c->window >= (long)sizeof MESSAGE)
        answer(c, c->waiting[done++]);
    c->waiting_count -= done;
    memmove(c->waiting, c->waiting + done, c->waiting_count * sizeof *c->waiting);
}

static void on_request_end(connection *c, uint32_t stream)
{
    if (c->waiting_count == MAX_WAITING)
        fail("the server", "too many requests on one connection");
    c->waiting[c->waiting_count++] = stream;
    if (c->waiting_count == 1 || c->window >= (long)sizeof MESSAGE)
        answer_waiting(c);
}

static void on_data(connection *c, size_t size)
{
    uint8_t step[4];
    c->received += (uint32_t)size;
    if (c->received < WINDOW_STEP_BYTES)
        return;
    put_number(step, c->received);
    write_frame(c, FRAME_WINDOW_UPDATE, 0, 0, step, sizeof step);
    c->received = 0;
}

static void on_frame(connection *c, const uint8_t *frame, size_t size)
{
    const uint8_t type = frame[3], flags = frame[4], *data = frame + FRAME_HEADER_BYTES;
    const uint32_t stream = get_number(frame + 5) & 0x7fffffff;
    if (type == FRAME_DATA)
        on_data(c, size);
    if ((type == FRAME_DATA || type == FRAME_HEADERS) && (flags & FLAG_END_STREAM))
        on_request_end(c, stream);
    if (type == FRAME_SETTINGS && !(flags & FLAG_ACK))
        write_frame(c, FRAME_SETTINGS, FLAG_ACK, 0, "", 0);
    if (type == FRAME_PING && !(flags & FLAG_ACK))
        write_frame(c, FRAME_PING, FLAG_ACK, 0, data, size);
    if (type == FRAME_WINDOW_UPDATE && stream == 0) {
        c->window += (long)get_number(data);
        answer_waiting(c);
    }
}

/* Handles the complete frames that were read, and keeps the rest. */
static void read_frames(connection *c)
{
    size_t at = 0;
    while (c->in_size - at >= FRAME_HEADER_BYTES) {
        const size_t size = get_number(c->in + at) >> 8;
        if (size > IN_BYTES - FRAME_HEADER_BYTES)
            fail("the server", "a frame is too large");
        if (c->in_size - at < FRAME_HEADER_BYTES + size)
            break;
        on_frame(c, c->in + at, size);
        at += FRAME_HEADER_BYTES + size;
    }
    c->in_size -= at;
    memmove(c->in, c->in + at, c->in_size);
}

static void *serve_connection(void *data)
{
    connection *c = data;
    size_t preface = PREFACE_BYTES;
    write_frame(c, FRAME_SETTINGS, 0, 0, "", 0);
    for (;;) {
        flush(c);
        const ssize_t got = read(c->fd, c->in + c->in_size, IN_BYTES - c->in_size);
        if (got <= 0)
            break;
        c->in_size += (size_t)got;
        if (preface > 0 && c->in_size < preface)
            continue;
        c->in_size -= preface;
        memmove(c->in, c->in + preface, c->in_size);
        preface = 0;
        read_frames(c);
    }
    close(c->fd);
    free(c);
    return NULL;
}

static void *accept_connections(void *data)
{
    const int listener = *(const int *)data;
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        pthread_t thread;
        const int on = 1;
        connection *c = allocate(1, sizeof *c);
        c->fd = fd;
        c->window = INITIAL_WINDOW;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (pthread_create(&thread, NULL, serve_connection, c) != 0)
            fail("the server", "no thread");
        pthread_detach(thread);
    }
    return NULL;
}

int http2_serve(void)
{
    static int listener;
    pthread_t thread;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 ||
        listen(listener, 1024) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        fail("the server", strerrordesc_np(errno));
    if (pthread_create(&thread, NULL, accept_connections, &listener) != 0)
        fail("the server", "no thread");
    pthread_detach(thread);
    return ntohs(address.sin_port);
}
