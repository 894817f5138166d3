/*
 * exec.c: commands. A stream is pumped, not buffered: the process is read only when gRPC has accepted the
 * message before (so a client that does not read stops the process), and the client's next message is asked
 * for only when the process has taken the one before. All of it runs on the core thread; only the spawn runs
 * on a worker.
 *
 * The room_process outlives the call when the client goes away: it is killed, waited for and freed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "generation.h"
#include "machines.h"
#include "services.h"
#include "synthetic.h"
#include "watch.h"

enum {
    CHUNK_BYTES = 64 * 1024, /* one message of output, and what a pipe holds */
    KILL_GRACE_MS = 1000,    /* from SIGTERM to SIGKILL after a cancel */
    PTY_DRAIN_MS = 200,      /* a terminal's last output may reach us a moment after the exit */
};

typedef struct {
    watch watch;
    bool open, drained; /* drained: nothing there after the exit */
    bool is_stderr;
} output;

typedef struct exec {
    job job;
    call *c; /* NULL once the call is over */
    machine *m;
    struct exec *next, *prev; /* the machine's; prev is NULL outside the list */
    char *command, **env;
    room_spawn_options options;
    room_process *process; /* the worker's while `starting` */
    bool starting;         /* until the spawn has come back */
    int spawn_error;
    char why[256];

    output out[2];
    unsigned turn; /* the output that is read first next time */
    bool sending, exit_known, orphaned, drain_over;
    int exit_code;
    watch exit_watch;
    loop_timer drain_timer;

    watch input_watch;
    BoxdPb__ExecChunk *input; /* being written to stdin */
    size_t input_offset;
    bool input_closed;

    uint64_t sent_bytes;
    bool held_back; /* a fault with after_bytes has stopped the output */
} exec;

static void pump(exec *e);
static void next_input(exec *e);

/* ---- the end of the process, of the call, of both ---- */

static void list_add(exec *e)
{
    e->prev = NULL;
    e->next = e->m->execs;
    if (e->next != NULL)
        e->next->prev = e;
    e->m->execs = e;
}

static void list_remove(exec *e)
{
    if (e->prev != NULL)
        e->prev->next = e->next;
    else if (e->m->execs == e)
        e->m->execs = e->next;
    if (e->next != NULL)
        e->next->prev = e->prev;
    e->next = e->prev = NULL;
    e->m->active_ms = now_ms();
}

static void release_input(exec *e)
{
    if (e->input != NULL)
        protobuf_c_message_free_unpacked(&e->input->base, NULL);
    e->input = NULL;
}

static void free_process(exec *e)
{
    if (e->process == NULL)
        return;
    watch_end(&e->out[0].watch);
    watch_end(&e->out[1].watch);
    watch_end(&e->exit_watch);
    watch_end(&e->input_watch);
    loop_timer_stop(&e->drain_timer);
    room_process_free(e->process);
    e->process = NULL;
    list_remove(e);
    machine_unuse(e->m);
}

/* Frees the exec when neither the call nor the process needs it any more. */
static void release_if_over(exec *e)
{
    if (e->starting || e->c != NULL || e->process != NULL)
        return;
    release_input(e);
    machine_unref(e->m);
    strings_free(e->env);
    free(e->command);
    free(e);
}

static void leave_call(exec *e)
{
    call *c = e->c;
    e->c = NULL;
    c->stream = NULL;
    c->closed = NULL;
    call_unref(c);
}

static void finish(exec *e, int code, const char *details, const BoxdPb__ExecChunk *last)
{
    call *c = e->c;
    call_finish(c, code, details, last ? &last->base : NULL);
    leave_call(e);
}

/* Nobody listens any more. The exit may have been seen already: armed again, its watch fires again. */
static void abandon(exec *e)
{
    room_process_kill(e->process, KILL_GRACE_MS);
    watch_arm(&e->exit_watch, EPOLLIN);
}

/* The call is over before the process: kill that, and wait for its end. */
static void call_closed(call *c, bool cancelled)
{
    exec *e = c->stream;
    (void)cancelled;
    if (e == NULL)
        return;
    finish(e, GRPC_STATUS_CANCELLED, "cancelled", NULL);
    if (!e->starting && e->process != NULL)
        abandon(e);
    release_if_over(e);
}

void execs_orphan(machine *m)
{
    for (exec *e = m->execs, *next; e != NULL; e = next) {
        next = e->next;
        e->orphaned = true;
        watch_end(&e->out[0].watch);
        watch_end(&e->out[1].watch);
        watch_end(&e->input_watch);
        if (e->c != NULL && !machines_settings.silent_death)
            finish(e, GRPC_STATUS_UNAVAILABLE, "the VM went down while the command ran", NULL);
    }
}

/* ---- output ---- */

static void sent(call *c, bool ok)
{
    exec *e = c->stream;
    if (e == NULL)
        return;
    e->sending = false;
    if (ok) /* else call_closed follows */
        pump(e);
}

/* True if a fault has stopped the stream: nothing more is sent. */
static bool fault_stops(exec *e)
{
    const rpc_fault *f = &e->c->fault;
    if (!f->active || f->after_bytes < 0 || e->sent_bytes < (uint64_t)f->after_bytes)
        return e->held_back;
    if (e->held_back)
        return true;
    e->held_back = true;
    if (f->close)
        call_drop_connection(e->c);
    else if (!f->hang) {
        finish(e, f->truncate ? 0 : f->code, f->message, NULL);
        abandon(e);
    }
    return true;
}

static void send_chunk(exec *e, const output *o, ProtobufCBinaryData data)
{
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.data = data;
    chunk.is_stderr = o->is_stderr;
    generation_trim(&chunk.base);
    e->sending = true;
    e->sent_bytes += data.len;
    call_send(e->c, &chunk.base, sent);
}

/* Reads one chunk and sends it. False if there is nothing now. */
static bool read_output(exec *e, output *o)
{
    static unsigned char buffer[CHUNK_BYTES]; /* core thread only */
    size_t limit = sizeof buffer;
    const rpc_fault *f = &e->c->fault;
    if (f->active && f->after_bytes >= 0 && (uint64_t)f->after_bytes - e->sent_bytes < limit)
        limit = (size_t)((uint64_t)f->after_bytes - e->sent_bytes);
    ssize_t n;
    do {
        n = read(o->watch.fd, buffer, limit);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        send_chunk(e, o, (ProtobufCBinaryData){(size_t)n, buffer});
        return true;
    }
    if (n < 0 && errno == EAGAIN) {
        o->drained = true;
        return false;
    }
    o->open = false; /* end of file; EIO is a terminal's */
    watch_end(&o->watch);
    return false;
}

static void drain_timeout(loop_timer *timer)
{
    exec *e = container_of(timer, exec, drain_timer);
    e->drain_over = true;
    pump(e);
}

/* After the exit: true if no output can be missing any more. What a background child may still write is not
 * waited for. */
static bool all_drained(exec *e)
{
    bool open = e->out[0].open || e->out[1].open;
    if (!open || e->drain_over)
        return true;
    if (!e->options.pty)
        return (!e->out[0].open || e->out[0].drained) && (!e->out[1].open || e->out[1].drained);
    if (e->drain_timer.prev == NULL)
        loop_timer_start(&e->drain_timer, PTY_DRAIN_MS, drain_timeout);
    return false;
}

static void finish_with_exit(exec *e)
{
    const rpc_fault *f = &e->c->fault;
    BoxdPb__ExecChunk last = BOXD_PB__EXEC_CHUNK__INIT;
    unsigned char tail[] = "tail\n";
    last.exit_code = e->exit_code;
    if (f->active && f->exit_with_data)
        last.data = (ProtobufCBinaryData){sizeof tail - 1, tail};
    bool without = f->active && (f->truncate || f->no_message);
    finish(e, 0, NULL, without ? NULL : &last);
}

static void pump(exec *e)
{
    if (e->process == NULL || e->c == NULL || e->sending || e->orphaned || fault_stops(e))
        return;
    if (!e->exit_known) /* before the reads: what came before the exit is then there to be read */
        e->exit_known = room_process_ended(e->process, &e->exit_code);
    for (unsigned i = 0; i < 2; i++) {
        output *o = &e->out[(e->turn + i) % 2];
        o->drained = false;
        if (o->open && read_output(e, o)) {
            e->turn = (e->turn + i + 1) % 2;
            return;
        }
    }
    if (e->exit_known && all_drained(e)) {
        finish_with_exit(e);
        free_process(e);
        release_if_over(e);
        return;
    }
    watch_arm(&e->out[0].watch, EPOLLIN);
    watch_arm(&e->out[1].watch, EPOLLIN);
}

static void stdout_ready(watch *w)
{
    pump(container_of(w, exec, out[0].watch));
}

static void stderr_ready(watch *w)
{
    pump(container_of(w, exec, out[1].watch));
}

static void exit_ready(watch *w)
{
    exec *e = container_of(w, exec, exit_watch);
    if (!room_process_ended(e->process, &e->exit_code)) {
        watch_arm(w, EPOLLIN);
        return;
    }
    e->exit_known = true;
    if (e->c != NULL && !e->orphaned) {
        pump(e);
        return;
    }
    free_process(e);
    release_if_over(e);
}

/* ---- input ---- */

static void close_input(exec *e)
{
    if (e->input_closed)
        return;
    e->input_closed = true;
    watch_end(&e->input_watch);
    room_process_close_stdin(e->process);
}

/* Writes what is left of the message. True when it is done with. */
static bool write_input(exec *e)
{
    while (!e->input_closed && e->input_offset < e->input->data.len) {
        ssize_t n = write(e->input_watch.fd, e->input->data.data + e->input_offset,
                          e->input->data.len - e->input_offset);
        if (n > 0)
            e->input_offset += (size_t)n;
        else if (n < 0 && errno == EAGAIN)
            return false;
        else if (n < 0 && errno != EINTR)
            break; /* the command reads no more: what comes is thrown away, as a broken pipe is */
    }
    release_input(e);
    return true;
}

static void input_ready(watch *w)
{
    exec *e = container_of(w, exec, input_watch);
    if (e->c == NULL || e->input == NULL)
        return;
    if (write_input(e))
        next_input(e);
    else
        watch_arm(w, EPOLLOUT);
}

static void got_input(call *c, grpc_byte_buffer *packed)
{
    exec *e = c->stream;
    if (e == NULL || e->process == NULL || e->orphaned) {
        if (packed != NULL)
            grpc_byte_buffer_destroy(packed);
        return;
    }
    if (packed == NULL) {
        close_input(e);
        return;
    }
    e->input = (BoxdPb__ExecChunk *)message_unpack(&boxd_pb__exec_chunk__descriptor, packed, NULL);
    if (e->input == NULL) {
        finish(e, GRPC_STATUS_INVALID_ARGUMENT, "a message is no ExecChunk", NULL);
        abandon(e);
        return;
    }
    e->input_offset = 0;
    if (e->input->window_change && generation_served != GENERATION_0_1_2) {
        (void)room_process_resize(e->process, e->input->cols, e->input->rows);
        release_input(e);
        next_input(e);
    } else if (write_input(e)) {
        next_input(e);
    } else {
        watch_arm(&e->input_watch, EPOLLOUT);
    }
}

static void next_input(exec *e)
{
    call_receive(e->c, got_input);
}

/* ---- start ---- */

static int spawn_code(int error)
{
    switch (error) {
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM:
        return GRPC_STATUS_RESOURCE_EXHAUSTED;
    case EBUSY: /* suspended or stopped just now */
    case ESRCH:
        return GRPC_STATUS_FAILED_PRECONDITION;
    case E2BIG:
    case EINVAL:
        return GRPC_STATUS_INVALID_ARGUMENT;
    default:
        return GRPC_STATUS_INTERNAL;
    }
}

static void spawned(job *j)
{
    exec *e = container_of(j, exec, job);
    e->starting = false;
    if (e->process == NULL) {
        machine_unuse(e->m);
        list_remove(e);
        if (e->c != NULL)
            finish(e, e->orphaned ? GRPC_STATUS_FAILED_PRECONDITION : spawn_code(e->spawn_error), e->why,
                   NULL);
        release_if_over(e);
        return;
    }
    watch_init(&e->exit_watch, room_process_exit_fd(e->process), exit_ready);
    watch_arm(&e->exit_watch, EPOLLIN);
    if (e->c == NULL || e->orphaned) { /* gone while it was started */
        room_process_kill(e->process, KILL_GRACE_MS);
        return;
    }
    int fds[2] = {room_process_stdout(e->process), room_process_stderr(e->process)};
    watch_init(&e->out[0].watch, fds[0], stdout_ready);
    watch_init(&e->out[1].watch, fds[1], stderr_ready);
    watch_init(&e->input_watch, room_process_stdin(e->process), input_ready);
    for (int i = 0; i < 2; i++)
        e->out[i].open = fds[i] >= 0;
    e->out[1].is_stderr = true;
    call_send_headers(e->c);
    next_input(e);
    pump(e);
}

static void spawn(job *j)
{
    exec *e = container_of(j, exec, job);
    e->spawn_error = room_spawn(e->m->room, &e->options, &e->process, e->why, sizeof e->why);
    if (e->spawn_error != 0)
        e->process = NULL;
}

static void room_ready(void *data, int code, const char *why)
{
    exec *e = data;
    if (code == 0 && e->c == NULL) {
        machine_unuse(e->m);
        code = GRPC_STATUS_CANCELLED;
    }
    if (code != 0) {
        e->starting = false;
        if (e->c != NULL)
            finish(e, code, why, NULL);
        release_if_over(e);
        return;
    }
    list_add(e);
    e->m->last_connected_ms = wall_ms();
    e->env = strings_duplicate(e->m->env); /* the machine's may change while a worker reads */
    e->options.env = (const char *const *)e->env;
    e->job.work = spawn;
    e->job.done = spawned;
    workers_submit(&e->job);
}

static void start(call *c, machine *m, const BoxdPb__ExecChunk *first)
{
    exec *e = xcalloc(1, sizeof *e);
    if (!call_watch(c, e, call_closed)) {
        free(e);
        return;
    }
    e->c = c;
    e->m = m;
    e->starting = true;
    e->command = xstrdup(first->command[0] ? first->command : "exec sh -i");
    e->options = (room_spawn_options){
        .command = e->command, .pty = first->tty, .cols = first->cols, .rows = first->rows};
    watch_init(&e->out[0].watch, -1, NULL);
    watch_init(&e->out[1].watch, -1, NULL);
    watch_init(&e->exit_watch, -1, NULL);
    watch_init(&e->input_watch, -1, NULL);
    call_ref(c);
    machine_ref(m);
    c->record.command = xstrdup(first->command);
    machine_use(m, room_ready, e);
}

static void got_first(call *c, grpc_byte_buffer *packed)
{
    ProtobufCMessage *message =
        packed ? message_unpack(&boxd_pb__exec_chunk__descriptor, packed, &c->memory) : NULL;
    if (message == NULL) {
        call_finish(c, GRPC_STATUS_INVALID_ARGUMENT, "the first message must name a VM and a command", NULL);
        return;
    }
    generation_trim(message);
    const BoxdPb__ExecChunk *first = (const BoxdPb__ExecChunk *)message;
    machine *m = machine_find(c, first->vm_id);
    if (m == NULL)
        call_finish(c, GRPC_STATUS_NOT_FOUND, c->error, NULL);
    else if (first->command[0] == '\0' && !first->tty)
        call_finish(c, GRPC_STATUS_INVALID_ARGUMENT, "the command is empty", NULL);
    else if (!synthetic_start(c, m, first))
        start(c, m, first);
}

static void exec_stream(call *c)
{
    call_receive(c, got_first);
}

const service_row exec_rows[] = {
    {.rpc = "Exec", .stream = exec_stream},
    {NULL, NULL, NULL},
};
