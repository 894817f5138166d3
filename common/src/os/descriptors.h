/* descriptors.h: descriptors that are closed on exec, and what a system knows about descriptors. Any thread.
 */
#ifndef BOXD_OS_DESCRIPTORS_H
#define BOXD_OS_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As pipe(), socket() and socketpair(), but closed on exec. Where the system needs two calls for that, a
 * program that another thread starts between them inherits the descriptor. */
int descriptor_pipe(int ends[2]);
int descriptor_socket(int family, int type, int protocol);
int descriptor_socket_pair(int ends[2]);

/* Sends without blocking, and without SIGPIPE for a peer that has closed. `descriptor_send` is for threads
 * that block SIGPIPE, and for the sockets of descriptor_socket_pair(). -1 and errno. */
ssize_t descriptor_send(int fd, const void *bytes, size_t size);

/* Opens the object of `fd`, a pipe or a terminal, again without blocking: the new descriptor shares no flags
 * with `fd`. -1: not possible, as for the master of a pseudo terminal, where opening makes a new one. */
int descriptor_reopen(int fd, bool writes);

/* The bytes that a TCP socket has received. False: not known. */
bool descriptor_received(int fd, uint64_t *bytes);

/* Whether `fd` is one end of a pair of sockets within this process, in which bytes wait. */
bool descriptor_is_busy_pair(int fd);

/* Fills `fds` with at most `max` of the descriptors for which descriptor_is_busy_pair() holds and which are
 * not closed on exec, and returns how many. 0 where the system does not list descriptors. */
size_t descriptor_find_busy_pairs(int *fds, size_t max);

#endif
