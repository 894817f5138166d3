/*
 * exec.c: Exec. The emulator buffers no output: it reads from the process only when gRPC has accepted the
 * message before, so a client that does not read stops the process. Core thread only, except `spawn`.
 *
 * When the client ends the call early, the process is killed, waited for and freed afterwards.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/differ.h"
#include "base/mask.h"
#include "exec/exec.h"
#include "exec/internal.h"
#include "exec/synthetic.h"
#include "rpc/generation.h"

enum {
    CHUNK_BYTES = 64 * 1024, /* one message of output; the capacity of a pipe */
    KILL_GRACE_MS = 1000,    /* from SIGTERM to SIGKILL after a cancel */
    PTY_DRAIN_MS = 200,      /* the last output of a terminal may arrive shortly after the exit */
};

static void pump(exec *e);

/* ---- end of the process and of the call ---- */

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

static void free_process(exec *e)
{
    if (e->process == NULL)
        return;
    watch_end(&e->out[0].watch);
    watch_end(&e->out[1].watch);
    watch_end(&e->exit_watch);
    watch_end(&e->input_watch);
    loop_timer_stop(&e->drain_timer);
    sandbox_process_free(e->process);
    e->process = NULL;
    list_remove(e);
    machine_release(e->m);
}

/* Frees the exec when both the call and the process have ended. */
static void free_if_ended(exec *e)
{
    if (e->starting || e->c != NULL || e->process != NULL)
        return;
    exec_input_release(e);
    machine_unref(e->m);
    strings_free(e->env);
    free(e->held.data);
    free(e->command);
    free(e);
}

static void detach_call(exec *e)
{
    call *c = e->c;
    e->c = NULL;
    c->stream = NULL;
    c->closed = NULL;
    call_unref(c);
}

void exec_finish(exec *e, int code, const char *details, const BoxdPb__ExecChunk *last)
{
    call *c = e->c;
    call_finish(c, code, details, last ? &last->base : NULL);
    detach_call(e);
}

void exec_abandon(exec *e)
{
    sandbox_process_kill(e->process, KILL_GRACE_MS);
    watch_arm(&e->exit_watch, EPOLLIN); /* the exit may have been seen already: armed again, it fires again */
}

/* The call ends before the process: kills the process and waits for its end. */
static void call_closed(call *c, bool cancelled)
{
    exec *e = c->stream;
    (void)cancelled;
    if (e == NULL)
        return;
    exec_finish(e, GRPC_STATUS_CANCELLED, "cancelled", NULL);
    if (!e->starting && e->process != NULL)
        exec_abandon(e);
    free_if_ended(e);
}

static void execs_interrupt(machine *m)
{
    for (exec *e = m->execs, *next; e != NULL; e = next) {
        next = e->next;
        e->interrupted = true;
        watch_end(&e->out[0].watch);
        watch_end(&e->out[1].watch);
        watch_end(&e->input_watch);
        if (e->c != NULL && !machine_settings.silent_death)
            exec_finish(e, GRPC_STATUS_UNAVAILABLE, "the VM went down while the command ran", NULL);
    }
}

/* ---- output ---- */

/* --differ */
static bool sends_late_output(const exec *e)
{
    return differs(DIFFER_OUTPUT_AFTER_EXIT) && e->exit_known && e->exit_code != 0;
}

/* The exit code was sent: ends the call with a message that has output and the code 0. */
static void send_late_output(exec *e)
{
    unsigned char late[] = "late\n";
    BoxdPb__ExecChunk last = BOXD_PB__EXEC_CHUNK__INIT;
    last.data = (ProtobufCBinaryData){sizeof late - 1, late};
    exec_finish(e, 0, NULL, &last);
    free_if_ended(e);
}

static void sent(call *c, bool ok)
{
    exec *e = c->stream;
    if (e == NULL)
        return;
    e->sending = false;
    if (!ok)
        return; /* call_closed follows */
    if (e->process == NULL && sends_late_output(e)) {
        send_late_output(e);
        return;
    }
    if (e->process == NULL && c->fault.after && c->fault.close) /* the exit code was sent */
        call_drop_connection(c);
    pump(e);
}

void exec_apply_fault(exec *e)
{
    const rpc_fault *f = &e->c->fault;
    e->fault_applied = true;
    if (f->close)
        call_drop_connection(e->c);
    else if (!f->hang) {
        exec_finish(e, f->truncate ? 0 : f->code, f->message, NULL);
        exec_abandon(e);
    }
}

/* True if a fault sends or ends something in place of the next output. */
static bool fault_stops(exec *e)
{
    const rpc_fault *f = &e->c->fault;
    if (e->fault_applied)
        return true;
    if (!f->active || e->sent_bytes < (uint64_t)(f->after_bytes < 0 ? 0 : f->after_bytes))
        return false;
    if (f->has_reply) {
        if (e->reply_sent)
            return false;
        e->reply_sent = e->sending = true;
        call_send_bytes(e->c, f->reply, f->reply_size, sent);
        return true;
    }
    if (f->after_bytes < 0)
        return false;
    exec_apply_fault(e);
    return true;
}

static void send_chunk(exec *e, ProtobufCBinaryData data, bool is_stderr, bool corked)
{
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.data = data;
    chunk.is_stderr = is_stderr;
    generation_trim(&chunk.base);
    e->sending = true;
    e->sent_bytes += data.len;
    if (corked)
        call_send_corked(e->c, &chunk.base, sent);
    else
        call_send(e->c, &chunk.base, sent);
}

/* Sends the output. With a fault that needs the last chunk: sends the held chunk and holds this one. */
static void send_or_hold_output(exec *e, ProtobufCBinaryData data, bool is_stderr)
{
    const rpc_fault *f = &e->c->fault;
    if (!f->active || !(f->join_exit || f->one_packet)) {
        send_chunk(e, data, is_stderr, false);
        return;
    }
    output_chunk before = e->held;
    e->held = (output_chunk){.data = xmalloc(data.len), .size = data.len, .is_stderr = is_stderr};
    memcpy(e->held.data, data.data, data.len);
    if (before.data != NULL)
        send_chunk(e, (ProtobufCBinaryData){before.size, before.data}, before.is_stderr, false);
    free(before.data);
}

/* The most output that the next message may carry. */
static size_t output_limit(const exec *e)
{
    const rpc_fault *f = &e->c->fault;
    uint64_t limit = CHUNK_BYTES;
    if (!f->active)
        return CHUNK_BYTES;
    if (f->chunk_bytes > 0 && (uint64_t)f->chunk_bytes < limit)
        limit = (uint64_t)f->chunk_bytes;
    if (f->after_bytes >= 0 && e->sent_bytes < (uint64_t)f->after_bytes &&
        (uint64_t)f->after_bytes - e->sent_bytes < limit)
        limit = (uint64_t)f->after_bytes - e->sent_bytes;
    return (size_t)limit;
}

/* Reads one chunk and sends it. False if nothing can be read now. */
static bool read_output(exec *e, output *o)
{
    static unsigned char buffer[CHUNK_BYTES]; /* core thread only */
    ssize_t n;
    do {
        n = read(o->watch.fd, buffer, output_limit(e));
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        send_or_hold_output(e, (ProtobufCBinaryData){(size_t)n, buffer}, o->is_stderr);
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

/* Sends one chunk, of stdout and stderr in turn. */
static bool read_outputs(exec *e)
{
    for (unsigned i = 0; i < 2; i++) {
        output *o = &e->out[(e->turn + i) % 2];
        o->drained = false;
        if (o->open && read_output(e, o)) {
            e->turn = (e->turn + i + 1) % 2;
            return true;
        }
    }
    return false;
}

static void drain_timeout(loop_timer *timer)
{
    exec *e = container_of(timer, exec, drain_timer);
    e->drain_over = true;
    pump(e);
}

/* After the exit: true if all output of the command was read. Does not wait for a background child that keeps
 * the output open. */
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

/* True if the held output is sent now, in a message before the exit code. */
static bool send_held(exec *e)
{
    const rpc_fault *f = &e->c->fault;
    output_chunk held = e->held;
    if (held.data == NULL || f->join_exit)
        return false;
    e->held.data = NULL;
    send_chunk(e, (ProtobufCBinaryData){held.size, held.data}, held.is_stderr, true);
    free(held.data);
    return true;
}

/* The message with the exit code does not end the stream. */
static bool continues_after_exit(const exec *e)
{
    const rpc_fault *f = &e->c->fault;
    return sends_late_output(e) || (f->active && (f->linger || (f->after && f->close)));
}

static void finish_with_exit(exec *e)
{
    const rpc_fault *f = &e->c->fault;
    BoxdPb__ExecChunk last = BOXD_PB__EXEC_CHUNK__INIT;
    unsigned char tail[] = "tail\n";
    last.exit_code = e->exit_code > 128 && differs(DIFFER_SIGNAL_CODE) ? e->exit_code - 128 : e->exit_code;
    if (f->active && f->exit_with_data)
        last.data = (ProtobufCBinaryData){sizeof tail - 1, tail};
    if (e->held.data != NULL) {
        last.data = (ProtobufCBinaryData){e->held.size, e->held.data};
        last.is_stderr = e->held.is_stderr;
        generation_trim(&last.base);
    }
    bool without = f->active && (f->truncate || f->no_message);
    if (continues_after_exit(e))
        call_send(e->c, &last.base, sent);
    else
        exec_finish(e, f->active && f->after ? f->code : 0, f->message, without ? NULL : &last);
}

static void pump(exec *e)
{
    if (e->process == NULL || e->c == NULL || e->sending || e->interrupted || fault_stops(e))
        return;
    if (!e->exit_known) /* before the reads, so that these find all output up to the exit */
        e->exit_known = sandbox_process_ended(e->process, &e->exit_code);
    while (read_outputs(e)) {
        if (e->sending)
            return;
    }
    if (e->exit_known && all_drained(e)) {
        if (send_held(e))
            return;
        finish_with_exit(e);
        free_process(e);
        free_if_ended(e);
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
    if (!sandbox_process_ended(e->process, &e->exit_code)) {
        watch_arm(w, EPOLLIN);
        return;
    }
    e->exit_known = true;
    if (e->c != NULL && !e->interrupted) {
        pump(e);
        return;
    }
    free_process(e);
    free_if_ended(e);
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
        machine_release(e->m);
        list_remove(e);
        if (e->c != NULL)
            exec_finish(e, e->interrupted ? GRPC_STATUS_FAILED_PRECONDITION : spawn_code(e->spawn_error),
                        e->why, NULL);
        free_if_ended(e);
        return;
    }
    watch_init(&e->exit_watch, sandbox_process_exit_fd(e->process), exit_ready);
    watch_arm(&e->exit_watch, EPOLLIN);
    if (e->c == NULL || e->interrupted) { /* the call ended while the process was started */
        sandbox_process_kill(e->process, KILL_GRACE_MS);
        return;
    }
    int fds[2] = {sandbox_process_stdout(e->process), sandbox_process_stderr(e->process)};
    watch_init(&e->out[0].watch, fds[0], stdout_ready);
    watch_init(&e->out[1].watch, fds[1], stderr_ready);
    for (int i = 0; i < 2; i++)
        e->out[i].open = fds[i] >= 0;
    e->out[1].is_stderr = true;
    call_send_headers(e->c);
    exec_input_start(e);
    pump(e);
}

static void spawn(job *j)
{
    exec *e = container_of(j, exec, job);
    e->spawn_error = sandbox_spawn(e->m->sandbox, &e->options, &e->process, e->why, sizeof e->why);
    if (e->spawn_error != 0)
        e->process = NULL;
}

static void sandbox_ready(void *data, int code, const char *why)
{
    exec *e = data;
    if (code == 0 && e->c == NULL) {
        machine_release(e->m);
        code = GRPC_STATUS_CANCELLED;
    }
    if (code != 0) {
        e->starting = false;
        if (e->c != NULL)
            exec_finish(e, code, why, NULL);
        free_if_ended(e);
        return;
    }
    list_add(e);
    e->m->last_connected_ms = wall_ms();
    e->env = strings_duplicate(e->m->env); /* the machine's list may change while a worker reads it */
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
    e->options = (sandbox_spawn_options){
        .command = e->command, .pty = first->tty, .cols = first->cols, .rows = first->rows};
    if (differs(DIFFER_PTY_SIZE) && first->cols == 0) {
        e->options.cols = 132;
        e->options.rows = 43;
    }
    watch_init(&e->out[0].watch, -1, NULL);
    watch_init(&e->out[1].watch, -1, NULL);
    watch_init(&e->exit_watch, -1, NULL);
    watch_init(&e->input_watch, -1, NULL);
    call_ref(c);
    machine_ref(m);
    c->record.command = mask_values(first->command);
    machine_acquire(m, sandbox_ready, e);
}

static void got_first(call *c, grpc_byte_buffer *packed)
{
    if (packed == NULL) {
        call_finish(c, GRPC_STATUS_INVALID_ARGUMENT, "the first message must name a VM and a command", NULL);
        return;
    }
    ProtobufCMessage *message;
    int refused = call_unpack(c, &boxd_pb__exec_chunk__descriptor, packed, &c->memory, &message);
    if (refused != 0) {
        call_finish(c, refused, c->error, NULL);
        return;
    }
    generation_trim(message);
    const BoxdPb__ExecChunk *first = (const BoxdPb__ExecChunk *)message;
    machine *m = machine_find(c, first->vm_id);
    if (m == NULL)
        call_finish(c, GRPC_STATUS_NOT_FOUND, c->error, NULL);
    else if (m->status == MACHINE_SUSPENDED && differs(DIFFER_SUSPENDED_EXEC))
        call_finish(c, GRPC_STATUS_FAILED_PRECONDITION, "VM is suspended", NULL);
    else if (first->command[0] == '\0' && !first->tty)
        call_finish(c, GRPC_STATUS_INVALID_ARGUMENT, "the command is empty", NULL);
    else if (!synthetic_start(c, m, first))
        start(c, m, first);
}

static void exec_stream(call *c)
{
    call_receive(c, got_first);
}

const rpc_handler exec_rpcs[] = {
    {.rpc = "Exec", .stream = exec_stream},
    {NULL, NULL, NULL},
};

const machine_extension exec_extension = {.interrupted = execs_interrupt};
