/* Turns SIGINT and SIGTERM into a readable file descriptor and a cancel token. Used by the larger examples,
 * on the main thread; watch() is a thread of its own. */
#include "interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

bool interrupt_open(interrupt *i)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    *i = (interrupt){.fd = signalfd(-1, &signals, SFD_CLOEXEC), .stop = boxd_cancel_token_new()};
    if (i->fd >= 0 && i->stop)
        return true;
    perror("interrupt");
    interrupt_close(i);
    return false;
}

static void *watch(void *user)
{
    interrupt *i = user;
    int before;
    while (poll(&(struct pollfd){.fd = i->fd, .events = POLLIN}, 1, -1) != 1)
        continue;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE,
                           &before); /* interrupt_close() may cancel this thread at any time */
    boxd_cancel_token_cancel(i->stop);
    return NULL;
}

bool interrupt_watch(interrupt *i)
{
    i->watched = pthread_create(&i->watcher, NULL, watch, i) == 0;
    if (!i->watched)
        (void)fprintf(stderr, "interrupt: cannot start a thread\n");
    return i->watched;
}

void interrupt_close(interrupt *i)
{
    if (i->watched) {
        pthread_cancel(i->watcher); /* it is in poll() if no signal has arrived */
        pthread_join(i->watcher, NULL);
    }
    if (i->fd >= 0)
        close(i->fd);
    boxd_cancel_token_free(i->stop);
}
