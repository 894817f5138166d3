/*
 * Answers all methods but Whoami. The command of Exec and the path of a download say what the server sends:
 * "chunks SIZE COUNT" is COUNT messages of SIZE bytes. Every other command writes one byte, and then runs
 * until the client cancels it. Called on the threads of the lean server.
 */
#include "contestant.h"
#include "message.h"
#include "server.h"

#include <grpc/byte_buffer_reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct stream {
    event event;
    worker *worker;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *received, *sending;
    /* The message that is sent `left` times, and the one at the end. Each may be empty. */
    grpc_slice chunk, last;
    long left;
    /* Whether the stream stays open after the chunks. */
    bool holds;
    bool metadata_sent;
    int cancelled;
} stream;

static stream *stream_of(event *e)
{
    return (stream *)(void *)e;
}

static void start(stream *s, const grpc_op *ops, size_t count, void (*run)(event *, bool))
{
    s->event.run = run;
    if (grpc_call_start_batch(s->call, ops, count, s, NULL) != GRPC_CALL_OK)
        fail("the server", "a batch was refused");
}

static void on_ended(event *e, bool ok)
{
    (void)ok;
    stream *s = stream_of(e);
    grpc_byte_buffer_destroy(s->sending);
    grpc_slice_unref(s->chunk);
    grpc_slice_unref(s->last);
    grpc_call_unref(s->call);
    free(s);
}

/* ---- messages to the client ---- */

static void send_next(stream *s);

static void hold(stream *s)
{
    const grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server = {&s->cancelled}};
    start(s, &close, 1, on_ended);
}

static void on_sent(event *e, bool ok)
{
    stream *s = stream_of(e);
    if (!ok) {
        on_ended(e, ok);
        return;
    }
    grpc_byte_buffer_destroy(s->sending);
    s->sending = NULL;
    if (s->left == 0 && s->holds)
        hold(s);
    else
        send_next(s);
}

/* Sends the next chunk; after the chunks the last message, and the status with it. gRPC may collect chunks
 * before it writes them, but not the first one: the metadata would wait with it. */
static void send_next(stream *s)
{
    grpc_op ops[3];
    size_t count = 0;
    const bool ends = s->left == 0, collects = !ends && s->metadata_sent;
    grpc_slice message = ends ? s->last : s->chunk;
    if (!s->metadata_sent)
        ops[count++] = (grpc_op){.op = GRPC_OP_SEND_INITIAL_METADATA};
    s->metadata_sent = true;
    if (!GRPC_SLICE_IS_EMPTY(message)) {
        s->sending = grpc_raw_byte_buffer_create(&message, 1);
        ops[count++] = (grpc_op){.op = GRPC_OP_SEND_MESSAGE,
                                 .flags = collects ? GRPC_WRITE_BUFFER_HINT : 0,
                                 .data.send_message.send_message = s->sending};
    }
    if (ends)
        ops[count++] = (grpc_op){.op = GRPC_OP_SEND_STATUS_FROM_SERVER};
    else
        s->left--;
    start(s, ops, count, ends ? on_ended : on_sent);
}

/* A message of `size` bytes in one field, behind a number in another one unless `number` is 0. */
static grpc_slice make_chunk(unsigned field, size_t size, uint64_t number)
{
    uint8_t head[32], *end = head;
    if (number)
        end = message_write_number(end, DOWNLOAD_TOTAL_SIZE, number);
    end = message_write_header(end, field, size);
    grpc_slice slice = grpc_slice_malloc((size_t)(end - head) + size);
    memcpy(GRPC_SLICE_START_PTR(slice), head, (size_t)(end - head));
    memset(GRPC_SLICE_START_PTR(slice) + (end - head), 'x', size);
    return slice;
}

/* The size and the number of the chunks that `text` asks for. False: it asks for none. */
static bool read_command(message_field text, long chunks[2])
{
    char line[64];
    const bool fits = text.size < sizeof line;
    snprintf(line, sizeof line, "%.*s", fits ? (int)text.size : 0, (const char *)text.data);
    const char *command = strstr(line, "chunks ");
    return command && sscanf(command, "chunks %ld %ld", &chunks[0], &chunks[1]) == 2;
}

/* ---- the methods ---- */

static void run_command(stream *s, const uint8_t *request, size_t size)
{
    message_field command;
    long chunks[2];
    if (!message_find(request, size, EXEC_COMMAND, &command))
        fail("the server", "an Exec without a command");
    s->holds = !read_command(command, chunks);
    if (s->holds)
        chunks[0] = chunks[1] = 1;
    /* The exit code comes in a message without output. Its value 0 is written, as a service may do: an empty
     * message is nothing that the bare contestants could tell from the end. */
    uint8_t exit[8], *end = message_write_number(exit, 6, 0);
    s->chunk = make_chunk(EXEC_DATA, (size_t)chunks[0], 0);
    s->last = grpc_slice_from_copied_buffer((const char *)exit, (size_t)(end - exit));
    s->left = chunks[1];
    send_next(s);
}

static void download(stream *s, const uint8_t *request, size_t size)
{
    message_field path;
    long chunks[2];
    if (!message_find(request, size, FILE_PATH, &path) || !read_command(path, chunks))
        fail("the server", "a download of an unknown path");
    s->chunk = make_chunk(DOWNLOAD_DATA, (size_t)chunks[0], (uint64_t)(chunks[0] * chunks[1]));
    s->left = chunks[1];
    send_next(s);
}

static void get_box(stream *s, const uint8_t *request, size_t size)
{
    message_field id = {.size = 0};
    uint8_t reply[128], *end = reply;
    if (message_find(request, size, 1, &id) && id.size <= 64)
        end = message_write_bytes(end, 1, id.data, id.size);
    end = message_write_bytes(end, 5, "running", 7);
    s->last = grpc_slice_from_copied_buffer((const char *)reply, (size_t)(end - reply));
    send_next(s);
}

static void on_piece(event *e, bool ok)
{
    stream *s = stream_of(e);
    grpc_byte_buffer *piece = s->received;
    s->received = NULL;
    if (!ok || !piece) {
        send_next(s);
        return;
    }
    grpc_byte_buffer_destroy(piece);
    const grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &s->received};
    start(s, &receive, 1, on_piece);
}

/* The first message has the size of the file; what follows is read and dropped. */
static void take_upload(stream *s, const uint8_t *request, size_t size)
{
    message_field total = {.number = 0};
    uint8_t reply[16];
    message_find(request, size, UPLOAD_TOTAL_SIZE, &total);
    uint8_t *end = message_write_number(reply, UPLOAD_BYTES_WRITTEN, total.number);
    s->last = grpc_slice_from_copied_buffer((const char *)reply, (size_t)(end - reply));
    const grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &s->received};
    start(s, &receive, 1, on_piece);
}

static void refuse(stream *s)
{
    const grpc_op ops[] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                           {.op = GRPC_OP_SEND_STATUS_FROM_SERVER,
                            .data.send_status_from_server.status = GRPC_STATUS_UNIMPLEMENTED}};
    start(s, ops, 2, on_ended);
}

static void dispatch(stream *s, const uint8_t *request, size_t size)
{
    static const struct {
        const char *name;
        void (*run)(stream *, const uint8_t *, size_t);
    } methods[] = {{"Exec", run_command},
                   {"DownloadFileStream", download},
                   {"UploadFileStream", take_upload},
                   {"GetVm", get_box}};
    char path[64];
    snprintf(path, sizeof path, "%.*s", (int)GRPC_SLICE_LENGTH(s->details.method),
             (const char *)GRPC_SLICE_START_PTR(s->details.method));
    const char *name = strrchr(path, '/');
    grpc_call_details_destroy(&s->details);
    for (size_t i = 0; name && i < sizeof methods / sizeof *methods; i++)
        if (strcmp(name + 1, methods[i].name) == 0) {
            methods[i].run(s, request, size);
            return;
        }
    refuse(s);
}

static void on_request(event *e, bool ok)
{
    stream *s = stream_of(e);
    grpc_byte_buffer *message = s->received;
    grpc_byte_buffer_reader reader;
    s->received = NULL;
    if (!ok || !message || !grpc_byte_buffer_reader_init(&reader, message)) {
        grpc_byte_buffer_destroy(message);
        grpc_call_details_destroy(&s->details);
        refuse(s);
        return;
    }
    const grpc_slice whole = grpc_byte_buffer_reader_readall(&reader);
    dispatch(s, GRPC_SLICE_START_PTR(whole), GRPC_SLICE_LENGTH(whole));
    grpc_slice_unref(whole);
    grpc_byte_buffer_reader_destroy(&reader);
    grpc_byte_buffer_destroy(message);
}

static void on_accepted(event *e, bool ok)
{
    stream *s = stream_of(e);
    if (!ok)
        return;
    grpc_metadata_array_destroy(&s->metadata);
    stream_accept(s->worker);
    const grpc_op receive = {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &s->received};
    start(s, &receive, 1, on_request);
}

void stream_accept(worker *w)
{
    stream *s = allocate(1, sizeof *s);
    *s = (stream){
        .event = {on_accepted}, .worker = w, .chunk = grpc_empty_slice(), .last = grpc_empty_slice()};
    grpc_call_details_init(&s->details);
    grpc_metadata_array_init(&s->metadata);
    if (grpc_server_request_call(w->server, &s->call, &s->details, &s->metadata, w->queue, w->queue, s) !=
        GRPC_CALL_OK)
        fail("the server", "a request for a call was refused");
}
