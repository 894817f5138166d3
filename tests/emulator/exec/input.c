/*
 * input.c: the input of a command. The emulator receives the next message only when the process has read the
 * message before, so a command that does not read stops its client. Core thread only.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "exec/internal.h"
#include "rpc/generation.h"

static void got_input(call *c, grpc_byte_buffer *packed);

void exec_input_release(exec *e)
{
    if (e->input != NULL)
        protobuf_c_message_free_unpacked(&e->input->base, NULL);
    e->input = NULL;
    e->input_left.len = 0;
}

/* Writes the pending input. True when all of it is written. */
static bool write_input(exec *e)
{
    ProtobufCBinaryData *left = &e->input_left;
    if (left->len > 0)
        e->mid_line = strchr("\n\r\4", left->data[left->len - 1]) == NULL;
    while (left->len > 0) {
        ssize_t n = write(e->input_watch.fd, left->data, left->len);
        if (n < 0 && errno == EAGAIN)
            return false;
        if (n < 0 && errno != EINTR)
            break; /* the command has closed its stdin: further input is discarded */
        if (n > 0) {
            left->data += n;
            left->len -= (size_t)n;
        }
    }
    exec_input_release(e);
    return true;
}

/* True if a fault ends the input here. With `hang` the output continues, and the emulator receives no more
 * input. */
static bool fault_stops(exec *e)
{
    const rpc_fault *f = &e->c->fault;
    if (f->after_input_bytes < 0 || e->input_bytes < (uint64_t)f->after_input_bytes)
        return false;
    if (!f->hang)
        exec_apply_fault(e);
    return true;
}

/* Writes the pending input, then closes stdin at the end of the input, or receives the next message. */
static void pump_input(exec *e)
{
    if (!write_input(e) || (e->input_closed && !sandbox_process_close_stdin(e->process)))
        watch_arm(&e->input_watch, EPOLLOUT);
    else if (e->input_closed)
        watch_end(&e->input_watch);
    else if (!fault_stops(e))
        call_receive(e->c, got_input);
}

static void input_ready(watch *w)
{
    exec *e = container_of(w, exec, input_watch);
    if (e->c != NULL)
        pump_input(e);
}

/* In the middle of a line the first Ctrl-D only flushes the line of a terminal; the second ends the input. */
static void close_input(exec *e)
{
    static uint8_t ctrl_d[] = {4};
    e->input_closed = true;
    if (e->options.pty && e->mid_line)
        e->input_left = (ProtobufCBinaryData){sizeof ctrl_d, ctrl_d};
    pump_input(e);
}

/* The input that the message carries; empty if it is not marked as input. */
static ProtobufCBinaryData input_of(exec *e)
{
    ProtobufCBinaryData data = {0};
    if (e->input->window_change && generation_served != GENERATION_0_1)
        (void)sandbox_process_resize(e->process, e->input->cols, e->input->rows);
    else if (e->input->stdin)
        data = e->input->data;
    const int64_t limit = e->c->fault.after_input_bytes;
    if (limit >= 0 && data.len > (uint64_t)limit - e->input_bytes)
        data.len = (size_t)((uint64_t)limit - e->input_bytes);
    e->input_bytes += data.len;
    return data;
}

static void got_input(call *c, grpc_byte_buffer *packed)
{
    exec *e = c->stream;
    if (e == NULL || e->process == NULL || e->interrupted) {
        if (packed != NULL)
            grpc_byte_buffer_destroy(packed);
        return;
    }
    if (packed == NULL) {
        close_input(e);
        return;
    }
    ProtobufCMessage *message;
    int refused = call_unpack(c, &boxd_pb__exec_chunk__descriptor, packed, NULL, &message);
    if (refused != 0) {
        exec_finish(e, refused, c->error, NULL);
        exec_abandon(e);
        return;
    }
    e->input = (BoxdPb__ExecChunk *)message;
    e->input_left = input_of(e);
    pump_input(e);
}

void exec_input_start(exec *e)
{
    watch_init(&e->input_watch, sandbox_process_stdin(e->process), input_ready);
    pump_input(e);
}
