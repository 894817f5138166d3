/* An HTTP server in a thread that sends one prepared response. */
#include "prepared.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 16 };

typedef struct connection {
    const prepared *server;
    int fd;
    pthread_t thread;
} connection;

struct prepared {
    char *answer;
    size_t size;
    int listener;
    char url[64];
    pthread_t thread;
    connection connections[MAX_CONNECTIONS];
    /* Used by the thread; after its end, by prepared_free(). */
    int count;
};

/* As a service of the newest generation writes it, with three host keys. */
static void write_host(FILE *out, int i)
{
    static const char key[] = "AAAAC3NzaC1lZDI1NTE5AAAAIGJvdGhlciBub2JvZHkgd2l0aCB0aGlzIG9uZSBrZXkh";
    fprintf(out,
            "%s{\"id\":\"019aa6f0-7c11-7d19-93d3-%012x\",\"name\":\"sb-%012x\",\"service_account\":\"admin\","
            "\"status\":\"active\",\"provider\":\"exe\",\"image\":\"ubuntu:24.04\",\"instance_type\":null,"
            "\"disk_gb\":null,\"external_ssh_host\":\"sb-%012x.example.com\",\"external_ssh_port\":22,"
            "\"ssh_username\":\"exedev\",\"internal_ssh_host\":null,\"known_hosts\":\"",
            i ? "," : "", (unsigned)i, (unsigned)i, (unsigned)i);
    for (int k = 0; k < 3; k++)
        fprintf(out, "sb-%012x.example.com ssh-ed25519 %s\\n", (unsigned)i, key);
    fprintf(
        out,
        "\",\"tailscale_device_id\":null,\"private_key\":null,\"last_error\":\"\","
        "\"created_at\":\"2026-11-21T06:03:%02d.474609Z\",\"updated_at\":\"2026-11-21T06:03:%02d.474609Z\","
        "\"activated_at\":\"2026-11-21T06:03:%02d.001209Z\",\"expires_at\":\"2026-11-22T06:03:%02d.474609Z\","
        "\"lease_deadline\":null}",
        i % 60, i % 60, i % 60, i % 60);
}

static char *write_answer(int count, size_t *size)
{
    char *body = NULL, *answer = NULL;
    size_t body_size = 0;
    FILE *out = open_memstream(&body, &body_size);
    fputc('[', out);
    for (int i = 0; i < count; i++)
        write_host(out, i);
    fputc(']', out);
    fclose(out);
    out = open_memstream(&answer, size);
    fprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
            body_size);
    fwrite(body, 1, body_size, out);
    fclose(out);
    free(body);
    return answer;
}

static bool read_request(int fd)
{
    char head[8192];
    size_t size = 0;
    while (size < sizeof head - 1) {
        const ssize_t got = read(fd, head + size, sizeof head - 1 - size);
        if (got <= 0)
            return false;
        size += (size_t)got;
        head[size] = '\0';
        if (strstr(head, "\r\n\r\n"))
            return true;
    }
    return false;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t done = send(fd, bytes, size, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

static void *serve_one(void *data)
{
    const connection *c = data;
    while (read_request(c->fd) && write_all(c->fd, c->server->answer, c->server->size))
        continue;
    close(c->fd);
    return NULL;
}

static void *serve(void *data)
{
    prepared *p = data;
    int fd;
    while (p->count < MAX_CONNECTIONS && (fd = accept(p->listener, NULL, NULL)) >= 0) {
        connection *c = &p->connections[p->count++];
        *c = (connection){.server = p, .fd = fd};
        pthread_create(&c->thread, NULL, serve_one, c);
    }
    return NULL;
}

prepared *prepared_hosts(int count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    prepared *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->listener < 0 || bind(p->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(p->listener, 16) != 0 || getsockname(p->listener, (struct sockaddr *)&address, &size) != 0) {
        perror("bench: a server");
        free(p);
        return NULL;
    }
    snprintf(p->url, sizeof p->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    p->answer = write_answer(count, &p->size);
    pthread_create(&p->thread, NULL, serve, p);
    return p;
}

const char *prepared_url(const prepared *p)
{
    return p->url;
}

void prepared_free(prepared *p)
{
    shutdown(p->listener, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    for (int i = 0; i < p->count; i++)
        pthread_join(p->connections[i].thread, NULL);
    close(p->listener);
    free(p->answer);
    free(p);
}
