/*
 * sandbox.c: the life of a sandbox from create to destroy, in the emulator. internal.h describes its
 * processes. Any thread.
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

/* A running command needs four descriptors in the emulator. Commands themselves get the old limit, since
 * select fails above 1024. */
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

/* False: timed out; -1: no timeout. */
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

void sandbox_reference(sandbox *s)
{
    pthread_mutex_lock(&s->lock);
    s->synced_data.references++;
    pthread_mutex_unlock(&s->lock);
}

void sandbox_release(sandbox *s)
{
    pthread_mutex_lock(&s->lock);
    bool last = --s->synced_data.references == 0;
    pthread_mutex_unlock(&s->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->request_lock);
    free(s->directory);
    free(s);
}

/* Caller holds request_lock. Marks the sandbox as stopped after init has ended. */
static void clear_init(sandbox *s)
{
    pthread_mutex_lock(&s->lock);
    s->synced_data.state = SANDBOX_STOPPED;
    sandbox_close(&s->synced_data.init_socket);
    sandbox_close(&s->synced_data.init_pidfd);
    pthread_mutex_unlock(&s->lock);
}

static void kill_init(sandbox *s)
{
    if (s->synced_data.init_pidfd >= 0) {
        /* Without namespaces, init kills its commands when its socket ends, so this is tried first. */
        shutdown(s->synced_data.init_socket, SHUT_RDWR);
        if (!wait_for_end(s->synced_data.init_pidfd, 2000))
            send_signal(s->synced_data.init_pidfd, SIGKILL);
        wait_for_end(s->synced_data.init_pidfd, -1);
    }
    clear_init(s);
}

int sandbox_request_init(sandbox *s, const sandbox_request *request, const int *fds, size_t n_fds,
                         sandbox_reply *reply, int *got, size_t *n_got)
{
    int ignored[SANDBOX_MAX_FDS];
    size_t size, n = 0;
    int *reply_fds = got ? got : ignored;
    /* The socket stays open: closing it needs request_lock. */
    int error = sandbox_send(s->synced_data.init_socket, request, sizeof(*request), fds, n_fds);

    if (error == 0)
        error = sandbox_receive(s->synced_data.init_socket, reply, sizeof(*reply), &size, reply_fds, &n);
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
        close(reply_fds[--n]);
    if (error != ETOOMANYREFS && error != EMFILE)
        kill_init(s); /* init has ended, or its replies no longer match the requests */
    return sandbox_fail(reply->why, sizeof(reply->why), error, "the init process of the box does not reply");
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
    sandbox *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    if (asprintf(&s->directory, "%s/%s", sandbox_host_get()->sandboxes, id) < 0) {
        free(s);
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->request_lock, NULL);
    s->root_fd = s->keeper_socket = s->keeper_pidfd = -1;
    s->synced_data.init_socket = s->synced_data.init_pidfd = -1;
    s->synced_data.references = 1;
    s->synced_data.state = SANDBOX_STOPPED;
    return s;
}

int sandbox_request_keeper(sandbox *s, const void *request, size_t size, const int *fds, size_t n_fds,
                           sandbox_reply *reply, int *got, size_t n_expected)
{
    size_t got_size, n_got = 0;
    int all[SANDBOX_MAX_FDS];
    int error = sandbox_send(s->keeper_socket, request, size, fds, n_fds);

    if (error == 0)
        error = sandbox_receive(s->keeper_socket, reply, sizeof(*reply), &got_size, all, &n_got);
    if (error != 0)
        return sandbox_fail(reply->why, sizeof(reply->why), error,
                            "the keeper process of the box does not reply");
    if (reply->error == 0 && n_got == n_expected && got_size == sizeof(*reply)) {
        memcpy(got, all, n_got * sizeof(int));
        return 0;
    }
    while (n_got > 0)
        close(all[--n_got]);
    return reply->error != 0 ? reply->error : EPROTO;
}

static int set_up_keeper(sandbox *s, const char *hostname, const sandbox *source, sandbox_reply *reply)
{
    int fds[2];
    sandbox_setup *setup = calloc(1, sizeof(*setup));
    int error = setup ? sandbox_host_new_keeper(&s->keeper_socket) : ENOMEM;

    if (error != 0) {
        sandbox_fail(reply->why, sizeof(reply->why), error, "cannot start the keeper process of the box");
        goto cleanup;
    }
    setup->op = SANDBOX_OP_SETUP;
    setup->isolation = (int32_t)sandbox_host_get()->isolation;
    setup->uid = sandbox_host_get()->uid;
    setup->gid = sandbox_host_get()->gid;
    setup->open_files_soft = open_files_soft;
    (void)snprintf(setup->hostname, sizeof(setup->hostname), "%s", hostname);
    (void)snprintf(setup->directory, sizeof(setup->directory), "%s", s->directory);
    (void)snprintf(setup->source, sizeof(setup->source), "%s", source ? source->directory : "");
    error = sandbox_request_keeper(s, setup, sizeof(*setup), NULL, 0, reply, fds, 2);
    if (error == 0) {
        s->root_fd = fds[0];
        s->keeper_pidfd = fds[1];
    }

cleanup:
    free(setup);
    return error;
}

static void copy_error(const sandbox_reply *reply, char *why, size_t why_size)
{
    if (why && why_size > 0)
        (void)snprintf(why, why_size, "%s", reply->why);
}

int sandbox_create(const char *id, const char *hostname, sandbox *source, sandbox **out, char *why,
                   size_t why_size)
{
    sandbox_reply reply = {0};
    sandbox *s = NULL;
    int error = 0;

    *out = NULL;
    if (!is_valid_id(id) || !hostname || hostname[0] == '\0' || strlen(hostname) > 64 ||
        strchr(hostname, '\n'))
        return sandbox_fail(why, why_size, EINVAL, "invalid id or name of the box");
    s = new_sandbox(id);
    if (!s)
        return sandbox_fail(why, why_size, ENOMEM, "cannot create the box");
    sandbox_files_begin();
    if (strlen(s->directory) >= PATH_MAX - 64)
        error = ENAMETOOLONG;
    else if (mkdirat(sandbox_host_get()->sandboxes_fd, id, 0700) != 0)
        error = errno;
    sandbox_files_end();
    if (error != 0) {
        sandbox_fail(why, why_size, error, "cannot create the directory of the box");
        sandbox_release(s); /* not sandbox_destroy: the directory may belong to another sandbox */
        return error;
    }
    error = set_up_keeper(s, hostname, source, &reply);
    if (error != 0) {
        copy_error(&reply, why, why_size);
        sandbox_destroy(s);
        return error;
    }
    *out = s;
    return 0;
}

void sandbox_destroy(sandbox *s)
{
    if (!s)
        return;
    sandbox_stop(s, 0, NULL, 0);
    pthread_mutex_lock(&s->request_lock);
    sandbox_close(&s->root_fd);
    sandbox_close(&s->keeper_socket); /* the keeper ends at the end of file */
    if (s->keeper_pidfd >= 0) {
        if (!wait_for_end(s->keeper_pidfd, 2000))
            send_signal(s->keeper_pidfd, SIGKILL);
        wait_for_end(s->keeper_pidfd, -1);
    }
    sandbox_close(&s->keeper_pidfd);
    pthread_mutex_unlock(&s->request_lock);
    sandbox_tree_remove(sandbox_host_get()->sandboxes_fd, strrchr(s->directory, '/') + 1);
    sandbox_release(s);
}

/* ---- start and stop ---- */

static int receive_ready(int socket, sandbox_reply *reply)
{
    size_t size, n_fds;
    int fds[SANDBOX_MAX_FDS];
    int error = sandbox_receive(socket, reply, sizeof(*reply), &size, fds, &n_fds);

    if (error != 0)
        return sandbox_fail(reply->why, sizeof(reply->why), error, "the init process of the box has ended");
    while (n_fds > 0)
        close(fds[--n_fds]);
    return size == sizeof(*reply) ? reply->error : EPROTO;
}

/* Caller holds request_lock. */
static int start_locked(sandbox *s, sandbox_reply *reply)
{
    sandbox_request request = {.op = SANDBOX_OP_START};
    int pair[2] = {-1, -1}, pidfd = -1, error = 0;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return sandbox_fail(reply->why, sizeof(reply->why), errno, "cannot create the socket of the box");
    error = sandbox_request_keeper(s, &request, sizeof(request), &pair[1], 1, reply, &pidfd, 1);
    sandbox_close(&pair[1]);
    if (error == 0)
        error = receive_ready(pair[0], reply);
    if (error != 0)
        goto cleanup;
    pthread_mutex_lock(&s->lock);
    s->synced_data.init_socket = pair[0];
    s->synced_data.init_pidfd = pidfd;
    s->synced_data.generation++;
    s->synced_data.state = SANDBOX_RUNNING;
    pthread_mutex_unlock(&s->lock);
    return 0;

cleanup:
    sandbox_close(&pidfd);
    sandbox_close(&pair[0]);
    return error;
}

int sandbox_start(sandbox *s, char *why, size_t why_size)
{
    sandbox_reply reply = {0};
    int error = 0;

    pthread_mutex_lock(&s->request_lock);
    if (s->synced_data.state != SANDBOX_STOPPED && wait_for_end(s->synced_data.init_pidfd, 0))
        clear_init(s); /* init has ended unexpectedly */
    if (s->synced_data.state == SANDBOX_STOPPED)
        error = start_locked(s, &reply);
    pthread_mutex_unlock(&s->request_lock);
    if (error != 0)
        copy_error(&reply, why, why_size);
    return error;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the same type as the other functions */
int sandbox_stop(sandbox *s, unsigned grace_ms, char *why, size_t why_size)
{
    sandbox_request request = {.op = SANDBOX_OP_STOP, .grace_ms = grace_ms < 3600000 ? grace_ms : 3600000};

    (void)why;
    (void)why_size; /* cannot fail: SIGKILL is the last resort */
    pthread_mutex_lock(&s->request_lock);
    if (s->synced_data.state != SANDBOX_STOPPED) {
        pthread_mutex_lock(&s->lock);
        s->synced_data.state =
            SANDBOX_STOPPING; /* sandbox_spawn then fails at once instead of waiting for the stop */
        pthread_mutex_unlock(&s->lock);
        if (sandbox_send(s->synced_data.init_socket, &request, sizeof(request), NULL, 0) == 0)
            wait_for_end(s->synced_data.init_pidfd, (int)request.grace_ms + 2000);
        kill_init(s);
    }
    pthread_mutex_unlock(&s->request_lock);
    return 0;
}

/* ---- suspend and resume ---- */

static int change_state(sandbox *s, int from, int to, sandbox_op op, char *why, size_t why_size)
{
    sandbox_request request = {.op = op};
    sandbox_reply reply = {0};
    int error = 0;

    pthread_mutex_lock(&s->request_lock);
    int state = (int)s->synced_data.state;
    if (state == from) {
        error = sandbox_request_init(s, &request, NULL, 0, &reply, NULL, NULL);
        if (error == 0) {
            pthread_mutex_lock(&s->lock);
            s->synced_data.state = to == SANDBOX_RUNNING ? SANDBOX_RUNNING : SANDBOX_SUSPENDED;
            pthread_mutex_unlock(&s->lock);
        }
    } else if (state != to) {
        error = ESRCH;
        sandbox_fail(reply.why, sizeof(reply.why), error, "the box is not running");
    }
    pthread_mutex_unlock(&s->request_lock);
    if (error != 0)
        copy_error(&reply, why, why_size);
    return error;
}

int sandbox_suspend(sandbox *s, char *why, size_t why_size)
{
    return change_state(s, SANDBOX_RUNNING, SANDBOX_SUSPENDED, SANDBOX_OP_SUSPEND, why, why_size);
}

int sandbox_resume(sandbox *s, char *why, size_t why_size)
{
    return change_state(s, SANDBOX_SUSPENDED, SANDBOX_RUNNING, SANDBOX_OP_RESUME, why, why_size);
}
