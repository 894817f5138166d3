/*
 * fd_poller.h: waits until descriptors are ready: epoll, or poll. A descriptor is added for one direction,
 * once. Functions: one thread, or before it starts and after it has ended.
 */
#ifndef BOXD_OS_FD_POLLER_H
#define BOXD_OS_FD_POLLER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct fd_poller fd_poller;

/* NULL and errno: ENOMEM, or no descriptor is left. */
fd_poller *fd_poller_new(void);

/* NULL is allowed. */
void fd_poller_free(fd_poller *p);

/* Waits for `fd` from now on; fd_poller_wait() returns `user`. 0, or an errno value: EPERM for a file, which
 * is always ready. */
int fd_poller_add(fd_poller *p, int fd, bool writes, void *user);

/* Waits for `fd` no longer. */
void fd_poller_remove(fd_poller *p, int fd);

/* Waits until a descriptor is ready, has an error or was closed by its peer; without `blocks` it only looks.
 * Fills `users` with at most `max` of those that are ready, and returns how many; 0 after a signal, too. */
size_t fd_poller_wait(fd_poller *p, bool blocks, void **users, size_t max);

#endif
