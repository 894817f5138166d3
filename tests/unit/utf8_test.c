/* Reading and repairing UTF-8. The repaired texts are those of Python: bytes.decode("utf-8", "replace"). */
#include "utf8.h"

#include "unit_test.h"

#include <stdio.h>
#include <string.h>

#define FFFD "\xEF\xBF\xBD"

static const struct {
    const char *text, *repaired;
} rows[] = {
    {"", ""},
    {"plain", "plain"},
    {"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x90\x8B", "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x90\x8B"},
    {"\x1B\x7F\xC2\x9B\xE2\x80\xAE", "\x1B\x7F\xC2\x9B\xE2\x80\xAE"}, /* valid, though not safe to show */
    {"\xFF", FFFD},
    {"a\xFFz", "a" FFFD "z"},
    {"\xFF\xFE", FFFD FFFD},
    {"\x80", FFFD},
    {"\xBF\xBF", FFFD FFFD},
    {"\xC3", FFFD},                        /* cut off */
    {"\xC3x", FFFD "x"},                   /* no continuation */
    {"\xE2\x82", FFFD},                    /* cut off: one piece */
    {"\xE2\x82x", FFFD "x"},               /* one piece */
    {"\xE2\x82\xC3\xBC", FFFD "\xC3\xBC"}, /* a character behind it */
    {"\xF0\x9F\x90", FFFD},                /* cut off: one piece */
    {"\xF0\x9F\x90\xF0\x9F\x90\x8B", FFFD "\xF0\x9F\x90\x8B"},
    {"\xC0\xAF", FFFD FFFD},                   /* overlong */
    {"\xC1\xBF", FFFD FFFD},                   /* overlong */
    {"\xE0\x80\xAF", FFFD FFFD FFFD},          /* overlong */
    {"\xF0\x80\x80\xAF", FFFD FFFD FFFD FFFD}, /* overlong */
    {"\xED\xA0\x80", FFFD FFFD FFFD},          /* a surrogate */
    {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},  /* the last code point */
    {"\xF4\x90\x80\x80", FFFD FFFD FFFD FFFD}, /* beyond it */
    {"\xF5\x80\x80\x80", FFFD FFFD FFFD FFFD},
};

START_TEST(repaired_as_python_does)
{
    const char *text = rows[_i].text;
    char *repaired = utf8_repaired(text, strlen(text));
    ck_assert_str_eq(repaired, rows[_i].repaired);
    ck_assert_uint_eq(utf8_repaired_size(text, strlen(text)), strlen(rows[_i].repaired));
    ck_assert(utf8_is_valid(text, strlen(text)) == (strcmp(text, rows[_i].repaired) == 0));
    ck_assert(utf8_is_valid(repaired, strlen(repaired)));
    mem_free(repaired);
}
END_TEST

/* Runs of ASCII are read in words: each row of text stands before, in and behind runs of all lengths. */
START_TEST(runs_of_ascii_change_nothing)
{
    enum { RUN_MAX = 20 };
    const char *piece = rows[_i].text, *expected = rows[_i].repaired;
    for (int before = 0; before < RUN_MAX; before++)
        for (int behind = 0; behind < RUN_MAX; behind++) {
            char text[64], wanted[96];
            (void)snprintf(text, sizeof text, "%.*s%s%.*s", before, "abcdefghijklmnopqrstuvwxyz", piece,
                           behind, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
            (void)snprintf(wanted, sizeof wanted, "%.*s%s%.*s", before, "abcdefghijklmnopqrstuvwxyz",
                           expected, behind, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
            const size_t size = strlen(text), kept = utf8_kept_size(text, size);
            char *repaired = utf8_repaired(text, size);
            ck_assert_str_eq(repaired, wanted);
            ck_assert_uint_eq(utf8_repaired_size(text, size), strlen(wanted));
            ck_assert(utf8_is_valid(text, size) == (strcmp(text, wanted) == 0));
            ck_assert(kept == size ? strcmp(text, wanted) == 0 : !utf8_next(text + kept, size - kept).valid);
            ck_assert(memcmp(text, wanted, kept) == 0);
            mem_free(repaired);
        }
}
END_TEST

START_TEST(a_nul_in_a_run_is_replaced)
{
    enum { SIZE = 24 };
    for (size_t at = 0; at < SIZE; at++) {
        char text[SIZE + 1] = "abcdefghijklmnopqrstuvwx";
        text[at] = '\0';
        char *repaired = utf8_repaired(text, SIZE);
        ck_assert_uint_eq(utf8_kept_size(text, SIZE), at);
        ck_assert_uint_eq(strlen(repaired), SIZE + strlen(FFFD) - 1);
        ck_assert(memcmp(repaired + at, FFFD, strlen(FFFD)) == 0);
        ck_assert_str_eq(repaired + at + strlen(FFFD), text + at + 1);
        mem_free(repaired);
    }
}
END_TEST

START_TEST(nul_is_replaced)
{
    char *repaired = utf8_repaired("a\0b\0", 4);
    ck_assert_str_eq(repaired, "a" FFFD "b" FFFD);
    mem_free(repaired);
}
END_TEST

START_TEST(code_points)
{
    static const struct {
        const char *text;
        uint32_t code;
    } points[] = {{"a", 'a'},
                  {"\xC2\x80", 0x80},
                  {"\xDF\xBF", 0x7FF},
                  {"\xE0\xA0\x80", 0x800},
                  {"\xEF\xBF\xBF", 0xFFFF},
                  {"\xF0\x90\x80\x80", 0x10000},
                  {"\xF4\x8F\xBF\xBF", 0x10FFFF}};
    for (size_t i = 0; i < COUNT(points); i++) {
        const utf8_piece piece = utf8_next(points[i].text, strlen(points[i].text));
        ck_assert(piece.valid && piece.size == strlen(points[i].text));
        ck_assert_uint_eq(piece.code, points[i].code);
        for (size_t size = 1; size < piece.size; size++) /* nothing behind the end is read */
            ck_assert(!utf8_next(points[i].text, size).valid);
    }
}
END_TEST

START_TEST(out_of_memory)
{
    mem_fail_after(0);
    ck_assert_ptr_null(utf8_repaired("\xFF", 1));
    mem_fail_after(-1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("utf8");
    TCase *repaired = tcase_create("repaired_as_python_does");
    tcase_add_loop_test(repaired, repaired_as_python_does, 0, (int)COUNT(rows));
    suite_add_tcase(suite, repaired);
    TCase *runs = tcase_create("runs_of_ascii_change_nothing");
    tcase_add_loop_test(runs, runs_of_ascii_change_nothing, 0, (int)COUNT(rows));
    suite_add_tcase(suite, runs);
    unit_add(suite, a_nul_in_a_run_is_replaced);
    unit_add(suite, nul_is_replaced);
    unit_add(suite, code_points);
    unit_add(suite, out_of_memory);
    return unit_run(suite);
}
