/*
 * guardian_posix.c: the process is made by fork(), so its end sends SIGCHLD to the program. Between fork and
 * exit it calls functions that are safe in signal handlers only. Called by boxd/process/terminal.c.
 */
#include "os/guardian.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Without a limit of descriptors, those above stay open in the guardian. */
enum { MAX_CLOSED = 65536, CHECK_PARENT_MS = 1000 };

static int descriptor_limit(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MAX_CLOSED ? (int)limit.rlim_cur
                                                                                : MAX_CLOSED;
}

/* Waits for the end of the pipe, and for that of the program, whose other children may hold the pipe open. */
static bool is_dismissed(int pipe, pid_t parent)
{
    char byte = 0;
    struct pollfd fd = {.fd = pipe, .events = POLLIN};
    while (getppid() == parent && poll(&fd, 1, CHECK_PARENT_MS) <= 0)
        continue;
    return fd.revents != 0 && read(pipe, &byte, 1) == 1;
}

static _Noreturn void guard(int terminal, const struct termios *before, int pipe, pid_t parent, int limit)
{
    (void)setsid();
    for (int fd = 0; fd < limit; fd++)
        if (fd != terminal && fd != pipe)
            close(fd);
    if (!is_dismissed(pipe, parent))
        (void)tcsetattr(terminal, TCSANOW, before);
    _exit(EXIT_SUCCESS);
}

pid_t guardian_start(int terminal, const struct termios *before, int pipe)
{
    const pid_t parent = getpid();
    const int limit = descriptor_limit();
    const pid_t child = fork();
    if (child == 0)
        guard(terminal, before, pipe, parent, limit);
    return child;
}

void guardian_wait(pid_t guardian)
{
    while (waitpid(guardian, NULL, 0) < 0 && errno == EINTR)
        continue;
}
