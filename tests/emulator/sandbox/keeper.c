/*
 * keeper.c: the zygote and the keepers (see internal.h). Both have one thread, so fork is safe, and both end
 * with _exit.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ZYGOTE_ARGUMENT "--boxd-sandbox-zygote"
#define ZYGOTE_SOCKET 3

static int open_pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void block_signals(int *child_signals)
{
    sigset_t all, child;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    *child_signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* False: no children are left. */
static bool reap(int child_signals)
{
    struct signalfd_siginfo info;
    pid_t pid;

    while (read(child_signals, &info, sizeof(info)) > 0)
        continue;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        continue;
    return pid == 0;
}

/* The bare system call, also without flags: fork would restart the helper thread of a sanitizer, and a
 * process with threads cannot create a user namespace. ENOSYS: a filter of an old container, which allows
 * only fork. */
static pid_t clone_child(uint64_t flags)
{
    struct clone_args arguments = {.flags = flags, .exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &arguments, sizeof(arguments));

    return child < 0 && errno == ENOSYS && flags == 0 ? fork() : (pid_t)child;
}

/* ---- keeper ---- */

typedef struct {
    int socket, lifeline, child_signals;
    sandbox_setup setup;
} keeper;

/* Call it after unshare: the kernel clears the parent death signal at each change of credentials. */
static void die_with_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
}

static void send_reply(int socket, const sandbox_reply *reply, const int *fds, size_t n_fds)
{
    if (sandbox_send(socket, reply, sizeof(*reply), fds, n_fds) != 0)
        _exit(1);
}

static void set_up(keeper *k, pid_t parent)
{
    sandbox_reply reply = {0};
    int fds[2] = {-1, -1};
    size_t size, n_fds = 0;
    int ignored[SANDBOX_MAX_FDS];

    if (sandbox_receive(k->socket, &k->setup, sizeof(k->setup), &size, ignored, &n_fds) != 0 ||
        size != sizeof(k->setup) || k->setup.op != SANDBOX_OP_SETUP)
        _exit(1);
    if (k->setup.isolation == SANDBOX_ISOLATION_NAMESPACES)
        reply.error = sandbox_mounts_setup(&k->setup, reply.why, sizeof(reply.why));
    else
        reply.error = sandbox_files_setup(&k->setup, reply.why, sizeof(reply.why));
    die_with_parent(parent);
    if (reply.error == 0) {
        fds[0] = open("fs", O_PATH | O_DIRECTORY | O_CLOEXEC);
        fds[1] = open_pidfd(getpid());
        if (fds[0] < 0 || fds[1] < 0)
            reply.error =
                sandbox_fail(reply.why, sizeof(reply.why), errno, "cannot open the root of the box");
    }
    send_reply(k->socket, &reply, fds, reply.error == 0 ? 2 : 0);
    if (reply.error != 0)
        _exit(1);
    sandbox_close(&fds[0]);
    sandbox_close(&fds[1]);
}

static _Noreturn void run_init(keeper *k, int socket, int parent_pidfd)
{
    sandbox_reply reply = {0};
    struct pollfd parent = {.fd = parent_pidfd, .events = POLLIN};

    /* Without namespaces, init must survive its parent to kill the commands: see pid1.c. */
    prctl(PR_SET_PDEATHSIG, k->setup.isolation == SANDBOX_ISOLATION_NAMESPACES ? SIGKILL : SIGTERM);
    if (poll(&parent, 1, 0) != 0) /* getppid() is 0 in a new pid namespace */
        _exit(0);
    sandbox_close(&parent_pidfd);
    sandbox_close(&k->socket); /* otherwise the emulator would not notice the end of the keeper */
    sandbox_close(&k->lifeline);
    sandbox_close(&k->child_signals);
    prctl(PR_SET_NAME, "boxd-init");
    if (k->setup.isolation == SANDBOX_ISOLATION_NAMESPACES)
        reply.error = sandbox_mounts_enter(&k->setup, reply.why, sizeof(reply.why));
    else if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        reply.error =
            sandbox_fail(reply.why, sizeof(reply.why), errno, "cannot become the reaper of the box");
    send_reply(socket, &reply, NULL, 0);
    if (reply.error != 0)
        _exit(1);
    sandbox_pid1_run(socket, &k->setup);
}

static void start(keeper *k, int socket)
{
    uint64_t flags = k->setup.isolation == SANDBOX_ISOLATION_NAMESPACES
                         ? CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS
                         : 0;
    sandbox_reply reply = {0};
    int pidfd = -1, self = open_pidfd(getpid());
    pid_t child = self < 0 ? -1 : clone_child(flags);

    if (child == 0)
        run_init(k, socket, self);
    if (child > 0)
        pidfd = open_pidfd(child); /* not reaped yet: the pid is still valid */
    if (child < 0 || pidfd < 0)
        reply.error =
            sandbox_fail(reply.why, sizeof(reply.why), errno, "cannot create the pid namespace of the box");
    sandbox_close(&self);
    sandbox_close(&socket);
    send_reply(k->socket, &reply, &pidfd, pidfd >= 0 ? 1 : 0);
    sandbox_close(&pidfd);
}

static void serve_mount(keeper *k, const sandbox_mount_request *request)
{
    sandbox_reply reply = {0};

    if (request->op == SANDBOX_OP_HOSTNAME) {
        memcpy(k->setup.hostname, request->volume, sizeof(request->volume));
        send_reply(k->socket, &reply, NULL, 0);
        return;
    }
    reply.error = request->op == SANDBOX_OP_MOUNT
                      ? sandbox_keeper_mount(request, reply.why, sizeof(reply.why))
                      : sandbox_keeper_unmount(request, reply.why, sizeof(reply.why));
    send_reply(k->socket, &reply, NULL, 0);
}

static void serve_emulator(keeper *k)
{
    static union {
        uint32_t op;
        sandbox_request start;
        sandbox_mount_request mount;
    } request;
    size_t size, n_fds;
    int fds[SANDBOX_MAX_FDS];

    int error = sandbox_receive(k->socket, &request, sizeof(request), &size, fds, &n_fds);
    if (error != 0)
        _exit(0); /* init ends by its parent death signal or its socket */
    if (size == sizeof(request.start) && request.op == SANDBOX_OP_START && n_fds == 1) {
        start(k, fds[0]);
        return;
    }
    while (n_fds > 0)
        close(fds[--n_fds]);
    if (size == sizeof(request.mount))
        serve_mount(k, &request.mount);
}

_Noreturn void sandbox_keeper_run(int socket, int lifeline)
{
    static keeper k;
    pid_t parent = getppid();

    k.socket = socket;
    k.lifeline = lifeline;
    block_signals(&k.child_signals);
    prctl(PR_SET_NAME, "boxd-keeper");
    set_up(&k, parent);
    for (;;) {
        struct pollfd sources[] = {{.fd = k.socket, .events = POLLIN},
                                   {.fd = k.lifeline, .events = POLLIN},
                                   {.fd = k.child_signals, .events = POLLIN}};
        if (poll(sources, 3, -1) < 0 && errno != EINTR)
            _exit(1);
        if (sources[1].revents != 0)
            _exit(0);
        if (sources[2].revents != 0)
            reap(k.child_signals);
        if (sources[0].revents != 0)
            serve_emulator(&k);
    }
}

/* ---- zygote ---- */

/* The keepers end when the lifeline closes, and their inits and commands with them. Without namespaces, a
 * process whose init was killed is reparented to the zygote, the next subreaper, and must be killed here. */
static _Noreturn void end_after_all_others(int child_signals)
{
    struct pollfd children = {.fd = child_signals, .events = POLLIN};
    uint64_t kill_from_ms = sandbox_now_ms() + 3000;
    sandbox_task *tasks;
    size_t n;

    while (reap(child_signals)) {
        poll(&children, 1, 200);
        if (sandbox_now_ms() < kill_from_ms || sandbox_tasks_list(&tasks, &n) != 0)
            continue;
        for (size_t i = 0; i < n; i++)
            if (tasks[i].depth > 0)
                kill(tasks[i].pid, SIGKILL);
        free(tasks);
    }
    _exit(0);
}

static void fork_keeper(int emulator, int child_signals, int lifeline[2])
{
    char byte;
    size_t size, n_fds;
    int fds[SANDBOX_MAX_FDS];

    int error = sandbox_receive(emulator, &byte, sizeof(byte), &size, fds, &n_fds);
    if (error != 0) {
        /* The emulator has ended. The zygote ends last, so that a process that waits for it can remove the
         * files. */
        close(lifeline[1]);
        end_after_all_others(child_signals);
    }
    if (n_fds == 1 && clone_child(0) == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* until unshare, after which the keeper sets it again */
        close(emulator);
        close(child_signals);
        close(lifeline[1]);
        sandbox_keeper_run(fds[0], lifeline[0]);
    }
    while (n_fds > 0)
        close(fds[--n_fds]); /* after a failed fork the emulator gets an end of file */
}

static _Noreturn void run_zygote(void)
{
    int child_signals, lifeline[2];

    if (fcntl(ZYGOTE_SOCKET, F_SETFD, FD_CLOEXEC) != 0 || sandbox_become_user() != 0)
        _exit(2);
    syscall(SYS_close_range, ZYGOTE_SOCKET + 1, ~0u,
            0); /* descriptors that libraries of the emulator leaked */
    setsid();   /* Ctrl-C on the terminal must not reach the boxes */
    prctl(PR_SET_NAME, "boxd-zygote");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    block_signals(&child_signals);
    if (child_signals < 0 || pipe2(lifeline, O_CLOEXEC) != 0)
        _exit(2);
    for (;;) {
        struct pollfd sources[] = {{.fd = ZYGOTE_SOCKET, .events = POLLIN},
                                   {.fd = child_signals, .events = POLLIN}};
        if (poll(sources, 2, -1) < 0 && errno != EINTR)
            _exit(2);
        if (sources[1].revents != 0)
            reap(child_signals);
        if (sources[0].revents != 0)
            fork_keeper(ZYGOTE_SOCKET, child_signals, lifeline);
    }
}

bool sandbox_init_main(int argc, char **argv, int *exit_code)
{
    *exit_code = 0;
    if (argc != 2 || strcmp(argv[1], ZYGOTE_ARGUMENT) != 0)
        return false;
    run_zygote();
}
