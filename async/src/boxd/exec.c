/*
 * exec.c: running a command and collecting its output. One bidirectional stream: the command goes out with
 * the half-close, chunks of output come back, the last message carries the exit code. While nothing comes,
 * the box's status is asked: a box that died leaves its streams silent for ever.
 */
#include "box.h"
#include "call.h"
#include "clock.h"
#include "command.h"
#include "errors.h"
#include "mem.h"
#include "names.h"
#include "options.h"
#include "text.h"
#include "wire.h"

#include <boxd/aio/exec.h>

#include <stdio.h>
#include <string.h>

#define DEFAULT_MAX_OUTPUT_BYTES ((size_t)64 * 1024 * 1024)
#define DEFAULT_LIVENESS_MS 5000
#define PROBE_TIMEOUT_MS 10000

typedef struct exec {
    request request;
    api_call stream;
    api_call probe; /* GetVm while the stream is silent */
    timer silence;
    grpc_slice command; /* the first message; without the box until the operation begins */
    size_t max_output_bytes;
    int32_t liveness_ms;
    text out, err;
    bool answered;      /* a message came */
    bool unconfirmed;   /* the last one carried data and code 0 */
    int exit_code;      /* of the last message */
    boxd_error dead;    /* what the probe found: the box cannot bring an end any more */
    boxd_error failure; /* what ended the stream on our side */
    boxd_error outcome; /* of the stream, once it is over */
    bool stream_over;
} exec;

static exec *exec_of(request *r)
{
    return (exec *)(void *)r;
}

/* ---- the result ---- */

typedef struct exec_result {
    boxd_exec_result public;
    char *out, *err;
} exec_result;

void boxd_exec_result_free(boxd_exec_result *result)
{
    exec_result *own = (exec_result *)(void *)result;
    if (!own)
        return;
    mem_free(own->out);
    mem_free(own->err);
    mem_free(own);
}

static void free_result(void *result)
{
    boxd_exec_result_free(result);
}

RESULT_TYPE(RESULT_EXEC, boxd_exec_result_cb, free_result);

static boxd_status make_result(exec *e, boxd_error *error)
{
    exec_result *result = mem_calloc(1, sizeof *result);
    if (!result)
        return error_no_memory(error, "keeping a command's output");
    e->request.result = result;
    result->public.out.size = e->out.size;
    result->public.err.size = e->err.size;
    result->public.out.data = result->out = text_take(&e->out);
    result->public.err.data = result->err = text_take(&e->err);
    result->public.exit_code = e->exit_code;
    result->public.success = e->exit_code == 0;
    result->public.exit_confirmed = !e->unconfirmed;
    return result->out && result->err ? BOXD_OK : error_no_memory(error, "keeping a command's output");
}

/* ---- the end ---- */

/* Once stream and probe are over: what the whole came to. */
static void finish(exec *e)
{
    if (e->dead.status != BOXD_OK && e->outcome.status != BOXD_OK)
        e->failure = e->dead; /* unless the result came in the same moment */
    if (e->outcome.status == BOXD_OK && e->failure.status == BOXD_OK && !e->answered)
        error_set_sent(&e->failure, BOXD_ERR_NO_EXIT_STATUS, BOXD_SENT_YES,
                       "the command in %s ended without an exit status; what became of it is not known",
                       e->request.subject);
    if (!request_outcome(&e->request, &e->failure, &e->outcome))
        make_result(e, &e->failure);
    request_finish(&e->request, request_outcome(&e->request, &e->failure, &e->outcome));
}

static void on_stream_done(api_call *c, const boxd_error *error)
{
    exec *e = exec_of(c->owner);
    loop_timer_clear(&e->request.compute->core.loop, &e->silence);
    e->outcome = error ? *error : (boxd_error)BOXD_ERROR_INIT;
    e->stream_over = true;
    if (e->probe.running)
        call_stop(&e->probe);
    else
        finish(e);
}

/* Ends the stream for a reason of ours. */
static void fail(exec *e)
{
    call_stop(&e->stream);
}

/* ---- liveness ---- */

static void watch_silence(exec *e);

/* Whether a box in this state can still bring a command to its end. */
static bool is_dead(const char *status)
{
    static const char *const dead[] = {"stopped", "failed", "destroyed", "destroying", "error"};
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++)
        if (ascii_equal(status, strlen(status), dead[i]))
            return true;
    return false;
}

static void judge(exec *e, const char *status)
{
    if (is_dead(status)) {
        error_set_sent(&e->dead, BOXD_ERR_NO_EXIT_STATUS, BOXD_SENT_YES,
                       "%s is %s; its command ended without an exit status", e->request.subject, status);
        fail(e);
    } else {
        watch_silence(e);
    }
}

static void on_probe_done(api_call *c, const boxd_error *error)
{
    exec *e = exec_of(c->owner);
    boxd_error unread = BOXD_ERROR_INIT;
    if (e->stream_over) {
        finish(e);
        return;
    }
    if (error) { /* not found: it is gone; any other failure says nothing of the box */
        judge(e, error->status == BOXD_ERR_NOT_FOUND ? "destroyed" : "");
        return;
    }
    ProtobufCMessage *reply = wire_unpack(&boxd_pb__get_vm_response__descriptor, c->rpc.reply, &unread);
    judge(e, reply ? ((const BoxdPb__GetVmResponse *)(const void *)reply)->status : "");
    wire_free(reply);
}

static void on_silence(timer *t)
{
    static const method get = {.name = "GetVm", .path = METHOD_PATH("GetVm"), .read = true};
    static const call_events events = {.done = on_probe_done};
    exec *e = (exec *)(void *)((char *)t - offsetof(exec, silence));
    grpc_slice message;
    call_clear(&e->probe);
    if (e->stream.stopped)
        return;
    const wire_field vm_id = {1, boxd_box_id(e->request.box)};
    if (!wire_extend(grpc_empty_slice(), &vm_id, 1, &message)) {
        watch_silence(e); /* out of memory: later, perhaps */
        return;
    }
    e->probe.deadline_ns = clock_after_ms(PROBE_TIMEOUT_MS);
    call_set_message(&e->probe, message);
    call_start_unary(&e->probe, &e->request, &get, &events);
}

static void watch_silence(exec *e)
{
    if (e->liveness_ms > 0 && !e->probe.running)
        loop_timer_set(&e->request.compute->core.loop, &e->silence, clock_after_ms(e->liveness_ms),
                       on_silence);
}

/* ---- the stream ---- */

static void on_opened(api_call *c)
{
    exec *e = exec_of(c->owner);
    rpc_write(&c->rpc, e->command, true);
    rpc_read(&c->rpc);
    watch_silence(e);
}

static void on_written(api_call *c, bool ok)
{
    (void)c;
    (void)ok; /* the stream's status tells */
}

static void take_chunk(exec *e, const BoxdPb__ExecChunk *chunk)
{
    e->answered = true;
    e->exit_code = chunk->exit_code;
    e->unconfirmed = chunk->data.len > 0 && chunk->exit_code == 0;
    if (chunk->data.len > e->max_output_bytes - e->out.size - e->err.size) {
        error_set_sent(&e->failure, BOXD_ERR_OUTPUT_LIMIT, BOXD_SENT_YES,
                       "the command in %s wrote more than %zu bytes and was ended; raise max_output_bytes or "
                       "write to a file",
                       e->request.subject, e->max_output_bytes);
        return;
    }
    text *side = chunk->is_stderr ? &e->err : &e->out;
    text_add_bytes(side, chunk->data.data, chunk->data.len);
    if (side->failed)
        error_set_sent(&e->failure, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES,
                       "out of memory: keeping the output of the command in %s, which was ended",
                       e->request.subject);
}

static void on_message(api_call *c, grpc_byte_buffer *message)
{
    exec *e = exec_of(c->owner);
    if (!message)
        return;
    ProtobufCMessage *chunk = wire_unpack(&boxd_pb__exec_chunk__descriptor, message, &e->failure);
    grpc_byte_buffer_destroy(message);
    if (chunk)
        take_chunk(e, (const BoxdPb__ExecChunk *)(const void *)chunk);
    wire_free(chunk);
    if (e->failure.status != BOXD_OK) {
        fail(e);
        return;
    }
    watch_silence(e);
    rpc_read(&c->rpc);
}

/* ---- the operation ---- */

static void begin(request *r)
{
    static const method method_exec = {.name = "Exec", .path = METHOD_PATH("Exec"), .stream = true};
    static const call_events events = {on_opened, on_message, on_written, on_stream_done};
    exec *e = exec_of(r);
    const wire_field vm_id = {5, boxd_box_id(r->box)};
    grpc_slice whole;
    if (!wire_extend(e->command, &vm_id, 1, &whole)) {
        error_no_memory(&e->failure, "starting a command");
        request_finish(r, &e->failure);
        return;
    }
    grpc_slice_unref(e->command);
    e->command = whole;
    call_start_stream(&e->stream, r, &method_exec, &events);
}

static void stop(request *r)
{
    call_stop(&exec_of(r)->stream);
}

static void destroy(request *r)
{
    exec *e = exec_of(r);
    call_clear(&e->stream);
    call_clear(&e->probe);
    grpc_slice_unref(e->command);
    text_free(&e->out);
    text_free(&e->err);
}

static const request_kind exec_kind = {begin, stop, NULL, destroy};

/* `argv`, or the line of a shell when that is NULL. */
static void submit(boxd_box *box, const char *const *argv, const char *shell_line,
                   const boxd_exec_options *options, boxd_exec_result_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options known;
    char *line = NULL;
    if (options_copy(&known, sizeof known, options, "boxd_exec_options", &error) == BOXD_OK) {
        if (shell_line)
            command_from_line(shell_line, known.env, known.cwd, &line, &error);
        else
            command_from_words(argv, known.env, known.cwd, &line, &error);
    }
    if (error.status == BOXD_OK && known.liveness_ms < -1)
        error_set(&error, BOXD_ERR_INVALID_ARGUMENT,
                  "liveness_ms is %d; give milliseconds, 0 for the default or -1 for off", known.liveness_ms);
    exec *e = request_new(sizeof *e, &exec_kind,
                          &(request_setup){.box = box,
                                           .call = &known.call,
                                           .call_in_options = true,
                                           .fault = &error,
                                           .default_timeout_ms = BOXD_NO_TIMEOUT,
                                           .sink = SINK(RESULT_EXEC, callback, user_data)});
    if (e) {
        BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
        first.command = line;
        e->command = grpc_empty_slice();
        e->failure = e->dead = e->outcome = (boxd_error)BOXD_ERROR_INIT;
        e->max_output_bytes = known.max_output_bytes ? known.max_output_bytes : DEFAULT_MAX_OUTPUT_BYTES;
        e->liveness_ms = known.liveness_ms ? known.liveness_ms : DEFAULT_LIVENESS_MS;
        if (line && !wire_pack(&first.base, &e->command))
            error_no_memory(request_error(&e->request), "starting a command");
        request_submit(&e->request);
    }
    mem_free(line);
}

void boxd_aio_box_exec(boxd_box *box, const char *const *argv, const boxd_exec_options *options,
                       boxd_exec_result_cb callback, void *user_data)
{
    submit(box, argv, NULL, options, callback, user_data);
}

void boxd_aio_box_exec_shell(boxd_box *box, const char *line, const boxd_exec_options *options,
                             boxd_exec_result_cb callback, void *user_data)
{
    submit(box, NULL, line ? line : "", options, callback, user_data);
}
