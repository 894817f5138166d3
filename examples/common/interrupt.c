/* Turns SIGINT and SIGTERM into a readable file descriptor and a cancel token. Used by the larger examples,
 * on the main thread. */
#include "interrupt.h"

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
    *i = (interrupt){.fd = signalfd(-1, &signals, SFD_CLOEXEC)};
    i->stop = i->fd >= 0 ? boxd_cancel_token_new_for_fd(i->fd) : NULL;
    if (i->stop)
        return true;
    perror("interrupt");
    interrupt_close(i);
    return false;
}

void interrupt_close(interrupt *i)
{
    boxd_cancel_token_free(i->stop);
    if (i->fd >= 0)
        close(i->fd);
}
