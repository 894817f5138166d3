/*
 * sandbox.c: a sandbox from create to destroy, seen from the emulator. See sandbox_private.h for the
 * processes behind it.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static rlim_t open_files_soft = 1024; /* before sandbox_limits_raise */

/* A running command costs the emulator four descriptors. Commands get the old limit back (select breaks above
 * 1024). */
void sandbox_limits_raise(void)
{
    static bool raised;
    struct rlimit limit;

    if (raised || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    raised = true;
    open_files_soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int send_signal(int pidfd, int signal)
{
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0 ? 0 : errno;
}

/* False after the time; -1 waits without limit. */
static bool wait_for_end(int pidfd, int timeout_ms)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    uint64_t until = sandbox_now_ms() + (uint64_t)(timeout_ms > 0 ? timeout_ms : 0);
    int n;

    while ((n = poll(&end, 1, timeout_ms)) < 0 && errno == EINTR) {
        uint64_t now = sandbox_now_ms();
        if (timeout_ms > 0)
            timeout_ms = now < until ? (int)(until - now) : 0;
    }
    return n > 0;
}

void sandbox_reference(sandbox *r)
{
    pthread_mutex_lock(&r->lock);
    r->synced_data.references++;
    pthread_mutex_unlock(&r->lock);
}

void sandbox_release(sandbox *r)
{
    pthread_mutex_lock(&r->lock);
    bool last = --r->synced_data.references == 0;
    pthread_mutex_unlock(&r->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&r->lock);
    pthread_mutex_destroy(&r->request_lock);
    free(r->directory);
    free(r);
}

/* Caller holds request_lock. After init has ended: the sandbox is stopped. */
static void forget_init(sandbox *r)
{
    pthread_mutex_lock(&r->lock);
    r->synced_data.state = SANDBOX_STOPPED;
    sandbox_close(&r->synced_data.init_socket);
    sandbox_close(&r->synced_data.init_pidfd);
    pthread_mutex_unlock(&r->lock);
}

static void kill_init(sandbox *r)
{
    if (r->synced_data.init_pidfd >= 0) {
        /* A directory sandbox's init kills its commands when its socket ends, so that is tried first. */
        shutdown(r->synced_data.init_socket, SHUT_RDWR);
        if (!wait_for_end(r->synced_data.init_pidfd, 2000))
            send_signal(r->synced_data.init_pidfd, SIGKILL);
        wait_for_end(r->synced_data.init_pidfd, -1);
    }
    forget_init(r);
}

int sandbox_ask(sandbox *r, const sandbox_request *request, const int *fds, size_t n_fds,
                sandbox_reply *reply, int *got, size_t *n_got)
{
    int ignored[SANDBOX_MAX_FDS];
    size_t size, n = 0;
    int *answer_fds = got ? got : ignored;
    /* The socket cannot be closed meanwhile: that needs request_lock. */
    int error = sandbox_send(r->synced_data.init_socket, request, sizeof(*request), fds, n_fds);

    if (error == 0)
        error = sandbox_receive(r->synced_data.init_socket, reply, sizeof(*reply), &size, answer_fds, &n);
    if (error == 0 && size == sizeof(*reply)) {
        if (n_got)
            *n_got = n;
        while (!got && n > 0)
            close(ignored[--n]);
        return reply->error;
    }
    if (error == 0)
        error = EPROTO;
    while (n > 0)
        close(answer_fds[--n]);
    if (error != ETOOMANYREFS && error != EMFILE)
        kill_init(r); /* it has ended, or what it says can no longer be matched to what it was asked */
    return sandbox_fail(reply->why, sizeof(reply->why), error, "the box's init does not answer");
}

/* ---- create and destroy ---- */

static bool is_valid_id(const char *id)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = id ? strlen(id) : 0;

    return length > 0 && length <= 100 && id[0] != '.' && strspn(id, allowed) == length;
}

static sandbox *new_sandbox(const char *id)
{
    sandbox *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    if (asprintf(&r->directory, "%s/%s", sandbox_host_get()->sandboxes, id) < 0) {
        free(r);
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    pthread_mutex_init(&r->request_lock, NULL);
    r->root_fd = r->keeper_socket = r->keeper_pidfd = -1;
    r->synced_data.init_socket = r->synced_data.init_pidfd = -1;
    r->synced_data.references = 1;
    r->synced_data.state = SANDBOX_STOPPED;
    return r;
}

int sandbox_ask_keeper(sandbox *r, const void *request, size_t size, const int *fds, size_t n_fds,
                       sandbox_reply *reply, int *got, size_t n_expected)
{
    size_t got_size, n_got = 0;
    int all[SANDBOX_MAX_FDS];
    int error = sandbox_send(r->keeper_socket, request, size, fds, n_fds);

    if (error == 0)
        error = sandbox_receive(r->keeper_socket, reply, sizeof(*reply), &got_size, all, &n_got);
    if (error != 0)
        return sandbox_fail(reply->why, sizeof(reply->why), error, "the box's keeper does not answer");
    if (reply->error == 0 && n_got == n_expected && got_size == sizeof(*reply)) {
        memcpy(got, all, n_got * sizeof(int));
        return 0;
    }
    while (n_got > 0)
        close(all[--n_got]);
    return reply->error != 0 ? reply->error : EPROTO;
}

static int set_up_keeper(sandbox *r, const char *hostname, const sandbox *source, sandbox_reply *reply)
{
    int fds[2];
    sandbox_setup *setup = calloc(1, sizeof(*setup));
    int error = setup ? sandbox_host_new_keeper(&r->keeper_socket) : ENOMEM;

    if (error != 0) {
        sandbox_fail(reply->why, sizeof(reply->why), error, "cannot start the box's keeper");
        goto cleanup;
    }
    setup->op = SANDBOX_OP_SETUP;
    setup->isolation = (int32_t)sandbox_host_get()->isolation;
    setup->uid = geteuid();
    setup->gid = getegid();
    setup->open_files_soft = open_files_soft;
    (void)snprintf(setup->hostname, sizeof(setup->hostname), "%s", hostname);
    (void)snprintf(setup->directory, sizeof(setup->directory), "%s", r->directory);
    (void)snprintf(setup->source, sizeof(setup->source), "%s", source ? source->directory : "");
    error = sandbox_ask_keeper(r, setup, sizeof(*setup), NULL, 0, reply, fds, 2);
    if (error == 0) {
        r->root_fd = fds[0];
        r->keeper_pidfd = fds[1];
    }

cleanup:
    free(setup);
    return error;
}

static void explain(const sandbox_reply *reply, char *why, size_t why_size)
{
    if (why && why_size > 0)
        (void)snprintf(why, why_size, "%s", reply->why);
}

int sandbox_create(const char *id, const char *hostname, sandbox *source, sandbox **out, char *why,
                   size_t why_size)
{
    sandbox_reply reply = {0};
    sandbox *r = NULL;
    int error = 0;

    *out = NULL;
    if (!is_valid_id(id) || !hostname || hostname[0] == '\0' || strlen(hostname) > 64 ||
        strchr(hostname, '\n'))
        return sandbox_fail(why, why_size, EINVAL, "the box's id or name is not allowed");
    r = new_sandbox(id);
    if (!r)
        return sandbox_fail(why, why_size, ENOMEM, "cannot make the box");
    if (strlen(r->directory) >= PATH_MAX - 64)
        error = ENAMETOOLONG;
    else if (mkdirat(sandbox_host_get()->sandboxes_fd, id, 0700) != 0)
        error = errno;
    if (error != 0) {
        sandbox_fail(why, why_size, error, "cannot make the box's directory");
        sandbox_release(r); /* and not sandbox_destroy: the directory may be another sandbox's */
        return error;
    }
    error = set_up_keeper(r, hostname, source, &reply);
    if (error != 0) {
        explain(&reply, why, why_size);
        sandbox_destroy(r);
        return error;
    }
    *out = r;
    return 0;
}

void sandbox_destroy(sandbox *r)
{
    if (!r)
        return;
    sandbox_stop(r, 0, NULL, 0);
    pthread_mutex_lock(&r->request_lock);
    sandbox_close(&r->root_fd);
    sandbox_close(&r->keeper_socket); /* the keeper ends at its end of file */
    if (r->keeper_pidfd >= 0) {
        if (!wait_for_end(r->keeper_pidfd, 2000))
            send_signal(r->keeper_pidfd, SIGKILL);
        wait_for_end(r->keeper_pidfd, -1);
    }
    sandbox_close(&r->keeper_pidfd);
    pthread_mutex_unlock(&r->request_lock);
    sandbox_tree_remove(sandbox_host_get()->sandboxes_fd, strrchr(r->directory, '/') + 1);
    sandbox_release(r);
}

/* ---- start and stop ---- */

static int receive_ready(int socket, sandbox_reply *reply)
{
    size_t size, n_fds;
    int fds[SANDBOX_MAX_FDS];
    int error = sandbox_receive(socket, reply, sizeof(*reply), &size, fds, &n_fds);

    if (error != 0)
        return sandbox_fail(reply->why, sizeof(reply->why), error, "the box's init has ended");
    while (n_fds > 0)
        close(fds[--n_fds]);
    return size == sizeof(*reply) ? reply->error : EPROTO;
}

/* Caller holds request_lock. */
static int start_locked(sandbox *r, sandbox_reply *reply)
{
    sandbox_request request = {.op = SANDBOX_OP_START};
    int pair[2] = {-1, -1}, pidfd = -1, error = 0;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return sandbox_fail(reply->why, sizeof(reply->why), errno, "cannot reach the box");
    error = sandbox_ask_keeper(r, &request, sizeof(request), &pair[1], 1, reply, &pidfd, 1);
    sandbox_close(&pair[1]);
    if (error == 0)
        error = receive_ready(pair[0], reply);
    if (error != 0)
        goto cleanup;
    pthread_mutex_lock(&r->lock);
    r->synced_data.init_socket = pair[0];
    r->synced_data.init_pidfd = pidfd;
    r->synced_data.generation++;
    r->synced_data.state = SANDBOX_RUNNING;
    pthread_mutex_unlock(&r->lock);
    return 0;

cleanup:
    sandbox_close(&pidfd);
    sandbox_close(&pair[0]);
    return error;
}

int sandbox_start(sandbox *r, char *why, size_t why_size)
{
    sandbox_reply reply = {0};
    int error = 0;

    pthread_mutex_lock(&r->request_lock);
    if (r->synced_data.state != SANDBOX_STOPPED && wait_for_end(r->synced_data.init_pidfd, 0))
        forget_init(r); /* it has died by itself */
    if (r->synced_data.state == SANDBOX_STOPPED)
        error = start_locked(r, &reply);
    pthread_mutex_unlock(&r->request_lock);
    if (error != 0)
        explain(&reply, why, why_size);
    return error;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): `why` is as in the other calls */
int sandbox_stop(sandbox *r, unsigned grace_ms, char *why, size_t why_size)
{
    sandbox_request request = {.op = SANDBOX_OP_STOP, .grace_ms = grace_ms < 3600000 ? grace_ms : 3600000};

    (void)why;
    (void)why_size; /* it cannot fail: in the end there is SIGKILL */
    pthread_mutex_lock(&r->request_lock);
    if (r->synced_data.state != SANDBOX_STOPPED) {
        pthread_mutex_lock(&r->lock);
        r->synced_data.state =
            SANDBOX_STOPPING; /* sandbox_spawn then says so instead of waiting for the whole stop */
        pthread_mutex_unlock(&r->lock);
        if (sandbox_send(r->synced_data.init_socket, &request, sizeof(request), NULL, 0) == 0)
            wait_for_end(r->synced_data.init_pidfd, (int)request.grace_ms + 2000);
        kill_init(r);
    }
    pthread_mutex_unlock(&r->request_lock);
    return 0;
}

/* ---- suspend and resume ---- */

static int change_state(sandbox *r, int from, int to, sandbox_op op, char *why, size_t why_size)
{
    sandbox_request request = {.op = op};
    sandbox_reply reply = {0};
    int error = 0;

    pthread_mutex_lock(&r->request_lock);
    int state = (int)r->synced_data.state;
    if (state == from) {
        error = sandbox_ask(r, &request, NULL, 0, &reply, NULL, NULL);
        if (error == 0) {
            pthread_mutex_lock(&r->lock);
            r->synced_data.state = to == SANDBOX_RUNNING ? SANDBOX_RUNNING : SANDBOX_SUSPENDED;
            pthread_mutex_unlock(&r->lock);
        }
    } else if (state != to) {
        error = ESRCH;
        sandbox_fail(reply.why, sizeof(reply.why), error, "the box does not run");
    }
    pthread_mutex_unlock(&r->request_lock);
    if (error != 0)
        explain(&reply, why, why_size);
    return error;
}

int sandbox_suspend(sandbox *r, char *why, size_t why_size)
{
    return change_state(r, SANDBOX_RUNNING, SANDBOX_SUSPENDED, SANDBOX_OP_SUSPEND, why, why_size);
}

int sandbox_resume(sandbox *r, char *why, size_t why_size)
{
    return change_state(r, SANDBOX_SUSPENDED, SANDBOX_RUNNING, SANDBOX_OP_RESUME, why, why_size);
}
