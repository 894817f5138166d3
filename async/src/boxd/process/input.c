/*
 * input.c: what goes to a command: its input in pieces, one message under way at a time, and changes of its
 * terminal's size, which overtake what waits.
 */
#include "boxd/process/process_steps.h"
#include "errors.h"
#include "mem.h"

#include <string.h>

#define PIECE_BYTES ((size_t)64 * 1024)

static boxd_status check(const boxd_exec_options *options, boxd_input_mode mode, bool streams,
                         boxd_error *error)
{
    const bool pty = options->pty || options->interactive;
    if (mode < BOXD_INPUT_PIPE || mode > BOXD_INPUT_FD)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "in.mode is %d; see boxd_input_mode", (int)mode);
    if (mode == BOXD_INPUT_PIPE && !streams)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "in.mode is BOXD_INPUT_PIPE, but nobody could write to it; use "
                         "boxd_box_exec_stream(), or BOXD_INPUT_BYTES");
    if (mode == BOXD_INPUT_CLOSED && streams && pty)
        return error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "in.mode is BOXD_INPUT_CLOSED, but a command with a PTY keeps its input open; leave out "
            "one of the two");
    if ((options->in.data || options->in.data_size > 0) && mode != BOXD_INPUT_BYTES)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "in.data is set, but in.mode is not BOXD_INPUT_BYTES");
    if (options->in.fd != 0 && mode != BOXD_INPUT_FD)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "in.fd is set, but in.mode is not BOXD_INPUT_FD");
    if (mode == BOXD_INPUT_BYTES && options->in.data_size > 0 && !options->in.data)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "in.data is NULL, but in.data_size is %zu",
                         options->in.data_size);
    return BOXD_OK;
}

boxd_status input_init(input *in, const boxd_exec_options *options, bool streams, boxd_error *error)
{
    in->mode = options->in.mode;
    in->cols = options->cols;
    in->rows = options->rows;
    if (in->mode == BOXD_INPUT_DEFAULT)
        in->mode = streams ? BOXD_INPUT_PIPE : BOXD_INPUT_CLOSED;
    if (check(options, in->mode, streams, error) != BOXD_OK || in->mode != BOXD_INPUT_BYTES)
        return error->status;
    in->ending = true;
    in->size = options->in.data_size;
    in->bytes = mem_alloc(in->size);
    if (!in->bytes)
        return error_no_memory(error, "starting a command");
    if (in->size > 0)
        memcpy(in->bytes, options->in.data, in->size);
    return BOXD_OK;
}

void input_clear(input *in)
{
    mem_free(in->bytes);
}

/* ---- sending ---- */

/* A message, of which `bytes` are input, `step`'s; NULL: the end of the input. */
static void send_message(boxd_process *p, const BoxdPb__ExecChunk *message, size_t bytes, stream_step *step)
{
    input *in = &p->thread_data.input;
    outgoing *o = outgoing_new(message != NULL, message == NULL);
    if (!o || (message && !wire_pack(&message->base, &o->message))) {
        outgoing_free(o);
        error_no_memory(process_failure(p), "writing to a command");
        process_fail(p);
        return;
    }
    in->under_way = o;
    in->under_way_bytes = bytes;
    in->under_way_step = step;
    stream_send(&p->stream, o);
}

static void send_bytes(boxd_process *p, const char *data, size_t size, stream_step *step)
{
    BoxdPb__ExecChunk message = BOXD_PB__EXEC_CHUNK__INIT;
    union {
        const char *from;
        uint8_t *to; /* protobuf-c takes bytes that it does not write to */
    } bytes = {data};
    message.stdin = true;
    message.data = (ProtobufCBinaryData){size < PIECE_BYTES ? size : PIECE_BYTES, bytes.to};
    send_message(p, &message, message.data.len, step);
}

static void send_size(boxd_process *p)
{
    input *in = &p->thread_data.input;
    BoxdPb__ExecChunk message = BOXD_PB__EXEC_CHUNK__INIT;
    in->resizing = step_list_take_all(&in->resizes);
    in->resized = false;
    message.window_change = true;
    message.cols = in->cols;
    message.rows = in->rows;
    send_message(p, &message, 0, NULL);
}

static void send_end(boxd_process *p)
{
    p->thread_data.input.ended = true;
    send_message(p, NULL, 0, NULL);
}

static void finish_first(input *in, const boxd_error *error)
{
    stream_step *step = in->writes.first;
    step_list_remove(&in->writes, step);
    request_finish(&step->request, error);
}

/* Steps of which nothing is left to be sent: whole writes, and ends after the end. */
static void finish_sent(input *in)
{
    while (in->writes.first) {
        const write_step *w = write_step_of(in->writes.first);
        if (w->ends ? !in->ended : w->sent < w->size)
            return;
        finish_first(in, NULL);
    }
}

static void send_step(boxd_process *p)
{
    stream_step *first = p->thread_data.input.writes.first;
    const write_step *w = write_step_of(first);
    if (w->ends)
        send_end(p);
    else
        send_bytes(p, w->data + w->sent, w->size - w->sent, first);
}

void input_feed(boxd_process *p)
{
    input *in = &p->thread_data.input;
    if (!p->thread_data.started || in->under_way || p->stream.thread_data.queue.broken)
        return;
    finish_sent(in);
    if (in->ended)
        return;
    if (in->resized)
        send_size(p);
    else if (in->sent < in->size)
        send_bytes(p, in->bytes + in->sent, in->size - in->sent, NULL);
    else if (in->ending)
        send_end(p);
    else if (in->writes.first)
        send_step(p);
}

void input_written(boxd_process *p, const outgoing *o)
{
    input *in = &p->thread_data.input;
    if (o != in->under_way)
        return;
    in->under_way = NULL;
    in->accepted += in->under_way_bytes;
    if (in->under_way_step)
        write_step_of(in->under_way_step)->sent += in->under_way_bytes;
    else if (in->sent < in->size)
        in->sent += in->under_way_bytes;
    step_list_end(&in->resizing, NULL);
    finish_sent(in);
}

void input_drop_step(boxd_process *p, stream_step *step)
{
    input *in = &p->thread_data.input;
    if (in->under_way_step == step) { /* it goes out all the same */
        write_step_of(step)->sent += in->under_way_bytes;
        in->accepted += in->under_way_bytes;
        in->under_way_bytes = 0;
        in->under_way_step = NULL;
    }
    step_list_remove(&in->writes, step);
    step_list_remove(&in->resizes, step);
    step_list_remove(&in->resizing, step);
    in->closed = in->ended;
    for (stream_step *left = in->writes.first; left; left = left->next)
        in->closed = in->closed || write_step_of(left)->ends;
}

void input_end_steps(boxd_process *p, const boxd_error *error)
{
    input *in = &p->thread_data.input;
    boxd_error over;
    error_set_sent(&over, BOXD_ERR_FAILED_PRECONDITION, BOXD_SENT_UNKNOWN,
                   "%s has ended, and takes no more input", p->stream.handle.subject);
    process_describe(p, &over);
    in->ended = in->ended || !error;
    in->under_way_step = NULL;
    finish_sent(in);
    step_list_end(&in->writes, error ? error : &over);
    step_list_end(&in->resizes, error);
    step_list_end(&in->resizing, error);
}
