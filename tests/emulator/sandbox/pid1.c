/*
 * pid1.c: init, the first process of a running sandbox: spawns the commands, reports their exit codes, kills,
 * stops and continues them. It has one thread.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    /* Also the process group. */
    pid_t pid;
    /* Receives the exit code; -1: the exit code was sent. */
    int status_fd;
    /* The time of SIGKILL for the group; 0: never. */
    uint64_t kill_at_ms;
    bool pty;
} command;

typedef struct {
    int socket, child_signals;
    const sandbox_setup *setup;
    /* Running commands, and ended commands whose group is to be killed later. */
    command *commands;
    size_t n_commands, capacity;
    /* Processes that were stopped before the suspend; the resume does not continue them. */
    pid_t *stopped_before;
    size_t n_stopped_before;
    bool stopping, parent_died;
    uint64_t stop_at_ms;
} init_state;

static bool has_namespaces(const init_state *s)
{
    return s->setup->isolation == SANDBOX_ISOLATION_NAMESPACES;
}

static void signal_all(const init_state *s, int signal)
{
    sandbox_task *tasks;
    size_t n;

    if (has_namespaces(s)) {
        kill(-1, signal); /* atomic: no process escapes by a fork */
        return;
    }
    if (sandbox_tasks_list(&tasks, &n) != 0)
        return;
    for (size_t i = 0; i < n; i++)
        if (tasks[i].depth > 0)
            kill(tasks[i].pid, signal);
    free(tasks);
}

/* ---- the commands ---- */

static void remove_command(init_state *s, size_t index)
{
    sandbox_close(&s->commands[index].status_fd);
    s->commands[index] = s->commands[--s->n_commands];
}

static bool add_command(init_state *s, pid_t pid, int status_fd, bool pty)
{
    if (s->n_commands == s->capacity) {
        size_t capacity = s->capacity * 2 + 16;
        command *larger = realloc(s->commands, capacity * sizeof(*larger));
        if (!larger)
            return false;
        s->commands = larger;
        s->capacity = capacity;
    }
    s->commands[s->n_commands++] = (command){.pid = pid, .status_fd = status_fd, .pty = pty};
    return true;
}

static void report_end(init_state *s, pid_t pid, int status)
{
    int32_t code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);

    for (size_t i = 0; i < s->n_commands; i++) {
        command *c = &s->commands[i];
        if (c->pid != pid || c->status_fd < 0)
            continue;
        /* The emulator may have closed the other end; SIGPIPE is blocked, as are all signals. */
        if (write(c->status_fd, &code, sizeof(code)) < 0)
            code = 0;
        sandbox_close(&c->status_fd);
        if (c->kill_at_ms == 0)
            remove_command(s, i);
        return;
    }
}

/* False: no children are left, which for init means no processes at all. */
static bool reap(init_state *s)
{
    struct signalfd_siginfo info;
    int status;
    pid_t pid;

    while (read(s->child_signals, &info, sizeof(info)) > 0)
        s->parent_died |= info.ssi_signo == SIGTERM;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        report_end(s, pid, status);
    return pid == 0;
}

/* Sends SIGKILL to groups whose grace is over. An ended command stays in the list while its group has
 * members, because only then is the number of the group valid. */
static void run_timers(init_state *s)
{
    uint64_t now = sandbox_now_ms();

    for (size_t i = s->n_commands; i-- > 0;) {
        command *c = &s->commands[i];
        if (c->kill_at_ms == 0)
            continue;
        if (c->status_fd < 0 && kill(-c->pid, 0) != 0) {
            remove_command(s, i);
        } else if (c->kill_at_ms <= now) {
            kill(-c->pid, SIGKILL);
            c->kill_at_ms = 0;
            if (c->status_fd < 0)
                remove_command(s, i);
        }
    }
    if (s->stopping && s->stop_at_ms <= now)
        signal_all(s, SIGKILL);
}

static int next_timeout_ms(const init_state *s)
{
    uint64_t next = s->stopping ? s->stop_at_ms : UINT64_MAX;

    for (size_t i = 0; i < s->n_commands; i++)
        if (s->commands[i].kill_at_ms != 0 && s->commands[i].kill_at_ms < next)
            next = s->commands[i].kill_at_ms;
    if (next == UINT64_MAX)
        return -1;
    uint64_t now = sandbox_now_ms();
    if (next <= now) /* a stop after its grace: kills again, for processes that were forked meanwhile */
        return 5;
    return next - now > 60000 ? 60000 : (int)(next - now);
}

/* ---- requests ---- */

static void handle_spawn(init_state *s, const sandbox_request *request, int *fds, size_t *n_fds)
{
    sandbox_reply reply = {0};
    int pty = -1, status_fd = *n_fds > 0 ? fds[*n_fds - 1] : -1;

    if (s->stopping)
        reply.error = ESRCH;
    else
        reply.pid = sandbox_pid1_execute(request, s->setup, fds, *n_fds, &pty, &reply.error);
    if (reply.error == 0 && !add_command(s, reply.pid, status_fd, request->pty)) {
        kill(reply.pid, SIGKILL);
        sandbox_close(&pty);
        reply.error = ENOMEM;
    }
    if (reply.error == 0)
        (*n_fds)--; /* the status descriptor is kept */
    else
        sandbox_fail(reply.why, sizeof(reply.why), reply.error, "cannot start the command");
    if (sandbox_send(s->socket, &reply, sizeof(reply), &pty, pty >= 0 ? 1 : 0) != 0 && reply.error == 0)
        kill(-reply.pid, SIGKILL);
    sandbox_close(&pty);
}

static void handle_kill(init_state *s, const sandbox_request *request)
{
    for (size_t i = 0; i < s->n_commands; i++) {
        command *c = &s->commands[i];
        if (c->pid != request->pid)
            continue;
        uint64_t at_ms = sandbox_now_ms() + request->grace_ms;
        if (request->grace_ms == 0)
            kill(-c->pid, SIGKILL);
        else if (c->kill_at_ms == 0)
            kill(-c->pid, SIGTERM);
        if (request->grace_ms != 0 && (c->kill_at_ms == 0 || at_ms < c->kill_at_ms))
            c->kill_at_ms = at_ms;
        return;
    }
}

static void handle_stop(init_state *s, const sandbox_request *request)
{
    s->stopping = true;
    s->stop_at_ms = sandbox_now_ms() + request->grace_ms;
    signal_all(s, request->grace_ms == 0 ? SIGKILL : SIGTERM);
    signal_all(s, SIGCONT);
    /* Interactive shells ignore SIGTERM, but end when they lose their terminal. */
    for (size_t i = 0; i < s->n_commands; i++)
        if (s->commands[i].pty)
            kill(-s->commands[i].pid, SIGHUP);
}

static bool is_stopped(char state)
{
    return state == 'T' || state == 't' || state == 'Z' || state == 'X';
}

/* Sends SIGSTOP to the running processes of the smallest depth. Returns this depth; 0: all are stopped. */
static int stop_nearest(void)
{
    sandbox_task *tasks;
    size_t n;
    int nearest = 0;

    if (sandbox_tasks_list(&tasks, &n) != 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (tasks[i].depth > 0 && !is_stopped(tasks[i].state) && (nearest == 0 || tasks[i].depth < nearest))
            nearest = tasks[i].depth;
    for (size_t i = 0; i < n; i++)
        if (nearest > 0 && tasks[i].depth == nearest && !is_stopped(tasks[i].state))
            kill(tasks[i].pid, SIGSTOP);
    free(tasks);
    return nearest;
}

/* Stops parents before their children, one depth after the other: a running shell would take a stopped child
 * for Ctrl-Z. There is no event for a stopped grandchild, so this polls a limited number of times: a process
 * that sleeps in the kernel stops only when it returns. */
static void stop_by_depth(void)
{
    int depth, last = 0;

    for (unsigned tries = 0; tries < 200 && (depth = stop_nearest()) > 0; tries++) {
        if (depth == last)
            poll(NULL, 0, 1);
        last = depth;
    }
}

static int handle_suspend(init_state *s)
{
    sandbox_task *tasks;
    size_t n;
    int error = sandbox_tasks_list(&tasks, &n);

    if (error != 0)
        return error;
    pid_t *before = calloc(n + 1, sizeof(*before));
    if (!before) {
        free(tasks);
        return ENOMEM;
    }
    free(s->stopped_before);
    s->stopped_before = before;
    s->n_stopped_before = 0;
    for (size_t i = 0; i < n; i++)
        if (tasks[i].depth > 0 && tasks[i].state == 'T')
            before[s->n_stopped_before++] = tasks[i].pid;
    free(tasks);
    stop_by_depth();
    signal_all(s, SIGSTOP); /* for processes that were forked since the last poll */
    return 0;
}

static bool was_stopped_before(const init_state *s, pid_t pid)
{
    for (size_t i = 0; i < s->n_stopped_before; i++)
        if (s->stopped_before[i] == pid)
            return true;
    return false;
}

static int deepest_first(const void *left, const void *right)
{
    const sandbox_task *a = left, *b = right;

    return (b->depth > a->depth) - (b->depth < a->depth);
}

/* Continues children before their parents, for the same reason as in stop_by_depth. */
static int handle_resume(init_state *s)
{
    sandbox_task *tasks;
    size_t n;
    int error = sandbox_tasks_list(&tasks, &n);

    if (error != 0)
        return error;
    qsort(tasks, n, sizeof(*tasks), deepest_first);
    for (size_t i = 0; i < n && tasks[i].depth > 0; i++)
        if (!was_stopped_before(s, tasks[i].pid))
            kill(tasks[i].pid, SIGCONT);
    free(tasks);
    return 0;
}

static void handle_request(init_state *s, const sandbox_request *request, int *fds, size_t *n_fds)
{
    sandbox_reply reply = {0};

    switch (request->op) {
    case SANDBOX_OP_SPAWN:
        handle_spawn(s, request, fds, n_fds);
        return;
    case SANDBOX_OP_KILL:
        handle_kill(s, request);
        return;
    case SANDBOX_OP_STOP:
        handle_stop(s, request);
        return;
    case SANDBOX_OP_SUSPEND:
        reply.error = handle_suspend(s);
        break;
    case SANDBOX_OP_RESUME:
        reply.error = handle_resume(s);
        break;
    default:
        reply.error = EPROTO;
    }
    if (reply.error != 0)
        sandbox_fail(reply.why, sizeof(reply.why), reply.error,
                     "cannot stop or continue the processes of the box");
    sandbox_send(s->socket, &reply, sizeof(reply), NULL, 0);
}

/* The emulator has ended, or destroys this sandbox. */
static _Noreturn void end_now(init_state *s)
{
    signal_all(s, SIGKILL);
    while (!has_namespaces(s) && reap(s)) {
        struct pollfd children = {.fd = s->child_signals, .events = POLLIN};
        poll(&children, 1, 5);
        signal_all(s, SIGKILL);
    }
    _exit(0); /* with namespaces the kernel kills the rest */
}

static void serve_emulator(init_state *s)
{
    sandbox_request request;
    int fds[SANDBOX_MAX_FDS];
    size_t size, n_fds;
    int error = sandbox_receive(s->socket, &request, sizeof(request), &size, fds, &n_fds);

    if (error == EMFILE) {
        sandbox_reply reply = {.error = EMFILE};
        sandbox_fail(reply.why, sizeof(reply.why), EMFILE, "too many commands run in the box");
        sandbox_send(s->socket, &reply, sizeof(reply), NULL, 0);
        return;
    }
    if (error != 0 || size != sizeof(request))
        end_now(s);
    handle_request(s, &request, fds, &n_fds);
    while (n_fds > 0)
        close(fds[--n_fds]);
}

_Noreturn void sandbox_pid1_run(int socket, const sandbox_setup *setup)
{
    init_state s = {.socket = socket, .setup = setup};
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigaddset(&child, SIGTERM); /* without namespaces: the keeper has died */
    s.child_signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s.child_signals < 0)
        _exit(1);
    for (;;) {
        struct pollfd sources[] = {{.fd = socket, .events = POLLIN},
                                   {.fd = s.child_signals, .events = POLLIN}};
        if (poll(sources, 2, next_timeout_ms(&s)) < 0 && errno != EINTR)
            end_now(&s);
        bool children = true;
        if (sources[1].revents != 0 || s.stopping)
            children = reap(&s);
        if (s.parent_died)
            end_now(&s);
        if (sources[0].revents != 0)
            serve_emulator(&s);
        run_timers(&s);
        if (s.stopping && (!children || !reap(&s)))
            _exit(0);
    }
}
