/*
 * wakeup.h: a descriptor that is readable while it is raised: what a thread or an event loop waits on until
 * another thread wakes it. An eventfd, or a pipe that does not block.
 */
#ifndef BOXD_OS_WAKEUP_H
#define BOXD_OS_WAKEUP_H

typedef struct wakeup {
    /* Readable while raised; -1: not open. */
    int fd;
    /* What raises it: `fd` itself, or the other end of the pipe. */
    int raising_fd;
} wakeup;

#define WAKEUP_INIT ((wakeup){-1, -1})

/* Opens it, not raised; its descriptors are closed on exec. 0, or an errno value. */
int wakeup_open(wakeup *w);

/* Closes it, unless it is not open. */
void wakeup_close(wakeup *w);

/* Raises it, also if it is raised. Never blocks. Any thread. */
void wakeup_raise(const wakeup *w);

/* Lowers it, also if it is not raised. Any thread, but not beside wakeup_raise(), whose order matters. */
void wakeup_lower(const wakeup *w);

#endif
