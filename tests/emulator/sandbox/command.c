/*
 * command.c: fork and exec of a command, in init.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* The strings of the payload: working directory, command, environment. All point into `text`. */
typedef struct {
    char *text;
    char **env;
    const char *directory, *command;
} command_line;

static int read_payload(int fd, char **text, size_t *size)
{
    struct stat status;

    *size = 0;
    *text = NULL;
    if (fstat(fd, &status) != 0)
        return errno;
    *size = (size_t)status.st_size;
    *text = malloc(*size + 1);
    if (!*text)
        return ENOMEM;
    for (size_t done = 0; done < *size;) {
        ssize_t n = pread(fd, *text + done, *size - done, (off_t)done);
        if (n <= 0) {
            int error = n < 0 ? errno : 0;
            free(*text);
            *text = NULL;
            return error != 0 ? error : EPROTO;
        }
        done += (size_t)n;
    }
    (*text)[*size] = '\0';
    return 0;
}

static int parse_payload(int fd, command_line *line)
{
    size_t size, n_strings = 0;
    int error = read_payload(fd, &line->text, &size);

    if (error != 0)
        return error;
    for (size_t i = 0; i < size; i++)
        n_strings += line->text[i] == '\0';
    line->env = n_strings >= 2 ? calloc(n_strings, sizeof(char *)) : NULL;
    if (!line->env) {
        free(line->text);
        return n_strings >= 2 ? ENOMEM : EPROTO;
    }
    line->directory = line->text;
    line->command = line->directory + strlen(line->directory) + 1;
    const char *next = line->command + strlen(line->command) + 1;
    for (size_t i = 0; i + 2 < n_strings; i++, next += strlen(next) + 1)
        line->env[i] = line->text + (next - line->text);
    return 0;
}

static int open_pty(const sandbox_request *request, int *master, int *slave)
{
    struct winsize size = {.ws_col = request->cols, .ws_row = request->rows};
    int unlocked = 0;

    *master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*master < 0)
        return errno;
    *slave = -1;
    if (ioctl(*master, TIOCSPTLCK, &unlocked) == 0 && ioctl(*master, TIOCSWINSZ, &size) == 0)
        *slave = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*slave >= 0)
        return 0;
    int error = errno;
    sandbox_close(master);
    return error;
}

static void reset_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        sigaction(i, &standard, NULL); /* exec keeps ignored signals ignored, and the emulator ignores some */
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void run_command(const command_line *line, const sandbox_setup *setup, const int standard[3],
                                  bool pty)
{
    static const char message[] = "boxd: cannot run sh\n";
    char shell[] = "/bin/sh", name[] = "sh", option[] = "-c";
    char *arguments[] = {name, option, line->text + (line->command - line->text), NULL};
    struct rlimit limit;

    /* Without a pid namespace, commands do not end with init by themselves. */
    prctl(PR_SET_PDEATHSIG, setup->isolation == SANDBOX_ISOLATION_DIRECTORY ? SIGKILL : 0);
    if (pty) {
        setsid();
        ioctl(standard[0], TIOCSCTTY, 0);
    } else {
        setpgid(0, 0);
    }
    for (int i = 0; i < 3; i++)
        dup2(standard[i], i); /* 0, 1 and 2 are open in init, so `standard` contains none of them */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = setup->open_files_soft < limit.rlim_max ? setup->open_files_soft : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (chdir(line->directory) != 0 && chdir("/") != 0)
        _exit(126);
    umask(0022);
    reset_signals();
    execve(shell, arguments, line->env);
    int error = errno;
    if (write(2, message, sizeof(message) - 1) < 0)
        _exit(126);
    _exit(error == ENOENT ? 127 : 126);
}

/* On success *pty is the master of the PTY, or -1. */
pid_t sandbox_pid1_execute(const sandbox_request *request, const sandbox_setup *setup, int *fds, size_t n_fds,
                           int *pty, int *error)
{
    command_line line;
    int standard[3], slave = -1;
    pid_t child = -1;

    *pty = -1;
    if (n_fds != (request->pty ? 2u : 5u)) {
        *error = EPROTO;
        return -1;
    }
    *error = parse_payload(fds[0], &line);
    if (*error != 0)
        return -1;
    if (request->pty)
        *error = open_pty(request, pty, &slave);
    for (size_t i = 0; i < 3; i++)
        standard[i] = request->pty ? slave : fds[i + 1];
    if (*error == 0) {
        child = fork();
        if (child == 0)
            run_command(&line, setup, standard, request->pty);
        *error = child < 0 ? errno : 0;
    }
    if (child > 0 && !request->pty)
        setpgid(child, child); /* also here: a kill may arrive before the child has called it */
    sandbox_close(&slave);
    if (child < 0)
        sandbox_close(pty);
    free(line.env);
    free(line.text);
    return child;
}
