/*
 * main_process.c: the command that CreateVm gave a machine, its restarts, and its output, which StreamLogs
 * shows. Core thread only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "machines.h"
#include "services.h"
#include "watch.h"

enum { LOG_BYTES = 256 * 1024, LOG_CHUNK_BYTES = 64 * 1024, FIRST_RESTART_MS = 500, LAST_RESTART_MS = 30000 };

typedef struct follower {
    struct follower *next, *prev; /* ring */
    call *c;
    struct main_process *main;
    uint64_t position; /* bytes of the log already sent, counted from its beginning */
    bool sending, follow;
} follower;

typedef struct main_process {
    job job;
    machine *m; /* borrowed: the machine owns this */
    room_process *process;
    bool starting, orphaned;
    watch out[2], exit_watch;
    loop_timer restart_timer;
    int64_t restart_delay_ms;
    unsigned char log[LOG_BYTES]; /* ring; log_total counts all bytes ever */
    uint64_t log_total;
    follower followers;
} main_process;

static main_process *get(machine *m)
{
    if (m->main == NULL) {
        m->main = xcalloc(1, sizeof *m->main);
        m->main->m = m;
        m->main->restart_delay_ms = FIRST_RESTART_MS;
        m->main->followers.next = m->main->followers.prev = &m->main->followers;
        watch_init(&m->main->out[0], -1, NULL);
        watch_init(&m->main->out[1], -1, NULL);
        watch_init(&m->main->exit_watch, -1, NULL);
    }
    return m->main;
}

/* ---- StreamLogs ---- */

static void feed(follower *f);

static void free_follower(follower *f)
{
    f->prev->next = f->next;
    f->next->prev = f->prev;
    f->c->stream = NULL;
    f->c->closed = NULL;
    call_unref(f->c);
    machine_unref(f->main->m);
    free(f);
}

static void fed(call *c, bool ok)
{
    follower *f = c->stream;
    if (f == NULL)
        return;
    f->sending = false;
    if (ok)
        feed(f);
}

static void feed(follower *f)
{
    main_process *p = f->main;
    if (f->sending)
        return;
    uint64_t oldest = p->log_total > LOG_BYTES ? p->log_total - LOG_BYTES : 0;
    if (f->position < oldest)
        f->position = oldest;
    size_t offset = (size_t)(f->position % LOG_BYTES);
    size_t size = (size_t)(p->log_total - f->position);
    if (size > LOG_BYTES - offset)
        size = LOG_BYTES - offset;
    if (size > LOG_CHUNK_BYTES)
        size = LOG_CHUNK_BYTES;
    if (size > 0) {
        BoxdPb__LogChunk chunk = BOXD_PB__LOG_CHUNK__INIT;
        chunk.data = (ProtobufCBinaryData){size, p->log + offset};
        f->position += size;
        f->sending = true;
        call_send(f->c, &chunk.base, fed);
    } else if (!f->follow || p->m->status == MACHINE_DESTROYING) {
        call_finish(f->c, 0, NULL, NULL);
        free_follower(f);
    }
}

static void feed_all(main_process *p)
{
    for (follower *f = p->followers.next, *next; f != &p->followers; f = next) {
        next = f->next;
        feed(f);
    }
}

static void log_closed(call *c, bool cancelled)
{
    (void)cancelled;
    if (c->stream == NULL)
        return;
    call_finish(c, GRPC_STATUS_CANCELLED, "cancelled", NULL);
    free_follower(c->stream);
}

static void got_log_request(call *c, grpc_byte_buffer *packed)
{
    ProtobufCMessage *message =
        packed ? message_unpack(&boxd_pb__stream_logs_request__descriptor, packed, &c->memory) : NULL;
    if (message == NULL) {
        call_finish(c, GRPC_STATUS_INTERNAL, "the request is no message of its type", NULL);
        return;
    }
    const BoxdPb__StreamLogsRequest *request = (const BoxdPb__StreamLogsRequest *)message;
    machine *m = machine_find(c, request->vm_id);
    if (m == NULL) {
        call_finish(c, GRPC_STATUS_NOT_FOUND, c->error, NULL);
        return;
    }
    follower *f = xcalloc(1, sizeof *f);
    if (!call_watch(c, f, log_closed)) {
        free(f);
        return;
    }
    f->c = c;
    f->main = get(m);
    f->follow = request->follow;
    f->next = &f->main->followers;
    f->prev = f->main->followers.prev;
    f->prev->next = f->next->prev = f;
    call_ref(c);
    machine_ref(m);
    call_send_headers(c);
    feed(f);
}

static void stream_logs(call *c)
{
    call_receive(c, got_log_request);
}

const service_row log_rows[] = {
    {.rpc = "StreamLogs", .stream = stream_logs},
    {NULL, NULL, NULL},
};

/* ---- the process ---- */

static void log_add(main_process *p, const unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        p->log[(p->log_total + i) % LOG_BYTES] = data[i];
    p->log_total += size;
}

/* False at the end of the output. */
static bool read_some(main_process *p, watch *w)
{
    unsigned char buffer[16 * 1024];
    for (int i = 0; i < 16; i++) { /* bounded: others wait for this thread */
        ssize_t n = read(w->fd, buffer, sizeof buffer);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if (n == 0)
            return false;
        log_add(p, buffer, (size_t)n);
    }
    return true;
}

static void output_ready(main_process *p, watch *w)
{
    if (read_some(p, w))
        watch_arm(w, EPOLLIN);
    else
        watch_end(w);
    feed_all(p);
}

static void out_ready(watch *w)
{
    output_ready(container_of(w, main_process, out[0]), w);
}

static void err_ready(watch *w)
{
    output_ready(container_of(w, main_process, out[1]), w);
}

static void let_go(main_process *p)
{
    machine *m = p->m;
    watch_end(&p->out[0]);
    watch_end(&p->out[1]);
    watch_end(&p->exit_watch);
    room_process_free(p->process);
    p->process = NULL;
    machine_unuse(m);
    machine_unref(m);
}

static void restart(loop_timer *timer)
{
    main_process_start(container_of(timer, main_process, restart_timer)->m);
}

static bool restarts(const machine *m, int exit_code)
{
    const char *policy = m->restart_policy;
    return strcmp(policy, "always") == 0 || strcmp(policy, "unless-stopped") == 0 ||
           (strcmp(policy, "on-failure") == 0 && exit_code != 0);
}

static void main_exited(watch *w)
{
    main_process *p = container_of(w, main_process, exit_watch);
    int code;
    if (!room_process_ended(p->process, &code)) {
        watch_arm(w, EPOLLIN);
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (p->out[i].fd >= 0)
            (void)read_some(p, &p->out[i]);
    }
    bool again = !p->orphaned && restarts(p->m, code);
    if (again) {
        loop_timer_start(&p->restart_timer, p->restart_delay_ms, restart);
        p->restart_delay_ms =
            p->restart_delay_ms * 2 < LAST_RESTART_MS ? p->restart_delay_ms * 2 : LAST_RESTART_MS;
    }
    feed_all(p);
    let_go(p);
}

static void main_spawned(job *j)
{
    main_process *p = container_of(j, main_process, job);
    p->starting = false;
    if (p->process == NULL) {
        machine *m = p->m;
        machine_unuse(m);
        machine_unref(m);
        return;
    }
    watch_init(&p->out[0], room_process_stdout(p->process), out_ready);
    watch_init(&p->out[1], room_process_stderr(p->process), err_ready);
    watch_init(&p->exit_watch, room_process_exit_fd(p->process), main_exited);
    room_process_close_stdin(p->process);
    if (p->orphaned)
        room_process_kill(p->process, 0);
    watch_arm(&p->out[0], EPOLLIN);
    watch_arm(&p->out[1], EPOLLIN);
    watch_arm(&p->exit_watch, EPOLLIN);
}

static void main_spawn(job *j)
{
    main_process *p = container_of(j, main_process, job);
    room_spawn_options options = {.command = p->m->cmd, .env = (const char *const *)p->m->env};
    char why[256];
    if (room_spawn(p->m->room, &options, &p->process, why, sizeof why) != 0) {
        static const char failed[] = "boxd: the main process could not be started: ";
        log_add(p, (const unsigned char *)failed, sizeof failed - 1);
        log_add(p, (const unsigned char *)why, strlen(why));
        log_add(p, (const unsigned char *)"\n", 1);
        p->process = NULL;
    }
}

static void room_ready(void *data, int code, const char *why)
{
    main_process *p = data;
    machine *m = p->m;
    (void)why;
    if (code != 0) {
        p->starting = false;
        machine_unref(m);
        return;
    }
    p->orphaned = false;
    p->job.work = main_spawn;
    p->job.done = main_spawned;
    workers_submit(&p->job);
}

void main_process_start(machine *m)
{
    if (m->cmd == NULL)
        return;
    main_process *p = get(m);
    if (p->starting || p->process != NULL)
        return;
    loop_timer_stop(&p->restart_timer);
    p->starting = true;
    machine_ref(m);
    machine_use(m, room_ready, p);
}

void main_process_orphan(machine *m)
{
    main_process *p = m->main;
    if (p == NULL)
        return;
    p->orphaned = true;
    p->restart_delay_ms = FIRST_RESTART_MS;
    loop_timer_stop(&p->restart_timer);
    if (m->status == MACHINE_DESTROYING)
        feed_all(p);
}

void main_process_free(machine *m)
{
    if (m->main == NULL)
        return;
    loop_timer_stop(&m->main->restart_timer);
    free(m->main);
    m->main = NULL;
}
