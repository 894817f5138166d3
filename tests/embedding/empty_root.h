/* empty_root.h: a process without files below /. For tests of programs that run so. */
#ifndef EMPTY_ROOT_H
#define EMPTY_ROOT_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of a test that CTest reports as skipped. */
#define EXIT_SKIPPED 77

/* Makes / an empty folder: no /proc, /dev, /etc and /tmp. Without the right to do so, the process first gets
 * it in a user namespace, while it has one thread. False: that is refused as well. */
static inline bool enter_empty_root(void)
{
    char directory[] = "/tmp/boxd-root-XXXXXX";
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    if (!mkdtemp(directory) || chdir(directory) != 0 || rmdir(directory) != 0)
        return false;
    return chroot(".") == 0 || (unshare(CLONE_NEWUSER) == 0 && chroot(".") == 0);
}

/* Whether a process may enter an empty root. If not, says so. */
static inline bool can_enter_empty_root(void)
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0)
        _exit(enter_empty_root() ? EXIT_SUCCESS : EXIT_FAILURE);
    const bool can = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
    if (!can)
        (void)puts("skipped: neither chroot() nor a user namespace is allowed here");
    return can;
}

#endif
