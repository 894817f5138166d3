/*
 * Commands and files with the bare core: streams whose bytes are looked at or written to a descriptor, files
 * that are received and sent, many streams at once, and streams that stay open.
 */
#include "bare.h"

#include "bare_stream.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <grpc/byte_buffer_reader.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_PIECES = 256 };

/* What the streams of one workload share. */
typedef struct reading {
    tally *tally;
    /* The field of a message that has the bytes. */
    unsigned field;
    /* Where the bytes are written; -1: they are looked at. */
    int fd;
    /* Streams that have not ended. */
    long left;
} reading;

static grpc_completion_queue *queue;

static grpc_completion_queue *shared_queue(void)
{
    if (!queue)
        queue = bare_queue_new();
    return queue;
}

/* ---- the bytes of a message ---- */

static void write_all(int fd, struct iovec *pieces, int count)
{
    while (count > 0) {
        ssize_t done = writev(fd, pieces, count);
        if (done < 0)
            fail("writing", strerrordesc_np(errno));
        for (; count > 0 && (size_t)done >= pieces->iov_len; pieces++, count--)
            done -= (ssize_t)pieces->iov_len;
        if (count > 0) {
            pieces->iov_base = (char *)pieces->iov_base + done;
            pieces->iov_len -= (size_t)done;
        }
    }
}

/* Whether `field` begins in the first `size` bytes of the message; `skipped`: what stands before its bytes.
 */
static bool find_header(grpc_byte_buffer *message, unsigned field, size_t *skipped, size_t *size)
{
    uint8_t head[24];
    size_t have = 0;
    grpc_slice *slice;
    grpc_byte_buffer_reader reader;
    message_field data;
    if (!grpc_byte_buffer_reader_init(&reader, message))
        fail("a message", "not readable");
    while (have < sizeof head && grpc_byte_buffer_reader_peek(&reader, &slice)) {
        const size_t more = GRPC_SLICE_LENGTH(*slice), left = sizeof head - have;
        memcpy(head + have, GRPC_SLICE_START_PTR(*slice), more < left ? more : left);
        have += more < left ? more : left;
    }
    grpc_byte_buffer_reader_destroy(&reader);
    if (!message_find(head, have, field, &data))
        return false;
    *skipped = (size_t)(data.data - head);
    *size = data.size;
    return true;
}

/* The parts of the bytes in the message's field, without a copy. The header may be split as well. */
static int find_pieces(grpc_byte_buffer *message, unsigned field, struct iovec *pieces)
{
    grpc_slice *slice;
    grpc_byte_buffer_reader reader;
    size_t skipped, left;
    int count = 0;
    if (!find_header(message, field, &skipped, &left) || !grpc_byte_buffer_reader_init(&reader, message))
        return 0;
    while (left > 0 && count < MAX_PIECES && grpc_byte_buffer_reader_peek(&reader, &slice)) {
        const size_t whole = GRPC_SLICE_LENGTH(*slice), before = whole < skipped ? whole : skipped;
        const size_t size = whole - before < left ? whole - before : left;
        skipped -= before;
        left -= size;
        if (size > 0)
            pieces[count++] = (struct iovec){GRPC_SLICE_START_PTR(*slice) + before, size};
    }
    grpc_byte_buffer_reader_destroy(&reader);
    if (left > 0)
        fail("a message", "in too many parts");
    return count;
}

static void on_message(bare_stream *s, grpc_byte_buffer *message)
{
    reading *r = s->data;
    struct iovec pieces[MAX_PIECES];
    const int count = find_pieces(message, r->field, pieces);
    for (int i = 0; i < count; i++) {
        r->tally->bytes += (double)pieces[i].iov_len;
        if (r->fd < 0)
            touch(pieces[i].iov_base, pieces[i].iov_len);
    }
    r->tally->operations += count > 0;
    if (r->fd >= 0)
        write_all(r->fd, pieces, count);
}

static void on_end(bare_stream *s)
{
    reading *r = s->data;
    r->left--;
}

/* ---- streams that are read ---- */

static grpc_slice make_request(unsigned id_field, unsigned text_field, const char *text)
{
    static const char id[] = "00000000-0000-4000-8000-000000000001";
    uint8_t request[256], *end = request;
    end = message_write_bytes(end, id_field, id, sizeof id - 1);
    end = message_write_bytes(end, text_field, text, strlen(text));
    return grpc_slice_from_copied_buffer((const char *)request, (size_t)(end - request));
}

static grpc_slice exec_request(const load *l)
{
    char line[64];
    load_command(l, line, sizeof line);
    return make_request(EXEC_VM_ID, EXEC_COMMAND, line);
}

static bare_stream new_stream(reading *r)
{
    return (bare_stream){
        .on_message = on_message, .on_end = on_end, .reads = true, .data = r, .queue = shared_queue()};
}

static void read_streams(reading *r, const char *method, const grpc_slice *request)
{
    const long count = r->left;
    bare_stream *streams = allocate((size_t)count, sizeof *streams);
    for (long i = 0; i < count; i++) {
        streams[i] = new_stream(r);
        bare_stream_open(&streams[i], method, grpc_slice_ref(*request));
    }
    while (r->left > 0)
        bare_queue_run(queue);
    for (long i = 0; i < count; i++)
        bare_stream_free(&streams[i]);
    free(streams);
}

static void run_commands(const load *l, tally *t, int fd)
{
    reading r = {t, EXEC_DATA, fd, l->streams};
    const grpc_slice request = exec_request(l);
    read_streams(&r, BOXD_API "Exec", &request);
    grpc_slice_unref(request);
}

void bare_exec_read(const load *l, tally *t)
{
    run_commands(l, t, -1);
}

void bare_exec_fd(const load *l, tally *t)
{
    const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    run_commands(l, t, fd);
    close(fd);
}

void bare_exec(const load *l, tally *t)
{
    long calls = 0;
    for (; !load_is_over(l, calls); calls++)
        run_commands(l, t, -1);
    *t = (tally){.operations = calls};
}

/* ---- files ---- */

void bare_download(const load *l, tally *t)
{
    char path[64];
    load_command(l, path, sizeof path);
    const int fd = open(setting("BENCH_DOWNLOAD"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        fail("BENCH_DOWNLOAD", strerrordesc_np(errno));
    reading r = {t, DOWNLOAD_DATA, fd, 1};
    const grpc_slice request = make_request(FILE_VM_ID, FILE_PATH, path);
    read_streams(&r, BOXD_API "DownloadFileStream", &request);
    grpc_slice_unref(request);
    close(fd);
}

/* The next message of an upload: its fields, and the bytes as they were read. */
static grpc_slice read_piece(int fd, size_t size)
{
    grpc_slice piece = grpc_slice_malloc(size);
    const ssize_t got = read(fd, GRPC_SLICE_START_PTR(piece), size);
    if (got < 0)
        fail("reading", strerrordesc_np(errno));
    if ((size_t)got == size)
        return piece;
    const grpc_slice part = grpc_slice_sub(piece, 0, (size_t)got);
    grpc_slice_unref(piece);
    return part;
}

static void do_nothing(bare_stream *s)
{
    (void)s;
}

static void send_piece(bare_stream *s, grpc_slice piece, uint64_t total_size)
{
    uint8_t head[64], *end = head;
    if (total_size)
        end = message_write_number(end, UPLOAD_TOTAL_SIZE, total_size);
    end = message_write_header(end, UPLOAD_DATA, GRPC_SLICE_LENGTH(piece));
    grpc_slice parts[] = {grpc_slice_from_copied_buffer((const char *)head, (size_t)(end - head)), piece};
    bare_stream_send(s, parts, 2);
    grpc_slice_unref(parts[0]);
    grpc_slice_unref(parts[1]);
    bare_queue_run(queue);
}

void bare_upload(const load *l, tally *t)
{
    struct stat file;
    const int fd = open(setting("BENCH_UPLOAD"), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &file) != 0)
        fail("BENCH_UPLOAD", strerrordesc_np(errno));
    tally answer = {0};
    reading r = {&answer, 0, -1, 1};
    bare_stream s = new_stream(&r);
    s.on_event = do_nothing;
    bare_stream_open_sender(&s, BOXD_API "UploadFileStream");
    bare_queue_run(queue);
    for (off_t left = file.st_size; left > 0; t->operations++) {
        const grpc_slice piece = read_piece(fd, (size_t)l->message_bytes);
        left -= (off_t)GRPC_SLICE_LENGTH(piece);
        send_piece(&s, piece, t->operations == 0 ? (uint64_t)file.st_size : 0);
    }
    bare_stream_finish(&s);
    while (r.left > 0)
        bare_queue_run(queue);
    bare_stream_free(&s);
    close(fd);
    t->bytes = (double)file.st_size;
}

/* ---- streams that stay open ---- */

static bare_stream *held;
static long held_count;

void bare_open_streams(const load *l, tally *t)
{
    reading r = {t, EXEC_DATA, -1, l->streams};
    const grpc_slice request = make_request(EXEC_VM_ID, EXEC_COMMAND, "hold");
    held = allocate((size_t)l->streams, sizeof *held);
    for (held_count = 0; held_count < l->streams; held_count++) {
        held[held_count] = new_stream(&r);
        held[held_count].reads = false;
        bare_stream_open(&held[held_count], BOXD_API "Exec", grpc_slice_ref(request));
    }
    while (t->operations < l->streams)
        bare_queue_run(queue);
    grpc_slice_unref(request);
}

void bare_close_streams(const load *l, tally *t)
{
    (void)l;
    for (long i = 0; i < held_count; i++) {
        grpc_call_cancel(held[i].call, NULL);
        bare_stream_free(&held[i]);
    }
    t->operations = held_count;
    free(held);
    held = NULL;
}
