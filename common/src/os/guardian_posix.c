/*
 * guardian_posix.c: the process is made by two calls of fork(), so that it is no child of the program: a
 * program that waits for any child does not get it. The program gets one SIGCHLD, of the process in between.
 * Between fork and exit, functions are called that are safe in signal handlers. Called by
 * boxd/process/terminal.c.
 */
#include "os/guardian.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Without a limit of descriptors, those above stay open in the guardian. */
enum { MAX_CLOSED = 65536, CHECK_PROGRAM_MS = 1000 };

static int descriptor_limit(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MAX_CLOSED ? (int)limit.rlim_cur
                                                                                : MAX_CLOSED;
}

/* Whether a byte comes before the end of the pipe, and before that of the program, whose other children may
 * hold the pipe open. */
static bool is_dismissed(int pipe, pid_t program)
{
    char byte = 0;
    struct pollfd fd = {.fd = pipe, .events = POLLIN};
    while (poll(&fd, 1, CHECK_PROGRAM_MS) <= 0 && kill(program, 0) == 0)
        continue;
    return poll(&fd, 1, 0) == 1 && read(pipe, &byte, 1) == 1;
}

static _Noreturn void guard(int terminal, const struct termios *before, int pipe, pid_t program, int limit)
{
    (void)setsid();
    for (int fd = 0; fd < limit; fd++)
        if (fd != terminal && fd != pipe)
            close(fd);
    if (!is_dismissed(pipe, program))
        (void)tcsetattr(terminal, TCSANOW, before);
    _exit(EXIT_SUCCESS);
}

pid_t guardian_start(int terminal, const struct termios *before, int pipe)
{
    const pid_t program = getpid();
    const int limit = descriptor_limit();
    const pid_t between = fork();
    if (between < 0)
        return -1;
    if (between == 0) {
        const pid_t guardian = fork();
        if (guardian == 0)
            guard(terminal, before, pipe, program, limit);
        _exit(guardian < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
    }
    int status = 0; /* stays 0 if a handler of the program has waited for the process */
    while (waitpid(between, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status == 0)
        return 0;
    errno = EAGAIN;
    return -1;
}

void guardian_wait(pid_t guardian)
{
    (void)guardian;
}
