/*
 * guardian_linux.c: the process is made by clone(), so that no SIGCHLD comes from it, and no function that
 * the program has registered for fork() runs. Between clone and exit it makes system calls only. Called by
 * boxd/process/terminal.c.
 */
#include "os/guardian.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void guard(int terminal, const struct termios *before, int pipe, pid_t parent)
{
    char byte = 0;
    syscall(SYS_setsid);
    syscall(SYS_prctl, PR_SET_NAME, "boxd-terminal", 0, 0, 0);
    const int low = terminal < pipe ? terminal : pipe, high = terminal < pipe ? pipe : terminal;
    if (low > 0)
        syscall(SYS_close_range, 0U, (unsigned)low - 1, 0U);
    if (high - low > 1)
        syscall(SYS_close_range, (unsigned)low + 1, (unsigned)high - 1, 0U);
    syscall(SYS_close_range, (unsigned)high + 1, ~0U, 0U);
    struct pollfd fds[] = {{.fd = pipe, .events = POLLIN},
                           {.fd = (int)syscall(SYS_pidfd_open, parent, 0), .events = POLLIN}};
    while (syscall(SYS_getppid) == parent && syscall(SYS_ppoll, fds, 2, NULL, NULL, 0) < 0)
        continue;
    if (fds[0].revents == 0 || syscall(SYS_read, pipe, &byte, 1) != 1)
        syscall(SYS_ioctl, terminal, TCSETS, before); /* the kernel's struct is how this one begins */
    syscall(SYS_exit_group, 0);
    __builtin_unreachable();
}

pid_t guardian_start(int terminal, const struct termios *before, int pipe)
{
    const pid_t parent = getpid();
    const pid_t child = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
    if (child == 0)
        guard(terminal, before, pipe, parent);
    return child;
}

void guardian_wait(pid_t guardian)
{
    while (waitpid(guardian, NULL, __WALL) < 0 && errno == EINTR)
        continue;
}
