/*
 * cancel_descriptor.c: fires a cancel token when a descriptor becomes readable. A token with a descriptor has
 * a thread, which ends with the token.
 */
#include "cancel_descriptor.h"

#include "mem.h"
#include "os/descriptors.h"
#include "os/libc.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

struct cancel_descriptor {
    boxd_cancel_token *token;
    pthread_t thread;
    /* Whose thread it is. */
    pid_t process;
    int fd;
    /* Closing the second ends the thread. */
    int ends[2];
};

static void *watch(void *data)
{
    const cancel_descriptor *w = data;
    struct pollfd fds[] = {{.fd = w->fd, .events = POLLIN}, {.fd = w->ends[0], .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        continue;
    if (!fds[1].revents && fds[0].revents && !(fds[0].revents & POLLNVAL))
        boxd_cancel_token_cancel(w->token);
    return NULL;
}

static int start_thread(cancel_descriptor *w)
{
    sigset_t before;
    signals_block(&before);
    const int failed = pthread_create(&w->thread, NULL, watch, w);
    signals_restore(&before);
    if (!failed)
        libc_set_thread_name(w->thread, "boxd-cancel");
    return failed;
}

cancel_descriptor *cancel_descriptor_new(boxd_cancel_token *token, int fd)
{
    cancel_descriptor *w = fcntl(fd, F_GETFD) < 0 ? NULL : mem_calloc(1, sizeof *w);
    if (!w)
        return NULL;
    *w = (cancel_descriptor){.token = token, .process = getpid(), .fd = fd};
    if (descriptor_pipe(w->ends) != 0) {
        mem_free(w);
        return NULL;
    }
    const int failed = start_thread(w);
    if (!failed)
        return w;
    close(w->ends[0]);
    close(w->ends[1]);
    mem_free(w);
    errno = failed;
    return NULL;
}

void cancel_descriptor_free(cancel_descriptor *w)
{
    if (!w)
        return;
    close(w->ends[1]);
    if (w->process == getpid()) /* a child made by fork() has no such thread */
        pthread_join(w->thread, NULL);
    close(w->ends[0]);
    mem_free(w);
}
