/*
 * fd_loop.h: a thread that reads and writes descriptors of the program's: pipes, terminals, sockets, files.
 * They are left as they are (blocking or not), and no read or write of theirs holds the thread up: it waits
 * until they are ready, and then moves no more than they surely take. (What is always ready, a file, takes as
 * long as its file system does.)
 *
 * The thread starts with the first transfer. Functions: home thread, unless they say otherwise.
 */
#ifndef BOXD_FD_LOOP_H
#define BOXD_FD_LOOP_H

#include "core/loop.h"

typedef struct fd_loop {
    loop loop;
    int epoll, wake;
    bool started;
} fd_loop;

typedef enum { FD_FILE, FD_SOCKET, FD_NONBLOCKING, FD_CAREFUL } fd_kind;

typedef struct fd_transfer fd_transfer;

/* One descriptor and one direction: a transfer at a time. */
struct fd_transfer {
    int fd; /* our own; -1: none */
    fd_kind kind;
    bool writes;
    size_t careful_size; /* of what is ready to be written to: so much surely goes without waiting */
    fd_loop *via;
    loop *home;
    void (*over)(fd_transfer *t); /* home thread: once for each start */
    /* The fd thread's from fd_transfer_start() to over(): */
    char *data;
    size_t size, done; /* to be moved (reading: at most), and moved (reading: 0 is the end) */
    int error;         /* an errno value; ECANCELED after fd_transfer_stop() */
    bool waiting;      /* for the descriptor to be ready */
    loop_task task, stop_task;
    /* The home thread's: */
    bool running, stopping;
};

/* Takes a duplicate of the program's `fd` to read from, or to write to. Any thread. 0, or an errno value:
 * EBADF also when it is open the other way only. */
int fd_transfer_open(fd_transfer *t, int fd, bool writes);

/* Closes it; it must not run. Any thread. */
void fd_transfer_close(fd_transfer *t);

/* Writes `size` bytes of `data`, or reads up to so many into it. Starts the thread when it is the first one:
 * over() is not called when that fails. */
boxd_status fd_transfer_start(fd_transfer *t, fd_loop *via, loop *home, boxd_error *error);

/* Ends one that runs: over() follows soon, also for one that does not end by itself. */
void fd_transfer_stop(fd_transfer *t);

/* Joins the thread; nothing runs. */
void fd_loop_stop(fd_loop *l);

#endif
