/* Uploads from memory and downloads into memory, with a service that the test plays. */
#include "fake_call.h"
#include "fake_client.h"
#include "unit_test.h"

#include <boxd/aio/box.h>
#include <boxd/aio/file.h>

#include <grpc/status.h>
#include <string.h>

#define PIECE ((size_t)1024 * 1024)

static boxd_compute *compute;
static boxd_box *box;
static boxd_error outcome;
static int calls, released;
static boxd_file_data *data;
static uint64_t done_bytes, total_bytes;

static void open_client(void)
{
    compute = fake_client_open();
    box = fake_client_box(compute);
    calls = released = 0;
    data = NULL;
    done_bytes = total_bytes = 0;
    fake_stream = fake_unary = (fake_call){.message = grpc_empty_slice()};
}

static void close_client(void)
{
    fake_client_close(compute);
    ck_assert(fake_client_closed());
    boxd_box_free(box);
    grpc_slice_unref(fake_stream.message);
}

static void run(void)
{
    fake_client_run(compute);
}

static void on_done(boxd_status status, const boxd_error *error, void *user_data)
{
    (void)status;
    (void)user_data;
    calls++;
    outcome = error ? *error : (boxd_error)BOXD_ERROR_INIT;
}

static void on_data(boxd_file_data *result, const boxd_error *error, void *user_data)
{
    on_done(BOXD_OK, error, user_data);
    data = result;
}

static void on_release(void *user_data)
{
    (void)user_data;
    ck_assert_int_eq(calls, 0);
    released++;
}

static void on_progress(uint64_t done, uint64_t total, void *user_data)
{
    (void)user_data;
    ck_assert(done >= done_bytes && calls == 0);
    done_bytes = done;
    total_bytes = total;
}

static void expect(boxd_status status, const char *message)
{
    ck_assert_int_eq(calls, 1);
    ck_assert_msg(outcome.status == status, "%d: %s", (int)outcome.status, outcome.message);
    ck_assert_msg(strstr(outcome.message, message), "%s", outcome.message);
}

static void written(void)
{
    fake_written(true);
    run();
}

static void ended(boxd_status status, int grpc_code)
{
    if (status == BOXD_OK)
        fake_ended(&fake_stream, NULL);
    else
        fake_ended_in(&fake_stream, status, grpc_code);
    run();
}

/* ---- uploads ---- */

static void start_upload(const void *bytes, size_t size)
{
    boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
    options.on_progress = on_progress;
    open_client();
    boxd_aio_box_write_file_nocopy(box, "x", bytes, size, on_release, NULL, &options, on_done, NULL);
    run();
}

/* The piece that is being written. The first piece says what is uploaded. */
static void expect_piece(size_t size, bool first)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert(fake_stream.writing);
    grpc_byte_buffer *bytes = grpc_raw_byte_buffer_create(&fake_stream.message, 1);
    ProtobufCMessage *message = wire_unpack(&boxd_pb__upload_file_chunk__descriptor, bytes, 0, &error);
    const BoxdPb__UploadFileChunk *piece = (const void *)message;
    ck_assert_ptr_nonnull(message);
    ck_assert_uint_eq(piece->data.len, size);
    ck_assert_str_eq(piece->path, first ? "/home/boxd/x" : "");
    ck_assert_str_eq(piece->vm_id, first ? boxd_box_id(box) : "");
    wire_free(message);
    grpc_byte_buffer_destroy(bytes);
}

static void answer(uint64_t bytes_written)
{
    BoxdPb__UploadFileResponse m = BOXD_PB__UPLOAD_FILE_RESPONSE__INIT;
    m.bytes_written = bytes_written;
    fake_message(&m.base);
}

static void reply(uint64_t bytes_written)
{
    answer(bytes_written);
    fake_message(NULL);
    ended(BOXD_OK, 0);
}

START_TEST(upload_in_pieces)
{
    static char bytes[2 * PIECE + 1];
    start_upload(bytes, sizeof bytes);
    fake_opened();
    expect_piece(PIECE, true);
    written();
    ck_assert(done_bytes == PIECE && total_bytes == sizeof bytes);
    expect_piece(PIECE, false);
    written();
    ck_assert_int_eq(fake_stream.half_closes, 1);
    expect_piece(1, false);
    written();
    ck_assert(calls == 0 && released == 0);
    reply(sizeof bytes);
    expect(BOXD_OK, "");
    ck_assert(released == 1 && done_bytes == sizeof bytes);
    close_client();
}
END_TEST

/* Old servers confirm nothing; a confirmation of another number of bytes is a failure. */
START_TEST(upload_is_checked)
{
    for (uint64_t confirmed = 0; confirmed < 3; confirmed++) {
        start_upload("abc", 3);
        fake_opened();
        written();
        reply(confirmed);
        if (confirmed == 0)
            expect(BOXD_OK, "");
        else
            expect(BOXD_ERR_INCOMPLETE, "3 bytes were sent, but the server wrote");
        close_client();
    }
}
END_TEST

/* Two answers, whatever they say and whatever the RPC then ends in. */
START_TEST(upload_answered_twice)
{
    static const int codes[] = {GRPC_STATUS_OK, GRPC_STATUS_CANCELLED, GRPC_STATUS_UNIMPLEMENTED};
    for (size_t i = 0; i < COUNT(codes); i++) {
        start_upload("abc", 3);
        fake_opened();
        written();
        fake_stream.call->rpc.received = true;
        answer(3);
        answer(3);
        run();
        ck_assert(fake_stream.call->stopped);
        ended(codes[i] == GRPC_STATUS_OK              ? BOXD_OK
              : codes[i] == GRPC_STATUS_UNIMPLEMENTED ? BOXD_ERR_UNSUPPORTED
                                                      : BOXD_ERR_CANCELLED,
              codes[i]);
        expect(BOXD_ERR_PROTOCOL, "answered more than once");
        ck_assert_int_eq(fake_unary.started, 0);
        close_client();
    }
}
END_TEST

/* The token is refused in the middle: the upload starts again with the first piece, however much was sent.
 */
START_TEST(upload_reopened)
{
    static char bytes[4 * PIECE];
    start_upload(bytes, sizeof bytes);
    fake_opened();
    written();
    written();
    expect_piece(PIECE, false);
    ck_assert(!fake_stream.call->unrepeatable);
    fake_opened();
    expect_piece(PIECE, true);
    for (int i = 0; i < 4; i++)
        written();
    reply(sizeof bytes);
    expect(BOXD_OK, "");
    close_client();
}
END_TEST

/* A server without the stream RPC gets the whole file in one message, and is asked for the stream only once.
 */
START_TEST(upload_falls_back)
{
    static char bytes[PIECE + 1];
    start_upload(bytes, sizeof bytes);
    fake_opened();
    ended(BOXD_ERR_UNSUPPORTED, GRPC_STATUS_UNIMPLEMENTED);
    ck_assert(calls == 0 && fake_unary.started == 1 && released == 0);
    ck_assert_uint_gt(GRPC_SLICE_LENGTH(fake_unary.call->message), PIECE + 1);
    BoxdPb__UploadFileResponse m = BOXD_PB__UPLOAD_FILE_RESPONSE__INIT;
    m.bytes_written = sizeof bytes;
    fake_replied(&m.base);
    run();
    expect(BOXD_OK, "");
    boxd_aio_box_write_text(box, "y", "text", NULL, on_done, NULL);
    run();
    ck_assert(fake_stream.started == 1 && fake_unary.started == 2);
    fake_ended_in(&fake_unary, BOXD_ERR_PERMISSION_DENIED, GRPC_STATUS_PERMISSION_DENIED);
    run();
    ck_assert(calls == 2 && outcome.status == BOXD_ERR_PERMISSION_DENIED);
    close_client();
}
END_TEST

/* The library refuses a file that does not fit one message. */
START_TEST(upload_too_large_to_fall_back)
{
    const size_t size = (size_t)64 * 1024 * 1024;
    char *bytes = calloc(1, size);
    ck_assert_ptr_nonnull(bytes);
    start_upload(bytes, size);
    fake_opened();
    ended(BOXD_ERR_UNSUPPORTED, GRPC_STATUS_UNIMPLEMENTED);
    expect(BOXD_ERR_UNSUPPORTED, "more than one message holds");
    ck_assert(fake_unary.started == 0 && released == 1);
    close_client();
    free(bytes);
}
END_TEST

/* ---- downloads ---- */

static void start_download_of(uint64_t max_bytes)
{
    boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
    options.on_progress = on_progress;
    options.max_bytes = max_bytes;
    open_client();
    boxd_aio_box_read_file(box, "x", &options, on_data, NULL);
    run();
}

static void start_download(void)
{
    start_download_of(0);
}

static void chunk(const char *bytes, uint64_t total)
{
    BoxdPb__DownloadFileChunk m = BOXD_PB__DOWNLOAD_FILE_CHUNK__INIT;
    m.data = wire_bytes(bytes, strlen(bytes));
    m.total_size = total;
    fake_message(&m.base);
    run();
}

START_TEST(download_in_chunks)
{
    start_download();
    fake_opened();
    ck_assert(fake_stream.writes == 1 && fake_stream.half_closes == 1 && fake_stream.reads == 1);
    written();
    chunk("one ", 7);
    ck_assert(done_bytes == 4 && total_bytes == 7 && fake_stream.reads == 2);
    chunk("two", 0);
    fake_message(NULL);
    ended(BOXD_OK, 0);
    expect(BOXD_OK, "");
    ck_assert(data->content.size == 7 && done_bytes == 7);
    ck_assert_str_eq(data->content.data, "one two");
    boxd_file_data_free(data);
    close_client();
}
END_TEST

/* The sizes that the messages of a download announce, each with 3 bytes of content. */
static const struct {
    const char *what;
    uint64_t max_bytes;
    uint64_t totals[3];
    size_t count;
    boxd_status status;
    const char *message;
    /* The download ends with this message, before the RPC does; 0: it does not. */
    size_t stopped_by;
} downloads[] = {
    {"fewer bytes", 0, {5}, 1, BOXD_ERR_INCOMPLETE, "the server announced 5 bytes and sent 3", 0},
    /* the file grew while it was read: what was there when it was opened is the result */
    {"more bytes", 0, {2}, 1, BOXD_OK, "", 1},
    {"more bytes, later", 0, {5, 5}, 2, BOXD_OK, "", 2},
    {"more bytes after the size", 0, {0, 3}, 2, BOXD_OK, "", 2},
    {"more bytes before the size", 0, {0, 2}, 2, BOXD_ERR_INCOMPLETE, "announced 2 bytes and sent 6", 2},
    {"a smaller size", 0, {10, 6}, 2, BOXD_ERR_PROTOCOL, "announced 10 bytes and then 6", 2},
    {"a larger size", 0, {3, 6}, 2, BOXD_ERR_PROTOCOL, "announced 3 bytes and then 6", 2},
    {"the same size", 0, {6, 6}, 2, BOXD_OK, "", 0},
    {"the size at the end", 0, {0, 6}, 2, BOXD_OK, "", 0},
    {"no size", 0, {0, 0}, 2, BOXD_OK, "", 0},
    {"the largest", 6, {6, 0}, 2, BOXD_OK, "", 0},
    {"larger, without a size", 5, {0, 0}, 2, BOXD_ERR_TOO_LARGE, "has more than max_bytes (5)", 2},
    {"larger, with a size", 5, {6}, 1, BOXD_ERR_TOO_LARGE, "has 6 bytes, more than max_bytes (5)", 1},
    {"larger than the default", 0, {64 * 1024 * 1024 + 1}, 1, BOXD_ERR_TOO_LARGE, "(67108864)", 1},
    {"the largest size", 0, {UINT64_MAX}, 1, BOXD_ERR_TOO_LARGE, "max_bytes", 1},
    {"with the largest limit", UINT64_MAX, {UINT64_MAX}, 1, BOXD_ERR_INCOMPLETE, "and sent 3", 0},
};

START_TEST(download_is_checked)
{
    for (size_t i = 0; i < COUNT(downloads); i++) {
        start_download_of(downloads[i].max_bytes);
        fake_opened();
        written();
        for (size_t k = 0; k < downloads[i].count; k++) {
            ck_assert_msg(!fake_stream.call->stopped, "%s", downloads[i].what);
            chunk("one", downloads[i].totals[k]);
            ck_assert_msg(fake_stream.call->stopped == (k + 1 == downloads[i].stopped_by), "%s",
                          downloads[i].what);
        }
        if (downloads[i].stopped_by == 0)
            fake_message(NULL);
        const bool cancelled = downloads[i].stopped_by != 0;
        ended(cancelled ? BOXD_ERR_CANCELLED : BOXD_OK, cancelled ? GRPC_STATUS_CANCELLED : 0);
        expect(downloads[i].status, downloads[i].message);
        ck_assert_msg(outcome.status == BOXD_OK || outcome.sent == BOXD_SENT_YES, "%s", downloads[i].what);
        ck_assert_int_eq(data != NULL, outcome.status == BOXD_OK);
        const uint64_t total = downloads[i].totals[downloads[i].count - 1];
        ck_assert_msg(!data || total == 0 || data->content.size == total, "%s", downloads[i].what);
        boxd_file_data_free(data);
        close_client();
    }
}
END_TEST

/* The limit holds for the unary RPC too. */
START_TEST(unary_download_is_limited)
{
    BoxdPb__DownloadFileResponse m = BOXD_PB__DOWNLOAD_FILE_RESPONSE__INIT;
    m.data = wire_bytes("whole", 5);
    for (uint64_t max_bytes = 4; max_bytes < 6; max_bytes++) {
        start_download_of(max_bytes);
        fake_opened();
        fake_written(false);
        fake_message(NULL);
        ended(BOXD_ERR_UNSUPPORTED, GRPC_STATUS_UNIMPLEMENTED);
        fake_replied(&m.base);
        run();
        if (max_bytes < 5)
            expect(BOXD_ERR_TOO_LARGE, "boxd_box_download()");
        else
            expect(BOXD_OK, "");
        boxd_file_data_free(data);
        close_client();
    }
}
END_TEST

/* The request is sent again if the RPC is reopened before any message came. */
START_TEST(download_reopened)
{
    start_download();
    fake_opened();
    written();
    fake_opened();
    ck_assert(fake_stream.writes == 1 && fake_stream.reads == 1);
    written();
    fake_message(NULL);
    ended(BOXD_OK, 0);
    expect(BOXD_OK, "");
    ck_assert_uint_eq(data->content.size, 0);
    boxd_file_data_free(data);
    close_client();
}
END_TEST

START_TEST(download_falls_back)
{
    BoxdPb__DownloadFileResponse m = BOXD_PB__DOWNLOAD_FILE_RESPONSE__INIT;
    start_download();
    fake_opened();
    fake_written(false);
    fake_message(NULL);
    ended(BOXD_ERR_UNSUPPORTED, GRPC_STATUS_UNIMPLEMENTED);
    ck_assert(calls == 0 && fake_unary.started == 1);
    m.data = wire_bytes("whole", 5);
    fake_replied(&m.base);
    run();
    expect(BOXD_OK, "");
    ck_assert_str_eq(data->content.data, "whole");
    boxd_file_data_free(data);
    close_client();
}
END_TEST

/* A server that reports UNIMPLEMENTED after a message has failed: the library does not fall back. */
START_TEST(download_fails_in_the_middle)
{
    start_download();
    fake_opened();
    written();
    chunk("one", 0);
    fake_message(NULL);
    ended(BOXD_ERR_UNSUPPORTED, GRPC_STATUS_UNIMPLEMENTED);
    expect(BOXD_ERR_UNSUPPORTED, "");
    ck_assert_int_eq(fake_unary.started, 0);
    close_client();
}
END_TEST

/* A timeout in each phase: the call is stopped, and the operation ends in the timeout. */
START_TEST(timeouts)
{
    for (int phase = 0; phase < 3; phase++) {
        boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
        options.call.timeout_ms = 10;
        open_client();
        boxd_aio_box_read_file(box, "x", &options, on_data, NULL);
        run();
        if (phase >= 1)
            fake_opened();
        if (phase >= 2)
            chunk("one", 5);
        fake_client_wait(compute, 11);
        ck_assert(fake_stream.call->stopped && calls == 0);
        ended(BOXD_ERR_TIMEOUT, GRPC_STATUS_CANCELLED);
        expect(BOXD_ERR_TIMEOUT, "");
        close_client();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("files");
    unit_add(suite, upload_in_pieces);
    unit_add(suite, upload_is_checked);
    unit_add(suite, upload_answered_twice);
    unit_add(suite, upload_reopened);
    unit_add(suite, upload_falls_back);
    unit_add(suite, upload_too_large_to_fall_back);
    unit_add(suite, download_in_chunks);
    unit_add(suite, download_is_checked);
    unit_add(suite, unary_download_is_limited);
    unit_add(suite, download_reopened);
    unit_add(suite, download_falls_back);
    unit_add(suite, download_fails_in_the_middle);
    unit_add(suite, timeouts);
    return unit_run(suite);
}
