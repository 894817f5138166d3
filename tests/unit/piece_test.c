/* Messages that carry bytes, in buffers of any sizes, read as protobuf-c reads them. */
#include "grpc/piece.h"

#include "grpc/wire.h"
#include "mem.h"
#include "unit_test.h"

#include <string.h>

enum { EXIT_CODE, IS_STDERR };

static const piece_type EXEC_CHUNK = {"ExecChunk", 1, {[EXIT_CODE] = 6, [IS_STDERR] = 10}};

enum { MAX_BUFFERS = 64 };

/* A message of the packed bytes, in buffers of `part` bytes, with empty ones between them. */
static grpc_byte_buffer *in_buffers(const uint8_t *packed, size_t size, size_t part)
{
    grpc_slice slices[MAX_BUFFERS];
    size_t count = 0;
    for (size_t at = 0; at < size; at += part) {
        const size_t here = size - at < part ? size - at : part;
        ck_assert_uint_lt(count, MAX_BUFFERS - 2);
        slices[count++] = grpc_slice_from_copied_buffer((const char *)packed + at, here);
        slices[count++] = grpc_empty_slice();
    }
    grpc_byte_buffer *message = grpc_raw_byte_buffer_create(slices, count);
    for (size_t i = 0; i < count; i++)
        grpc_slice_unref(slices[i]);
    return message;
}

/* Both readers accept a message, with the same values, or refuse it. */
static void expect_same(const uint8_t *packed, size_t size, size_t part)
{
    boxd_error error = BOXD_ERROR_INIT;
    piece p;
    BoxdPb__ExecChunk *wanted = (BoxdPb__ExecChunk *)(void *)protobuf_c_message_unpack(
        &boxd_pb__exec_chunk__descriptor, NULL, size, packed);
    grpc_byte_buffer *message = in_buffers(packed, size, part);
    const boxd_status status = piece_read(&EXEC_CHUNK, message, &p, &error);
    ck_assert_int_eq((int)status, (int)(wanted ? BOXD_OK : BOXD_ERR_PROTOCOL));
    if (wanted) {
        char *bytes = mem_alloc(p.size + 1);
        piece_copy(&p, 0, p.size, bytes);
        ck_assert_uint_eq(p.size, wanted->data.len);
        ck_assert(p.size == 0 || memcmp(bytes, wanted->data.data, p.size) == 0);
        ck_assert_int_eq((int32_t)p.numbers[EXIT_CODE], wanted->exit_code);
        ck_assert_int_eq(p.numbers[IS_STDERR] != 0, wanted->is_stderr);
        mem_free(bytes);
        protobuf_c_message_free_unpacked(&wanted->base, NULL);
    } else {
        ck_assert_ptr_nonnull(strstr(error.message, "ExecChunk"));
    }
    grpc_byte_buffer_destroy(message);
}

#define PACKED(...)                                                                                          \
    {                                                                                                        \
        {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})                                                      \
    }

static const struct packed {
    uint8_t bytes[24];
    size_t size;
} messages[] = {
    {{0}, 0},
    PACKED(0x0A, 3, 'a', 'b', 'c'),
    PACKED(0x0A, 0),
    PACKED(0x30, 7, 0x0A, 1, 'x', 0x50, 1),
    PACKED(0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1), /* -1 */
    PACKED(0x30, 3, 0x30, 0, 0x0A, 1, 'x', 0x0A, 2, 'y', 'z'),             /* the last values */
    PACKED(0x22, 2, 'l', 's', 0x2A, 1, 'v', 0x10, 1),                      /* texts and other numbers */
    PACKED(0xA1, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0xA5, 6, 1, 2, 3, 4),          /* unknown: fixed64, fixed32 */
    PACKED(0xA2, 6, 1, 9, 0xA0, 6, 0x80, 1),                               /* unknown: bytes, varint */
    /* malformed */
    PACKED(0x0A),
    PACKED(0x0A, 3, 'a', 'b'),
    PACKED(0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 'a'),
    PACKED(0x08, 1),          /* the bytes as a varint */
    PACKED(0x32, 1, 'x'),     /* a number as bytes */
    PACKED(0x35, 1, 2, 3, 4), /* a number as fixed32 */
    PACKED(0x09, 1, 2, 3, 4, 5, 6, 7, 8),
    PACKED(0x02, 1, 'x'),     /* field 0 */
    PACKED(0x0B),             /* a group */
    PACKED(0x30, 0x80),       /* a varint without an end */
    PACKED(0xA1, 6, 1, 2, 3), /* fixed64, cut */
    PACKED(0xA5, 6, 1),       /* fixed32, cut */
};

START_TEST(as_protobuf_c_reads_them)
{
    for (size_t i = 0; i < COUNT(messages); i++)
        for (size_t part = 1; part <= 24; part++)
            expect_same(messages[i].bytes, messages[i].size, part);
}
END_TEST

/* Each beginning of a message. */
START_TEST(cut_messages)
{
    for (size_t i = 0; i < COUNT(messages); i++)
        for (size_t size = 0; size < messages[i].size; size++)
            expect_same(messages[i].bytes, size, 2);
}
END_TEST

START_TEST(parts_of_the_bytes)
{
    static const uint8_t packed[] = {0x30, 7, 0x0A, 6, 'a', 'b', 'c', 'd', 'e', 'f', 0x50, 1};
    for (size_t part = 1; part <= sizeof packed; part++) {
        boxd_error error = BOXD_ERROR_INIT;
        piece p;
        char copy[6];
        grpc_byte_buffer *message = in_buffers(packed, sizeof packed, part);
        ck_assert_int_eq((int)piece_read(&EXEC_CHUNK, message, &p, &error), (int)BOXD_OK);
        for (size_t from = 0; from <= 6; from++)
            for (size_t size = 0; size <= 6 - from; size++) {
                piece_copy(&p, from, size, copy);
                ck_assert_int_eq(memcmp(copy, "abcdef" + from, size), 0);
            }
        grpc_byte_buffer_destroy(message);
    }
}
END_TEST

START_TEST(compressed)
{
    boxd_error error = BOXD_ERROR_INIT;
    piece p;
    grpc_slice bytes = grpc_slice_from_static_string("x");
    grpc_byte_buffer *message = grpc_raw_compressed_byte_buffer_create(&bytes, 1, GRPC_COMPRESS_GZIP);
    ck_assert_int_eq((int)piece_read(&EXEC_CHUNK, message, &p, &error), (int)BOXD_ERR_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(error.message, "compressed"));
    grpc_byte_buffer_destroy(message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("piece");
    unit_add(suite, as_protobuf_c_reads_them);
    unit_add(suite, cut_messages);
    unit_add(suite, parts_of_the_bytes);
    unit_add(suite, compressed);
    return unit_run(suite);
}
