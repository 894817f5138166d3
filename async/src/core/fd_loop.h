/*
 * fd_loop.h: a thread that reads and writes descriptors of the program: pipes, terminals, sockets, files.
 * It does not change whether they block, and no read or write blocks it: it waits until a descriptor is
 * ready, and then transfers no more bytes than the descriptor accepts without blocking. Files are always
 * ready; their transfers take as long as the file system needs.
 *
 * The thread starts with the first transfer. Functions: home thread, unless they say otherwise.
 */
#ifndef BOXD_FD_LOOP_H
#define BOXD_FD_LOOP_H

#include "core/loop.h"
#include "os/fd_poller.h"
#include "os/wakeup.h"

enum { FD_LOOP_EVENTS = 32 };

typedef struct fd_loop {
    loop loop;
    fd_poller *poller;
    wakeup woken;
    bool started;
    /* The users of the descriptors that the last wait has found ready; NULL: `woken`. Loop thread. */
    void *ready[FD_LOOP_EVENTS];
    size_t count;
} fd_loop;

typedef enum { FD_FILE, FD_SOCKET, FD_NONBLOCKING, FD_CAREFUL } fd_kind;

typedef struct fd_transfer fd_transfer;

/* One descriptor and one direction; one transfer at a time. */
struct fd_transfer {
    /* A duplicate of the program's; -1: none. */
    int fd;
    fd_kind kind;
    bool writes;
    /* Bytes that can be written without blocking once the descriptor is ready. */
    size_t careful_size;
    fd_loop *via;
    loop *home;
    /* The transfer has ended. Home thread, once for each start. */
    void (*over)(fd_transfer *t);
    /* Owned by the fd thread from fd_transfer_start() to over(): */
    char *data;
    /* Bytes to be moved (reading: at most), and bytes moved (reading: 0 is the end). */
    size_t size, done;
    /* An errno value; ECANCELED after fd_transfer_stop(). */
    int error;
    /* Waits until the descriptor is ready. */
    bool waiting;
    loop_task task, stop_task;
    /* Owned by the home thread: */
    bool running, stopping;
};

/* Duplicates the program's `fd`, to read or to write. Any thread. 0, or an errno value: EBADF also when `fd`
 * is open only for the other direction. */
int fd_transfer_open(fd_transfer *t, int fd, bool writes);

/* Closes the duplicate. The transfer must not run. Any thread. */
void fd_transfer_close(fd_transfer *t);

/* Writes `size` bytes of `data`, or reads at most as many into it. The first transfer starts the thread;
 * over() is not called when that fails. */
boxd_status fd_transfer_start(fd_transfer *t, fd_loop *via, loop *home, boxd_error *error);

/* Ends a running transfer: over() follows soon. */
void fd_transfer_stop(fd_transfer *t);

/* Joins the thread. No transfer may run. */
void fd_loop_stop(fd_loop *l);

#endif
