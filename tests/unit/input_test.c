/* Which message of a command's input is sent next, and which writes are complete, in every order of events.
 */
#include "boxd/process/input.h"

#include "unit_test.h"

#include <string.h>

#define PIECE ((size_t)64 * 1024)

static input open_pipe(void)
{
    const boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    input in;
    ck_assert_int_eq(input_init(&in, &options, true, &error), BOXD_OK);
    return in;
}

static input_item write_of(const char *data, size_t size)
{
    return (input_item){.kind = INPUT_WRITE, .data = data, .size = size};
}

static void expect_bytes(input *in, const char *data, size_t size)
{
    input_message m;
    ck_assert(input_next(in, &m));
    ck_assert_int_eq(m.kind, INPUT_MESSAGE_BYTES);
    ck_assert_uint_eq(m.size, size);
    ck_assert_ptr_eq(m.data, data);
}

static void expect_size(input *in, uint32_t cols, uint32_t rows)
{
    input_message m;
    ck_assert(input_next(in, &m));
    ck_assert_int_eq(m.kind, INPUT_MESSAGE_SIZE);
    ck_assert_uint_eq(m.cols, cols);
    ck_assert_uint_eq(m.rows, rows);
}

static void expect_eof(input *in)
{
    input_message m;
    ck_assert(input_next(in, &m));
    ck_assert_int_eq(m.kind, INPUT_MESSAGE_EOF);
}

static void expect_nothing(input *in)
{
    input_message m;
    ck_assert(!input_next(in, &m));
}

static void expect_completed(input *in, const input_item *item)
{
    ck_assert_ptr_eq(input_pop_completed(in), item);
}

/* One message at a time, in pieces; a write completes with its last piece, and an empty one at once. */
START_TEST(writes_in_pieces)
{
    static char data[2 * PIECE + 5];
    input in = open_pipe();
    input_item big = write_of(data, sizeof data), empty = write_of(NULL, 0), small = write_of("ab", 2);
    input_add(&in, &big);
    input_add(&in, &empty);
    input_add(&in, &small);
    expect_bytes(&in, data, PIECE);
    expect_nothing(&in); /* one is being sent */
    input_sent(&in);
    ck_assert_uint_eq(in.accepted, PIECE);
    expect_completed(&in, NULL);
    expect_bytes(&in, data + PIECE, PIECE);
    input_sent(&in);
    expect_bytes(&in, data + 2 * PIECE, 5);
    ck_assert_uint_eq(in.accepted, 2 * PIECE);
    input_sent(&in);
    expect_completed(&in, &big);
    expect_completed(&in, &empty);
    expect_completed(&in, NULL);
    expect_bytes(&in, small.data, 2);
    input_sent(&in);
    expect_completed(&in, &small);
    ck_assert_uint_eq(in.accepted, sizeof data + 2);
    ck_assert(!input_has_items(&in));
    input_clear(&in);
}
END_TEST

/* The end is sent once; a second end completes with the first, and later writes are refused. */
START_TEST(the_end)
{
    input in = open_pipe();
    input_item text = write_of("x", 1), end = {.kind = INPUT_EOF}, again = {.kind = INPUT_EOF};
    ck_assert_ptr_null(input_refusal(&in, false));
    input_add(&in, &text);
    input_add(&in, &end);
    ck_assert_ptr_nonnull(strstr(input_refusal(&in, false), "boxd_process_write_eof()"));
    ck_assert_ptr_null(input_refusal(&in, true));
    input_add(&in, &again);
    expect_bytes(&in, text.data, 1);
    input_sent(&in);
    expect_completed(&in, &text);
    expect_eof(&in);
    expect_completed(&in, NULL);
    input_sent(&in);
    expect_completed(&in, &end);
    expect_completed(&in, &again);
    expect_nothing(&in);
    ck_assert(in.ended && in.closed);
    input_clear(&in);
}
END_TEST

/* A new size is sent before waiting bytes. Sizes that are set before the message is sent share that message;
 * a size that is set while the message is being sent gets its own message. */
START_TEST(sizes_overtake)
{
    input in = open_pipe();
    input_item text = write_of("x", 1);
    input_item first = {.kind = INPUT_RESIZE}, second = {.kind = INPUT_RESIZE},
               third = {.kind = INPUT_RESIZE};
    input_add(&in, &text);
    input_resize(&in, 80, 24, &first);
    input_resize(&in, 100, 50, &second);
    expect_size(&in, 100, 50);
    input_resize(&in, 90, 30, &third);
    input_sent(&in);
    expect_completed(&in, &first);
    expect_completed(&in, &second);
    expect_completed(&in, NULL);
    expect_size(&in, 90, 30);
    input_sent(&in);
    expect_completed(&in, &third);
    input_resize(&in, 1, 2, NULL); /* a size of the terminal: no item waits for it */
    expect_size(&in, 1, 2);
    input_sent(&in);
    expect_completed(&in, NULL);
    expect_bytes(&in, text.data, 1);
    input_sent(&in);
    expect_completed(&in, &text);
    ck_assert_uint_eq(in.accepted, 1);
    input_clear(&in);
}
END_TEST

/* A write that is removed counts the bytes that are being sent, and its other bytes are not sent. */
START_TEST(removed)
{
    static char data[2 * PIECE];
    input in = open_pipe();
    input_item big = write_of(data, sizeof data), end = {.kind = INPUT_EOF}, next = write_of("y", 1);
    input_add(&in, &big);
    input_add(&in, &end);
    expect_bytes(&in, data, PIECE);
    input_remove(&in, &big);
    ck_assert_uint_eq(big.sent, PIECE);
    ck_assert_uint_eq(in.accepted, PIECE);
    ck_assert(in.closed);
    input_sent(&in);
    ck_assert_uint_eq(in.accepted, PIECE);
    ck_assert_uint_eq(big.sent, PIECE);
    expect_completed(&in, NULL);
    input_remove(&in, &end); /* the program takes back the end: writes are accepted again */
    ck_assert(!in.closed);
    ck_assert_ptr_null(input_refusal(&in, false));
    input_add(&in, &next);
    expect_bytes(&in, next.data, 1);
    input_sent(&in);
    expect_completed(&in, &next);
    input_clear(&in);
}
END_TEST

static size_t count(const linked_list *list)
{
    return list->count;
}

START_TEST(removed_all)
{
    input in = open_pipe();
    input_item text = write_of("abc", 3), end = {.kind = INPUT_EOF};
    input_item sending = {.kind = INPUT_RESIZE}, waiting = {.kind = INPUT_RESIZE};
    input_add(&in, &text);
    input_add(&in, &end);
    input_resize(&in, 1, 1, &sending);
    expect_size(&in, 1, 1);
    input_resize(&in, 2, 2, &waiting);
    ck_assert(input_has_items(&in));
    linked_list all = input_remove_all(&in);
    ck_assert_uint_eq(count(&all), 4);
    ck_assert(!input_has_items(&in) && !in.closed);
    input_sent(&in);
    expect_completed(&in, NULL);
    expect_size(&in, 2, 2); /* the size itself is still to be sent */
    input_clear(&in);
}
END_TEST

/* No byte of a write counts as sent if its message could not be packed. */
START_TEST(send_failed)
{
    input in = open_pipe();
    input_item text = write_of("abc", 3);
    input_add(&in, &text);
    expect_bytes(&in, text.data, 3);
    input_send_failed(&in);
    input_remove(&in, &text);
    ck_assert_uint_eq(text.sent, 0);
    ck_assert_uint_eq(in.accepted, 0);
    input_item end = {.kind = INPUT_EOF};
    input_add(&in, &end);
    expect_eof(&in);
    input_send_failed(&in);
    input_stream_over(&in, false);
    expect_completed(&in, NULL);
    input_remove(&in, &end);
    ck_assert(!end.sending);
    input_clear(&in);
}
END_TEST

/* The end of the stream completes or fails items: after a successful end, an end of the input is complete.
 */
START_TEST(stream_over)
{
    for (int well = 0; well < 2; well++) {
        input in = open_pipe();
        input_item text = write_of("abc", 3), end = {.kind = INPUT_EOF};
        input_item first = {.kind = INPUT_EOF};
        input_add(&in, &first);
        input_add(&in, &text);
        input_add(&in, &end);
        input_stream_over(&in, well);
        expect_completed(&in, well ? &first : NULL);
        linked_list left = input_remove_all(&in);
        ck_assert_uint_eq(count(&left), well ? 2 : 3);
        ck_assert_uint_eq(in.accepted, 0);
        input_clear(&in);
    }
}
END_TEST

/* The stream ends while a message is being sent: it is not known whether the message was sent. */
START_TEST(over_while_sending)
{
    static const char data[PIECE + 2];
    input in = open_pipe();
    boxd_error error = BOXD_ERROR_INIT;
    input_item text = write_of(data, sizeof data), next = write_of("abc", 3);
    input_add(&in, &text);
    input_add(&in, &next);
    expect_bytes(&in, data, PIECE);
    input_sent(&in);
    expect_bytes(&in, data + PIECE, 2);
    input_stream_over(&in, false);
    input_remove_all(&in);
    ck_assert_int_eq(input_describe_sent(&text, &error), BOXD_SENT_UNKNOWN);
    ck_assert_str_eq(error.message,
                     "; 65536 of its 65538 bytes were accepted, and it is not known whether 2 more were");
    ck_assert_int_eq(input_describe_sent(&next, &error), BOXD_SENT_NO);
    input_clear(&in);

    for (int well = 0; well < 2; well++) {
        input_item end = {.kind = INPUT_EOF}, again = {.kind = INPUT_EOF};
        in = open_pipe();
        input_add(&in, &end);
        input_add(&in, &again);
        expect_eof(&in);
        input_stream_over(&in, well);
        expect_completed(&in, well ? &end : NULL);
        expect_completed(&in, well ? &again : NULL);
        input_remove_all(&in);
        ck_assert_int_eq(input_describe_sent(&end, &error), well ? BOXD_SENT_NO : BOXD_SENT_UNKNOWN);
        input_clear(&in);
    }
}
END_TEST

/* The bytes of the options, and the end after them, without an item. */
START_TEST(bytes_of_options)
{
    static char data[PIECE + 1];
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    input in;
    input_message m;
    options.in.mode = BOXD_INPUT_BYTES;
    options.in.data = data;
    options.in.data_size = sizeof data;
    ck_assert_int_eq(input_init(&in, &options, false, &error), BOXD_OK);
    ck_assert(input_next(&in, &m) && m.size == PIECE && m.data != data);
    ck_assert(!input_wants_source(&in));
    input_sent(&in);
    ck_assert(input_next(&in, &m) && m.size == 1);
    input_sent(&in);
    ck_assert(!input_wants_source(&in));
    expect_eof(&in);
    input_sent(&in);
    expect_nothing(&in);
    ck_assert_uint_eq(in.accepted, sizeof data);
    ck_assert_ptr_nonnull(input_refusal(&in, false));
    input_clear(&in);
}
END_TEST

/* Bytes from a descriptor come one piece at a time: the next piece is read after the last one was sent. */
START_TEST(bytes_of_a_descriptor)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    input in;
    options.in.mode = BOXD_INPUT_FD;
    ck_assert_int_eq(input_init(&in, &options, true, &error), BOXD_OK);
    ck_assert(input_wants_source(&in));
    expect_nothing(&in);
    input_set_source(&in, "abc", 3);
    ck_assert(!input_wants_source(&in));
    input_message m;
    ck_assert(input_next(&in, &m) && m.size == 3);
    ck_assert(!input_wants_source(&in));
    input_sent(&in);
    ck_assert(input_wants_source(&in));
    input_end_source(&in);
    ck_assert(!input_wants_source(&in));
    expect_eof(&in);
    input_clear(&in);
}
END_TEST

START_TEST(refused_options)
{
    static const struct {
        boxd_exec_options options;
        bool streams;
        const char *message;
    } cases[] = {
        {{.in = {.mode = (boxd_input_mode)77}}, true, "in.mode is 77"},
        {{.in = {.mode = BOXD_INPUT_PIPE}}, false, "returns no process to write to"},
        {{.in = {.mode = BOXD_INPUT_CLOSED}, .pty = true}, true, "PTY"},
        {{.in = {.mode = BOXD_INPUT_PIPE, .data = "x"}}, true, "in.data is set"},
        {{.in = {.mode = BOXD_INPUT_PIPE, .fd = 1}}, true, "in.fd is set"},
        {{.in = {.mode = BOXD_INPUT_BYTES, .data_size = 1}}, true, "in.data is NULL"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        input in;
        ck_assert_int_eq(input_init(&in, &cases[i].options, cases[i].streams, &error),
                         BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, cases[i].message), "%s", error.message);
        input_clear(&in);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("input");
    unit_add(suite, writes_in_pieces);
    unit_add(suite, the_end);
    unit_add(suite, sizes_overtake);
    unit_add(suite, removed);
    unit_add(suite, removed_all);
    unit_add(suite, send_failed);
    unit_add(suite, stream_over);
    unit_add(suite, over_while_sending);
    unit_add(suite, bytes_of_options);
    unit_add(suite, bytes_of_a_descriptor);
    unit_add(suite, refused_options);
    return unit_run(suite);
}
