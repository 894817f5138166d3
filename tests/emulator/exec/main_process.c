/*
 * main_process.c: the main process of a machine, its restarts, and StreamLogs, which sends its output. Core
 * thread only.
 */
#include <stdlib.h>
#include <string.h>

#include "exec/exec.h"
#include "machine/background.h"

enum { LOG_BYTES = 256 * 1024, LOG_CHUNK_BYTES = 64 * 1024, FIRST_RESTART_MS = 500, LAST_RESTART_MS = 30000 };

typedef struct follower {
    /* A ring whose head is main_process.followers. */
    struct follower *next, *prev;
    call *c;
    struct main_process *main;
    /* Where the next byte to send is, counted from the beginning of the log. */
    uint64_t position;
    uint64_t sent_bytes;
    bool sending, follow;
} follower;

typedef struct main_process {
    /* Its `m` is borrowed: the machine owns this struct. */
    background run;
    loop_timer restart_timer;
    int64_t restart_delay_ms;
    /* A ring buffer. */
    unsigned char log[LOG_BYTES];
    /* All bytes written to the log so far. */
    uint64_t log_total;
    follower followers;
} main_process;

static void main_process_start(machine *m);
static void add_output(background *b, const unsigned char *data, size_t size);
static void ended(background *b, int exit_code, const char *why);

static main_process *get(machine *m)
{
    if (m->main == NULL) {
        m->main = xcalloc(1, sizeof *m->main);
        background_init(&m->main->run, m, add_output, ended);
        m->main->restart_delay_ms = FIRST_RESTART_MS;
        m->main->followers.next = m->main->followers.prev = &m->main->followers;
    }
    return m->main;
}

/* ---- StreamLogs ---- */

static void send_next(follower *f);

static void free_follower(follower *f)
{
    f->prev->next = f->next;
    f->next->prev = f->prev;
    f->c->stream = NULL;
    f->c->closed = NULL;
    call_unref(f->c);
    machine_unref(f->main->run.m);
    free(f);
}

static void chunk_sent(call *c, bool ok)
{
    follower *f = c->stream;
    if (f == NULL)
        return;
    f->sending = false;
    if (ok)
        send_next(f);
}

/* The bytes that may be sent before a fault with after_bytes fires. */
static uint64_t bytes_before_fault(const follower *f)
{
    const rpc_fault *fault = &f->c->fault;
    if (!fault->active || fault->after_bytes < 0)
        return UINT64_MAX;
    const uint64_t limit = (uint64_t)fault->after_bytes;
    return f->sent_bytes < limit ? limit - f->sent_bytes : 0;
}

static void apply_fault(follower *f)
{
    const rpc_fault *fault = &f->c->fault;
    f->sending = true; /* sends nothing more; the client ends the call */
    if (fault->close) {
        call_drop_connection(f->c);
    } else if (!fault->hang) {
        call_finish(f->c, fault->truncate ? 0 : fault->code, fault->message, NULL);
        free_follower(f);
    }
}

static void send_next(follower *f)
{
    main_process *p = f->main;
    if (f->sending)
        return;
    const uint64_t allowed = bytes_before_fault(f);
    if (allowed == 0) {
        apply_fault(f);
        return;
    }
    uint64_t oldest = p->log_total > LOG_BYTES ? p->log_total - LOG_BYTES : 0;
    if (f->position < oldest)
        f->position = oldest;
    size_t offset = (size_t)(f->position % LOG_BYTES);
    size_t size = (size_t)(p->log_total - f->position);
    if (size > LOG_BYTES - offset)
        size = LOG_BYTES - offset;
    if (size > LOG_CHUNK_BYTES)
        size = LOG_CHUNK_BYTES;
    if (size > allowed)
        size = (size_t)allowed;
    if (size > 0) {
        BoxdPb__LogChunk chunk = BOXD_PB__LOG_CHUNK__INIT;
        chunk.data = (ProtobufCBinaryData){size, p->log + offset};
        f->position += size;
        f->sent_bytes += size;
        f->sending = true;
        call_send(f->c, &chunk.base, chunk_sent);
    } else if (!f->follow || p->run.m->status == MACHINE_DESTROYING) {
        call_finish(f->c, 0, NULL, NULL);
        free_follower(f);
    }
}

static void send_to_all(main_process *p)
{
    for (follower *f = p->followers.next, *next; f != &p->followers; f = next) {
        next = f->next;
        send_next(f);
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
    ProtobufCMessage *message;
    int refused = call_unpack(c, &boxd_pb__stream_logs_request__descriptor, packed, &c->memory, &message);
    if (refused != 0) {
        call_finish(c, refused, c->error, NULL);
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
    send_next(f);
}

static void stream_logs(call *c)
{
    call_receive(c, got_log_request);
}

const rpc_handler log_rpcs[] = {
    {.rpc = "StreamLogs", .stream = stream_logs},
    {NULL, NULL, NULL},
};

/* ---- the process ---- */

static void add_output(background *b, const unsigned char *data, size_t size)
{
    main_process *p = container_of(b, main_process, run);
    for (size_t i = 0; i < size; i++)
        p->log[(p->log_total + i) % LOG_BYTES] = data[i];
    p->log_total += size;
    send_to_all(p);
}

static void restart(loop_timer *timer)
{
    main_process_start(container_of(timer, main_process, restart_timer)->run.m);
}

static void ended(background *b, int exit_code, const char *why)
{
    main_process *p = container_of(b, main_process, run);
    if (why[0] != '\0') {
        static const char failed[] = "boxd: the main process could not be started: ";
        add_output(b, (const unsigned char *)failed, sizeof failed - 1);
        add_output(b, (const unsigned char *)why, strlen(why));
        add_output(b, (const unsigned char *)"\n", 1);
    }
    if (exit_code != BACKGROUND_NOT_STARTED && !p->run.interrupted &&
        strcmp(p->run.m->restart_policy, "always") == 0) {
        loop_timer_start(&p->restart_timer, p->restart_delay_ms, restart);
        p->restart_delay_ms =
            p->restart_delay_ms * 2 < LAST_RESTART_MS ? p->restart_delay_ms * 2 : LAST_RESTART_MS;
    }
    send_to_all(p);
    if (p->run.interrupted && p->run.m->status == MACHINE_RUNNING)
        main_process_start(p->run.m); /* the reboot was over before this process ended */
}

static void main_process_start(machine *m)
{
    if (m->cmd == NULL || background_runs(&get(m)->run))
        return;
    loop_timer_stop(&m->main->restart_timer);
    background_start(&m->main->run, m->cmd, NULL);
}

static void main_process_interrupt(machine *m)
{
    main_process *p = m->main;
    if (p == NULL)
        return;
    background_interrupt(&p->run);
    p->restart_delay_ms = FIRST_RESTART_MS;
    loop_timer_stop(&p->restart_timer);
    if (m->status == MACHINE_DESTROYING)
        send_to_all(p);
}

static void main_process_free(machine *m)
{
    if (m->main == NULL)
        return;
    loop_timer_stop(&m->main->restart_timer);
    free(m->main);
    m->main = NULL;
}

const machine_extension main_process_extension = {
    .booted = main_process_start, .interrupted = main_process_interrupt, .freed = main_process_free};
