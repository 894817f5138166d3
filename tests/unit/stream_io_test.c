/* The messages of one streaming RPC, and which of them are sent again when the RPC is reopened. */
#include "boxd/stream/stream_io.h"

#include "fake_call.h"
#include "unit_test.h"

#include <string.h>

static struct {
    int opened, messages, written, broken, ended;
    boxd_status status;
} events;

static void on_opened(stream_io *io)
{
    (void)io;
    events.opened++;
}

static void on_message(stream_io *io, grpc_byte_buffer *message)
{
    (void)io;
    grpc_byte_buffer_destroy(message);
    events.messages++;
}

static void on_written(stream_io *io, const outgoing *o)
{
    (void)io;
    events.written += o != NULL;
    events.broken += o == NULL;
}

static void on_ended(stream_io *io, const boxd_error *error)
{
    (void)io;
    events.ended++;
    events.status = error ? error->status : BOXD_OK;
}

static stream_io *start(queue_resend resent_by)
{
    static const method m = {.name = "Test", .path = "/Test"};
    static const stream_events of_test = {on_opened, on_message, on_written, on_ended};
    static stream_io io;
    io = (stream_io){0};
    memset(&events, 0, sizeof events);
    fake_stream = (fake_call){.message = grpc_empty_slice()};
    stream_io_init(&io, resent_by);
    stream_io_start(&io, NULL, &m, &of_test);
    return &io;
}

static void clear(stream_io *io)
{
    stream_io_clear(io);
    grpc_slice_unref(fake_stream.message);
}

static void send(stream_io *io, const char *bytes, bool last)
{
    outgoing *o = outgoing_new(true, last);
    ck_assert_ptr_nonnull(o);
    o->message = grpc_slice_from_copied_string(bytes);
    stream_io_send(io, o);
}

static void expect_writing(const char *bytes, int writes)
{
    ck_assert(fake_stream.writing);
    ck_assert_int_eq(fake_stream.writes, writes);
    ck_assert_int_eq(grpc_slice_str_cmp(fake_stream.message, bytes), 0);
}

static const ProtobufCMessage *chunk(void)
{
    static const BoxdPb__ExecChunk message = BOXD_PB__EXEC_CHUNK__INIT;
    return &message.base;
}

/* Messages that are queued before the RPC is open are sent once it is open, one at a time, followed by the
 * end. */
START_TEST(sent_in_order)
{
    stream_io *io = start(RESENT_BY_QUEUE);
    send(io, "one", false);
    ck_assert(!stream_io_is_open(io) && !fake_stream.writing);
    fake_opened();
    ck_assert(stream_io_is_open(io) && events.opened == 1);
    expect_writing("one", 1);
    send(io, "two", false);
    stream_io_send(io, outgoing_new(false, true));
    expect_writing("one", 1);
    fake_written(true);
    expect_writing("two", 2);
    fake_written(true);
    ck_assert(fake_stream.writing && fake_stream.half_closes == 1);
    fake_written(true);
    ck_assert(!fake_stream.writing && events.written == 3);
    fake_ended(&fake_stream, NULL);
    ck_assert(io->ended && !stream_io_is_open(io) && events.ended == 1);
    clear(io);
}
END_TEST

/* One message for each read, and no read after the last message or before the RPC is open. */
START_TEST(flow_control)
{
    stream_io *io = start(RESENT_BY_QUEUE);
    stream_io_read(io);
    ck_assert_int_eq(fake_stream.reads, 0);
    fake_opened();
    ck_assert_int_eq(fake_stream.reads, 0);
    stream_io_read(io);
    stream_io_read(io);
    ck_assert_int_eq(fake_stream.reads, 1);
    fake_message(chunk());
    ck_assert(events.messages == 1 && fake_stream.reads == 1);
    stream_io_read(io);
    fake_message(NULL);
    ck_assert(events.messages == 1);
    stream_io_read(io);
    ck_assert_int_eq(fake_stream.reads, 2);
    fake_ended_in(&fake_stream, BOXD_ERR_FAILED, 13);
    ck_assert_int_eq(events.status, BOXD_ERR_FAILED);
    clear(io);
}
END_TEST

/* If the RPC is reopened before any message came, the queue sends everything again, also written messages.
 */
START_TEST(resent_by_the_queue)
{
    stream_io *io = start(RESENT_BY_QUEUE);
    send(io, "one", false);
    send(io, "two", false);
    fake_opened();
    fake_written(true);
    fake_written(false);
    ck_assert(events.broken == 1 && io->queue.broken);
    send(io, "three", false);
    ck_assert(!fake_stream.writing);
    fake_opened();
    ck_assert(!io->queue.broken && !io->call.unrepeatable);
    expect_writing("one", 1);
    fake_written(true);
    expect_writing("two", 2);
    fake_written(true);
    expect_writing("three", 3);
    fake_written(true);
    ck_assert_int_eq(events.written, 4);
    clear(io);
}
END_TEST

static bool is_empty(const rpc_queue *q)
{
    return list_is_empty(&q->written) && list_is_empty(&q->pending);
}

/* The message at `index` among those that are not written. */
static const outgoing *pending(const stream_io *io, int index)
{
    const list_node *node = io->queue.pending.first;
    while (index-- > 0)
        node = node->next;
    return CONTAINER_OF(node, const outgoing, node);
}

/* Written messages are freed once the service has answered, and then the RPC is not reopened. */
START_TEST(forgotten_by_the_queue)
{
    stream_io *io = start(RESENT_BY_QUEUE);
    send(io, "one", false);
    fake_opened();
    stream_io_read(io);
    fake_message(chunk());
    ck_assert(!io->call.unrepeatable);
    fake_written(true);
    ck_assert(io->call.unrepeatable);
    ck_assert(is_empty(&io->queue));
    clear(io);
}
END_TEST

/* They are also freed when they take too much memory: many tiny messages do. */
START_TEST(too_much_to_keep)
{
    stream_io *io = start(RESENT_BY_QUEUE);
    fake_opened();
    int sent = 0;
    for (; !io->call.unrepeatable && sent < 100000; sent++) {
        send(io, "x", false);
        fake_written(true);
    }
    ck_assert_int_gt(sent, 1000);
    ck_assert_int_lt(sent, 100000);
    ck_assert(is_empty(&io->queue));
    clear(io);
}
END_TEST

/* An owner that sends again finds an empty queue, and the RPC may be reopened whatever was sent. */
START_TEST(resent_by_the_owner)
{
    stream_io *io = start(RESENT_BY_OWNER);
    fake_opened();
    send(io, "one", false);
    send(io, "two", false);
    expect_writing("one", 1);
    ck_assert_uint_eq(GRPC_SLICE_LENGTH(pending(io, 0)->message), 0); /* gRPC has the only reference */
    fake_written(true);
    expect_writing("two", 2);
    ck_assert_uint_eq(io->queue.written.count, 0); /* the first message is freed */
    ck_assert_uint_eq(io->queue.pending.count, 1);
    fake_opened();
    ck_assert(events.opened == 2 && !fake_stream.writing && !io->call.unrepeatable);
    ck_assert(is_empty(&io->queue));
    send(io, "again", true);
    expect_writing("again", 1);
    fake_written(true);
    ck_assert(is_empty(&io->queue));
    clear(io);
}
END_TEST

/* A message leaves the queue unless its write has begun. */
START_TEST(taken_back)
{
    stream_io *io = start(RESENT_BY_QUEUE);
    fake_opened();
    send(io, "one", false);
    send(io, "two", false);
    send(io, "three", true);
    const outgoing *one = pending(io, 0), *two = pending(io, 1), *three = pending(io, 2);
    ck_assert(!rpc_queue_take_back(&io->queue, one));
    ck_assert(rpc_queue_take_back(&io->queue, two));
    fake_written(true);
    expect_writing("three", 2);
    ck_assert(!rpc_queue_take_back(&io->queue, three));
    fake_written(true);
    ck_assert_int_eq(events.written, 2);
    clear(io);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stream_io");
    unit_add(suite, sent_in_order);
    unit_add(suite, flow_control);
    unit_add(suite, resent_by_the_queue);
    unit_add(suite, forgotten_by_the_queue);
    unit_add(suite, too_much_to_keep);
    unit_add(suite, resent_by_the_owner);
    unit_add(suite, taken_back);
    return unit_run(suite);
}
