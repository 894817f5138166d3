/*
 * process.c: a command in a sandbox, in the emulator. Any thread.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_STRING_BYTES (128 * 1024 - 1) /* the kernel's limit for an argument or variable */

struct sandbox_process {
    /* Immutable; a reference. */
    sandbox *sandbox;
    uint64_t generation;
    /* In the pid namespace of the sandbox. */
    pid_t pid;
    int status_fd;
    bool pty;
    /* Never taken while a lock of the sandbox is held. */
    pthread_mutex_t lock;
    struct {
        int in, out, err;
        bool ended;
        int exit_code;
    } synced_data;
};

/* ---- the payload: a memfd with working directory, command and environment, NUL-terminated ---- */

static const char *variable_of(const char *const *env, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; env && env[i]; i++)
        if (strncmp(env[i], name, length) == 0 && env[i][length] == '=')
            return env[i];
    return NULL;
}

static int add_variable(FILE *payload, const sandbox_spawn_options *options, const char *name,
                        const char *prefix, const char *value)
{
    if (variable_of(options->env, name))
        return 0;
    return fprintf(payload, "%s=%s%s%c", name, prefix, value, '\0') < 0 ? EIO : 0;
}

static int add_environment(FILE *payload, const sandbox *s, const sandbox_spawn_options *options)
{
    bool inside = sandbox_host_get()->isolation == SANDBOX_ISOLATION_NAMESPACES;
    const char *root = inside ? "" : s->directory;
    int error = 0;

    error |= add_variable(payload, options, "PATH", "",
                          "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    error |= add_variable(payload, options, "HOME", root, inside ? SANDBOX_HOME : "/fs" SANDBOX_HOME);
    error |= add_variable(payload, options, "USER", "", "boxd");
    error |= add_variable(payload, options, "LOGNAME", "", "boxd");
    error |= add_variable(payload, options, "SHELL", "", "/bin/sh");
    error |= add_variable(payload, options, "TERM", "", options->pty ? "xterm-256color" : "dumb");
    if (!inside)
        error |= add_variable(payload, options, "TMPDIR", root, "/fs/tmp");
    for (size_t i = 0; options->env && options->env[i] && error == 0; i++)
        if (fputs(options->env[i], payload) < 0 || fputc('\0', payload) < 0)
            error = EIO;
    return error;
}

static int make_payload(const sandbox *s, const sandbox_spawn_options *options, int *fd)
{
    bool inside = sandbox_host_get()->isolation == SANDBOX_ISOLATION_NAMESPACES;
    FILE *payload = NULL;
    int error = 0, copy = -1;

    *fd = memfd_create("boxd-command", MFD_CLOEXEC);
    if (*fd < 0)
        return errno;
    copy = fcntl(*fd, F_DUPFD_CLOEXEC, 0);
    payload = copy >= 0 ? fdopen(copy, "w") : NULL;
    if (!payload) {
        error = errno;
        sandbox_close(&copy);
        goto cleanup;
    }
    if (fprintf(payload, "%s%s%c%s%c", inside ? "" : s->directory, inside ? SANDBOX_HOME : "/fs" SANDBOX_HOME,
                '\0', options->command, '\0') < 0)
        error = EIO;
    if (error == 0)
        error = add_environment(payload, s, options);
    if (fclose(payload) != 0 && error == 0)
        error = errno;

cleanup:
    if (error != 0)
        sandbox_close(fd);
    return error;
}

static int check_options(const sandbox_spawn_options *options, char *why, size_t why_size)
{
    if (!options->command || options->cols > 10000 || options->rows > 10000)
        return sandbox_fail(why, why_size, EINVAL, "no command, or invalid window size");
    if (strlen(options->command) > MAX_STRING_BYTES)
        return sandbox_fail(why, why_size, E2BIG, "the command is too long");
    for (size_t i = 0; options->env && options->env[i]; i++) {
        const char *equals = strchr(options->env[i], '=');
        if (!equals || equals == options->env[i])
            return sandbox_fail(why, why_size, EINVAL, "an environment variable has no name");
        if (strlen(options->env[i]) > MAX_STRING_BYTES)
            return sandbox_fail(why, why_size, E2BIG, "an environment variable is too long");
    }
    return 0;
}

/* ---- spawn ---- */

/* The descriptors of SANDBOX_OP_SPAWN, in its order. */
enum { PAYLOAD, STDIN, STDOUT, STDERR, STATUS, N_ENDS };

static int make_pipe(int *ours, int *theirs, bool we_read)
{
    int ends[2];

    sandbox_files_begin(); /* a command opens its pipes again, as /dev/stderr: they must belong to its user */
    int error = pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;
    sandbox_files_end();
    if (error != 0)
        return error;
    *ours = ends[we_read ? 0 : 1];
    *theirs = ends[we_read ? 1 : 0];
    /* Only this end is non-blocking. */
    return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

static int make_pipes(sandbox_process *p, int *ends)
{
    int error = make_pipe(&p->status_fd, &ends[STATUS], true);

    if (error == 0 && !p->pty)
        error = make_pipe(&p->synced_data.in, &ends[STDIN], false);
    if (error == 0 && !p->pty)
        error = make_pipe(&p->synced_data.out, &ends[STDOUT], true);
    if (error == 0 && !p->pty)
        error = make_pipe(&p->synced_data.err, &ends[STDERR], true);
    return error;
}

static int adopt_pty(sandbox_process *p, const int *fds, size_t n_fds)
{
    if (!p->pty && n_fds == 0)
        return 0;
    for (size_t i = 1; i < n_fds; i++)
        close(fds[i]);
    if (n_fds == 0)
        return EPROTO;
    p->synced_data.out = fds[0];
    p->synced_data.in = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
    if (p->synced_data.in < 0 || fcntl(fds[0], F_SETFL, O_RDWR | O_NONBLOCK) != 0)
        return errno;
    return 0;
}

/* Caller holds the sandbox's request_lock. */
static int request_command(sandbox *s, sandbox_process *p, const sandbox_request *request, const int *ends,
                           sandbox_reply *reply)
{
    int packed[N_ENDS], got[SANDBOX_MAX_FDS];
    size_t n = 0, n_got = 0;

    for (size_t i = 0; i < N_ENDS; i++)
        if (ends[i] >= 0)
            packed[n++] = ends[i];
    int state = (int)s->synced_data.state;
    if (state != SANDBOX_RUNNING) {
        int error = state == SANDBOX_SUSPENDED ? EBUSY : ESRCH;
        return sandbox_fail(reply->why, sizeof(reply->why), error,
                            error == EBUSY ? "the box is suspended" : "the box is not running");
    }
    int error = sandbox_request_init(s, request, packed, n, reply, got, &n_got);
    /* Also after EMFILE, when the command runs without its terminal: sandbox_process_free kills it. */
    p->pid = reply->pid;
    p->generation = s->synced_data.generation;
    if (error != 0)
        return error;
    error = adopt_pty(p, got, n_got);
    return error == 0 ? 0 : sandbox_fail(reply->why, sizeof(reply->why), error, "cannot use the terminal");
}

static sandbox_process *new_process(sandbox *s, bool pty)
{
    sandbox_process *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->pty = pty;
    p->status_fd = p->synced_data.in = p->synced_data.out = p->synced_data.err = -1;
    p->sandbox = s;
    sandbox_reference(s);
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

static bool is_stopping(sandbox *s)
{
    pthread_mutex_lock(&s->lock);
    bool stopping = s->synced_data.state == SANDBOX_STOPPING;
    pthread_mutex_unlock(&s->lock);
    return stopping;
}

int sandbox_spawn(sandbox *s, const sandbox_spawn_options *options, sandbox_process **out, char *why,
                  size_t why_size)
{
    sandbox_request request = {.op = SANDBOX_OP_SPAWN, .pty = options->pty};
    sandbox_reply reply = {0};
    int ends[N_ENDS] = {-1, -1, -1, -1, -1};
    sandbox_process *p = NULL;

    *out = NULL;
    int error = check_options(options, why, why_size);
    if (error != 0)
        return error;
    if (is_stopping(s)) /* a stop holds request_lock for its whole grace */
        return sandbox_fail(why, why_size, ESRCH, "the box is stopping");
    request.cols = (uint16_t)(options->cols > 0 ? options->cols : 80);
    request.rows = (uint16_t)(options->rows > 0 ? options->rows : 24);
    p = new_process(s, options->pty);
    error = p ? make_payload(s, options, &ends[PAYLOAD]) : ENOMEM;
    if (error == 0)
        error = make_pipes(p, ends);
    if (error != 0) {
        sandbox_fail(why, why_size, error, "cannot prepare the command");
        goto cleanup;
    }
    pthread_mutex_lock(&s->request_lock);
    error = request_command(s, p, &request, ends, &reply);
    pthread_mutex_unlock(&s->request_lock);
    if (error != 0 && why && why_size > 0)
        (void)snprintf(why, why_size, "%s", reply.why);

cleanup:
    for (size_t i = 0; i < N_ENDS; i++)
        sandbox_close(&ends[i]);
    if (error != 0)
        sandbox_process_free(p);
    else
        *out = p;
    return error;
}

/* ---- descriptors ---- */

int sandbox_process_stdin(const sandbox_process *p)
{
    return p->synced_data.in;
}

int sandbox_process_stdout(const sandbox_process *p)
{
    return p->synced_data.out;
}

int sandbox_process_stderr(const sandbox_process *p)
{
    return p->synced_data.err;
}

int sandbox_process_exit_fd(const sandbox_process *p)
{
    return p->status_fd;
}

bool sandbox_process_close_stdin(sandbox_process *p)
{
    const char end_of_file = 4; /* Ctrl-D: closing a descriptor of the PTY's master would not end the input */

    pthread_mutex_lock(&p->lock);
    bool full = p->pty && p->synced_data.in >= 0 && write(p->synced_data.in, &end_of_file, 1) < 0 &&
                (errno == EAGAIN || errno == EINTR);
    if (!full)
        sandbox_close(&p->synced_data.in);
    pthread_mutex_unlock(&p->lock);
    return !full;
}

int sandbox_process_resize(sandbox_process *p, unsigned cols, unsigned rows)
{
    int error = 0;

    if (!p->pty)
        return ENOTTY;
    if (cols == 0 || rows == 0 || cols > 10000 || rows > 10000)
        return EINVAL;
    struct winsize size = {.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows};
    if (ioctl(p->synced_data.out, TIOCSWINSZ, &size) != 0)
        error = errno;
    return error;
}

/* ---- end of the command ---- */

bool sandbox_process_ended(sandbox_process *p, int *exit_code)
{
    int32_t code;

    pthread_mutex_lock(&p->lock);
    if (!p->synced_data.ended) {
        ssize_t n = read(p->status_fd, &code, sizeof(code));
        if (n == (ssize_t)sizeof(code)) {
            p->synced_data.ended = true;
            p->synced_data.exit_code = code;
        } else if (n == 0) { /* init was killed, and the command with it */
            p->synced_data.ended = true;
            p->synced_data.exit_code = 128 + 9;
        }
    }
    bool ended = p->synced_data.ended;
    if (ended && exit_code)
        *exit_code = p->synced_data.exit_code;
    pthread_mutex_unlock(&p->lock);
    return ended;
}

void sandbox_process_kill(sandbox_process *p, unsigned grace_ms)
{
    sandbox_request request = {.op = SANDBOX_OP_KILL, .pid = p->pid, .grace_ms = grace_ms};
    sandbox *s = p->sandbox;

    /* Without request_lock, which a stop holds for seconds. There is no reply. */
    pthread_mutex_lock(&s->lock);
    if (p->pid > 0 && p->generation == s->synced_data.generation && s->synced_data.init_socket >= 0)
        sandbox_send(s->synced_data.init_socket, &request, sizeof(request), NULL, 0);
    pthread_mutex_unlock(&s->lock);
}

void sandbox_process_free(sandbox_process *p)
{
    if (!p)
        return;
    if (p->status_fd >= 0 && !sandbox_process_ended(p, NULL))
        sandbox_process_kill(p, 0);
    sandbox_close(&p->synced_data.in);
    sandbox_close(&p->synced_data.out);
    sandbox_close(&p->synced_data.err);
    sandbox_close(&p->status_fd);
    pthread_mutex_destroy(&p->lock);
    sandbox_release(p->sandbox);
    free(p);
}
