/* The output of a command, in pieces of random sizes, compared with the whole. */
#include "boxd/process/output.h"

#include "grpc/wire.h"
#include "mem.h"
#include "unit_test.h"

#include <grpc/byte_buffer.h>
#include <string.h>

enum { MUCH = 5000 };

static uint64_t seed = 1;

static size_t random_below(size_t bound)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (size_t)(seed >> 33) % bound;
}

/* Adds a message that has the bytes in two buffers, after a byte of another field. */
static bool add(output *o, side_index where, const char *bytes, size_t size)
{
    grpc_slice slices[] = {grpc_slice_malloc(1 + size / 2),
                           grpc_slice_from_copied_buffer(bytes + size / 2, size - size / 2)};
    memcpy(GRPC_SLICE_START_PTR(slices[0]) + 1, bytes, size / 2);
    const payload p = {.message = grpc_raw_byte_buffer_create(slices, 2), .offset = 1, .size = size};
    const bool good = output_add(o, where, &p);
    grpc_byte_buffer_destroy(p.message);
    grpc_slice_unref(slices[0]);
    grpc_slice_unref(slices[1]);
    return good;
}

/* Adds `size` random bytes in pieces, and keeps them in `whole` as well. */
static void add_pieces(output *o, side_index where, char *whole, size_t size, size_t largest)
{
    for (size_t i = 0; i < size; i++)
        whole[i] = (char)random_below(256);
    for (size_t sent = 0, some; sent < size; sent += some) {
        some = random_below(largest) + 1;
        some = some < size - sent ? some : size - sent;
        ck_assert(add(o, where, whole + sent, some));
    }
}

static void expect_kept(output *o, side_index where, const char *wanted, size_t size, uint64_t all)
{
    size_t kept;
    char *data = output_take_kept(o, where, &kept);
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_eq(kept, size);
    ck_assert_int_eq(memcmp(data, wanted, size), 0);
    ck_assert_int_eq(data[size], '\0');
    mem_free(data);
    ck_assert_uint_eq(o->sides[where].bytes, all);
    ck_assert_uint_eq(o->sides[where].dropped, all - size);
}

START_TEST(head_and_tail)
{
    static const size_t limits[] = {1, 2, 100, MUCH - 1, MUCH, MUCH + 1, 100000};
    static char out[MUCH], err[MUCH];
    for (size_t i = 0; i < COUNT(limits); i++) {
        for (size_t largest = 1; largest < 20000; largest *= 7) {
            const size_t size = random_below(MUCH + 1), kept = limits[i] < size ? limits[i] : size;
            boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
            output o;
            options.out = (boxd_output){BOXD_OUTPUT_HEAD, .keep_bytes = limits[i]};
            options.err = (boxd_output){BOXD_OUTPUT_TAIL, .keep_bytes = limits[i]};
            output_init(&o, &options, false);
            add_pieces(&o, SIDE_OUT, out, size, largest);
            add_pieces(&o, SIDE_ERR, err, size, largest);
            ck_assert_uint_le(o.sides[SIDE_ERR].kept.size, 2 * limits[i]); /* the limit of memory */
            ck_assert(o.held == 0 && !o.too_much);
            expect_kept(&o, SIDE_OUT, out, kept, size);
            expect_kept(&o, SIDE_ERR, err + size - kept, kept, size);
            output_clear(&o);
        }
    }
}
END_TEST

/* The limit applies to both sides together; output beyond it is counted. */
START_TEST(the_limit)
{
    static char out[MUCH], err[MUCH];
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    output o;
    options.max_output_bytes = 1000;
    output_init(&o, &options, false);
    add_pieces(&o, SIDE_OUT, out, 400, 50);
    add_pieces(&o, SIDE_ERR, err, 600, 50);
    ck_assert(!o.too_much);
    ck_assert(add(&o, SIDE_ERR, err, 0));
    ck_assert(!o.too_much);
    add_pieces(&o, SIDE_OUT, out + 400, 1, 1);
    ck_assert(o.too_much);
    add_pieces(&o, SIDE_ERR, err + 600, 30, 7);
    expect_kept(&o, SIDE_OUT, out, 400, 401);
    expect_kept(&o, SIDE_ERR, err, 600, 630);
    output_clear(&o);

    options.err.mode = BOXD_OUTPUT_DISCARD; /* not kept, and not counted for the limit */
    output_init(&o, &options, false);
    add_pieces(&o, SIDE_ERR, err, MUCH, 1000);
    add_pieces(&o, SIDE_OUT, out, 1000, 1000);
    ck_assert(!o.too_much);
    expect_kept(&o, SIDE_OUT, out, 1000, 1000);
    expect_kept(&o, SIDE_ERR, "", 0, MUCH);
    output_clear(&o);
}
END_TEST

static void expect_next(output *o, side_index where, const char *bytes, boxd_output_stream stream)
{
    chunk *c = output_next(o, where);
    ck_assert_ptr_nonnull(c);
    ck_assert_uint_eq(c->public.size, strlen(bytes));
    ck_assert_int_eq(memcmp(c->public.data, bytes, strlen(bytes)), 0);
    ck_assert_int_eq((int)c->public.stream, (int)stream);
    boxd_chunk_free(&c->public);
}

START_TEST(held_in_order)
{
    static char a[] = "a", b[] = "bb", c[] = "ccc", d[] = "dddd";
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    output o;
    options.read_ahead_bytes = 1;
    output_init(&o, &options, true);
    ck_assert(output_accepts(&o));
    ck_assert_int_eq((int)output_fullest(&o), (int)SIDES);
    ck_assert_ptr_null(output_next(&o, SIDES));
    ck_assert(add(&o, SIDE_ERR, a, 1));
    ck_assert(!output_accepts(&o));
    ck_assert(add(&o, SIDE_OUT, b, 2));
    ck_assert(add(&o, SIDE_OUT, c, 3));
    ck_assert(add(&o, SIDE_ERR, d, 4));
    ck_assert_int_eq((int)output_fullest(&o), (int)SIDE_OUT);
    expect_next(&o, SIDES, "a", BOXD_STDERR);
    expect_next(&o, SIDE_ERR, "dddd", BOXD_STDERR);
    ck_assert_ptr_null(output_next(&o, SIDE_ERR));
    expect_next(&o, SIDES, "bb", BOXD_STDOUT);
    ck_assert(add(&o, SIDE_ERR, a, 1));
    expect_next(&o, SIDES, "ccc", BOXD_STDOUT);
    ck_assert_int_eq((int)output_fullest(&o), (int)SIDE_ERR);
    expect_next(&o, SIDES, "a", BOXD_STDERR);
    ck_assert(output_accepts(&o) && o.held == 0);
    ck_assert(add(&o, SIDE_ERR, a, 1)); /* freed with the other chunks */
    output_clear(&o);
}
END_TEST

static void add_repeatedly(output *o, side_index where, char byte, size_t count)
{
    while (count-- > 0)
        ck_assert(add(o, where, &byte, 1));
}

/* A reader that is behind gets the bytes of several messages in one chunk, in their order, and all chunks
 * together stay within the limit. */
/* Short lines of one side between long messages of the other, which the program takes at once: the lines do
 * not use the memory that the other side would need. */
START_TEST(sides_take_turns)
{
    enum { LONG = 64 * 1024, LINES = 2000 };
    static char bytes[LONG];
    for (int largest = 1; largest <= LONG; largest *= 64) {
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        output o;
        output_init(&o, &options, true);
        for (int i = 0; i < LINES; i++) {
            ck_assert(add(&o, SIDE_OUT, bytes, (size_t)largest) && add(&o, SIDE_OUT, bytes, (size_t)largest));
            for (chunk *c; (c = output_next(&o, SIDE_OUT));)
                boxd_chunk_free(&c->public);
            ck_assert_msg(output_accepts(&o), "messages of %d bytes, line %d", largest, i);
            ck_assert(add(&o, SIDE_ERR, bytes, 20));
        }
        output_clear(&o);
    }
}
END_TEST

START_TEST(joined)
{
    enum { LIMIT = 2000 };
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    output o;
    size_t size = 0, chunks = 0;
    options.read_ahead_bytes = LIMIT;
    output_init(&o, &options, true);
    add_repeatedly(&o, SIDE_OUT, 'a', 3);
    add_repeatedly(&o, SIDE_ERR, 'b', 3);
    add_repeatedly(&o, SIDE_OUT, 'c', 4);
    expect_next(&o, SIDES, "a", BOXD_STDOUT);
    expect_next(&o, SIDES, "aa", BOXD_STDOUT);
    expect_next(&o, SIDE_OUT, "c", BOXD_STDOUT);
    expect_next(&o, SIDES, "b", BOXD_STDERR);
    expect_next(&o, SIDES, "bb", BOXD_STDERR);
    expect_next(&o, SIDES, "cc", BOXD_STDOUT);
    expect_next(&o, SIDES, "c", BOXD_STDOUT); /* the rest of its chunk is not filled any more */
    ck_assert(o.held == 0 && o.spare == 0);
    while (output_accepts(&o))
        add_repeatedly(&o, SIDE_OUT, 'd', 1);
    ck_assert_uint_le(o.held, LIMIT + sizeof(chunk) + 16);
    for (chunk *c; (c = output_next(&o, SIDES)); chunks++) {
        size += c->public.size;
        boxd_chunk_free(&c->public);
    }
    ck_assert_uint_gt(size, LIMIT / 2);
    ck_assert_uint_lt(chunks, 12);
    output_clear(&o);
}
END_TEST

/* Output that is held for a descriptor cannot be read by the program, and merged sides are one. */
START_TEST(held_for_descriptors)
{
    static char a[] = "a", b[] = "bb";
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    output o;
    options.out.mode = BOXD_OUTPUT_FD;
    options.err.mode = BOXD_OUTPUT_MERGE;
    output_init(&o, &options, true);
    ck_assert(add(&o, SIDE_ERR, a, 1));
    ck_assert(add(&o, SIDE_OUT, b, 2));
    ck_assert(o.sides[SIDE_OUT].bytes == 3 && o.sides[SIDE_ERR].bytes == 0);
    ck_assert_ptr_null(output_next(&o, SIDES));
    ck_assert_int_eq((int)output_fullest(&o), (int)SIDES);
    expect_next(&o, SIDE_OUT, "a", BOXD_STDOUT);
    expect_next(&o, SIDE_OUT, "bb", BOXD_STDOUT);
    output_clear(&o);

    options.err.mode = BOXD_OUTPUT_PIPE; /* beside a pipe */
    output_init(&o, &options, true);
    ck_assert(add(&o, SIDE_OUT, b, 2));
    ck_assert_ptr_null(output_next(&o, SIDES));
    ck_assert(add(&o, SIDE_ERR, a, 1));
    expect_next(&o, SIDES, "a", BOXD_STDERR);
    output_clear(&o);
}
END_TEST

/* A descriptor gets the first bytes; the others are counted, and need no memory. */
START_TEST(head_for_a_descriptor)
{
    static char out[] = "abcdef";
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    output o;
    options.out = (boxd_output){.mode = BOXD_OUTPUT_FD, .keep_bytes = 5};
    output_init(&o, &options, false);
    ck_assert(add(&o, SIDE_OUT, out, 3));
    expect_next(&o, SIDE_OUT, "abc", BOXD_STDOUT);
    ck_assert(add(&o, SIDE_OUT, out + 3, 3));
    expect_next(&o, SIDE_OUT, "de", BOXD_STDOUT);
    ck_assert(add(&o, SIDE_OUT, out, 6));
    ck_assert_ptr_null(output_next(&o, SIDE_OUT));
    ck_assert(o.held == 0 && o.sides[SIDE_OUT].bytes == 12 && o.sides[SIDE_OUT].dropped == 7);
    output_clear(&o);
}
END_TEST

/* Only the bytes of a message are held, whatever else it has. */
START_TEST(other_fields_are_not_held)
{
    enum { LARGE = 100000 };
    static const payload_type type = {"ExecChunk", 1, {0}};
    static char words[LARGE];
    BoxdPb__ExecChunk sent = BOXD_PB__EXEC_CHUNK__INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    grpc_slice packed;
    payload p;
    output o;
    memset(words, 'x', LARGE - 1);
    sent.data = wire_bytes(words, 1);
    sent.command = words;
    ck_assert(wire_pack(&sent.base, &packed));
    grpc_byte_buffer *bytes = grpc_raw_byte_buffer_create(&packed, 1);
    ck_assert_int_eq((int)payload_read(&type, bytes, &p, &error), (int)BOXD_OK);
    options.read_ahead_bytes = LARGE;
    output_init(&o, &options, true);
    ck_assert(output_add(&o, SIDE_OUT, &p));
    grpc_byte_buffer_destroy(bytes);
    grpc_slice_unref(packed);
    ck_assert_uint_lt(o.held, 200);
    expect_next(&o, SIDE_OUT, "x", BOXD_STDOUT);
    ck_assert_uint_eq(o.held, 0);
    output_clear(&o);
}
END_TEST

/* If memory runs out nothing is added, and no earlier output is lost. */
START_TEST(no_memory)
{
    static const boxd_output_mode modes[] = {BOXD_OUTPUT_PIPE, BOXD_OUTPUT_KEEP, BOXD_OUTPUT_HEAD,
                                             BOXD_OUTPUT_TAIL};
    static char bytes[1000];
    for (size_t i = 0; i < COUNT(modes); i++) {
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        output o;
        options.out = (boxd_output){modes[i], .keep_bytes = 1000};
        output_init(&o, &options, true);
        mem_fail_after(0);
        const bool added = add(&o, SIDE_OUT, bytes, sizeof bytes);
        mem_fail_after(-1);
        ck_assert(!added && o.held == 0);
        output_clear(&o);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    unit_add(suite, head_and_tail);
    unit_add(suite, the_limit);
    unit_add(suite, held_in_order);
    unit_add(suite, joined);
    unit_add(suite, sides_take_turns);
    unit_add(suite, held_for_descriptors);
    unit_add(suite, head_for_a_descriptor);
    unit_add(suite, other_fields_are_not_held);
    unit_add(suite, no_memory);
    return unit_run(suite);
}
