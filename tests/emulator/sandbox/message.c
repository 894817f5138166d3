/*
 * message.c: packets with descriptors between the emulator, the keepers and the inits, and small helpers for
 * all of them. Any process, any thread.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef union {
    /* For the alignment. */
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * SANDBOX_MAX_FDS)];
} control_buffer;

int sandbox_send(int socket, const void *data, size_t size, const int *fds, size_t n_fds)
{
    control_buffer control;
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (n_fds > SANDBOX_MAX_FDS)
        return EINVAL;
    if (n_fds > 0) {
        memset(&control, 0, sizeof(control));
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * n_fds);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

static size_t copy_fds(struct msghdr *message, int *fds, size_t capacity)
{
    size_t n = 0;

    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            if (n < capacity)
                fds[n++] = fd;
            else
                close(fd);
        }
    }
    return n;
}

int sandbox_receive(int socket, void *data, size_t capacity, size_t *size, int *fds, size_t *n_fds)
{
    control_buffer control;
    struct iovec part = {.iov_base = data, .iov_len = capacity};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t got;

    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    *n_fds = 0;
    *size = 0;
    if (got < 0)
        return errno;
    if (got == 0)
        return ECONNRESET;
    *size = (size_t)got;
    *n_fds = copy_fds(&message, fds, SANDBOX_MAX_FDS);
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
        return 0;
    /* MSG_CTRUNC: this process is out of descriptors and some were dropped. */
    while (*n_fds > 0)
        close(fds[--*n_fds]);
    return (message.msg_flags & MSG_CTRUNC) != 0 ? EMFILE : EMSGSIZE;
}

int sandbox_fail(char *why, size_t why_size, int error, const char *format, ...)
{
    va_list arguments;

    if (!why || why_size == 0)
        return error;
    va_start(arguments, format);
    /* The line above initialises it. NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    int used = vsnprintf(why, why_size, format, arguments);
    va_end(arguments);
    const char *text = strerrordesc_np(error); /* strerror() is not thread-safe */
    if (used >= 0 && (size_t)used < why_size)
        (void)snprintf(why + used, why_size - (size_t)used, ": %s", text ? text : "unknown error");
    return error;
}

void sandbox_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

uint64_t sandbox_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
