/* An HTTPS server that closes its idle connections, in a thread of the test. */
#include "tls_closing_server.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tls_closing_server {
    SSL_CTX *context;
    const char *answer;
    int listener, requests;
    sem_t closed;
    pthread_t thread;
    atomic_bool late;
};

static void die(const char *what)
{
    fprintf(stderr, "the HTTPS server for the tests: %s\n", what);
    abort();
}

static void serve(tls_closing_server *s, int fd)
{
    char request[8192];
    SSL *ssl = SSL_new(s->context);
    if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1 &&
        SSL_read(ssl, request, sizeof request) > 0) {
        s->requests++;
        SSL_write(ssl, s->answer, (int)strlen(s->answer));
        if (atomic_load(&s->late) && SSL_read(ssl, request, sizeof request) > 0)
            s->requests++;
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    close(fd);
    sem_post(&s->closed);
}

static void *run(void *data)
{
    tls_closing_server *s = data;
    int fd;
    while ((fd = accept(s->listener, NULL, NULL)) >= 0)
        serve(s, fd);
    return NULL;
}

tls_closing_server *tls_closing_server_start(const char *certificate, const char *key, const char *answer,
                                             int *port)
{
    tls_closing_server *s = calloc(1, sizeof *s);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (!s)
        die("out of memory");
    s->answer = answer;
    signal(SIGPIPE, SIG_IGN);
    s->context = SSL_CTX_new(TLS_server_method());
    if (!s->context || SSL_CTX_use_certificate_chain_file(s->context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(s->context, key, SSL_FILETYPE_PEM) != 1)
        die("no certificate");
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&address, size) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &size) != 0 || listen(s->listener, 8) != 0)
        die("no port");
    *port = ntohs(address.sin_port);
    sem_init(&s->closed, 0, 0);
    if (pthread_create(&s->thread, NULL, run, s) != 0)
        die("no thread");
    return s;
}

void tls_closing_server_close_late(tls_closing_server *s)
{
    atomic_store(&s->late, true);
}

void tls_closing_server_wait(tls_closing_server *s)
{
    while (sem_wait(&s->closed) != 0)
        continue;
}

int tls_closing_server_stop(tls_closing_server *s)
{
    shutdown(s->listener, SHUT_RDWR); /* ends the accept() */
    pthread_join(s->thread, NULL);
    close(s->listener);
    SSL_CTX_free(s->context);
    sem_destroy(&s->closed);
    const int requests = s->requests;
    free(s);
    return requests;
}
