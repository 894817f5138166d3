/* The growing text. */
#include "text.h"

#include "unit_test.h"

#include <string.h>

START_TEST(empty_is_empty_text)
{
    text t = TEXT_INIT;
    char *data = text_take(&t);
    ck_assert_str_eq(data, "");
    mem_free(data);
    text_free(&t);
}
END_TEST

START_TEST(grows_and_stays_terminated)
{
    text t = TEXT_INIT;
    for (size_t i = 0; i < 5000; i++) {
        char c = (char)('a' + i % 26);
        text_add_bytes(&t, &c, 1);
        ck_assert_uint_eq(t.size, i + 1);
        ck_assert_int_eq(t.data[t.size], '\0');
    }
    for (size_t i = 0; i < 5000; i++)
        ck_assert_int_eq(t.data[i], 'a' + (int)(i % 26));
    text_free(&t);
    ck_assert_ptr_null(t.data);
    ck_assert_uint_eq(t.size, 0);
}
END_TEST

START_TEST(holds_any_bytes)
{
    text t = TEXT_INIT;
    text_add(&t, "a");
    text_add_bytes(&t, "\0b", 2);
    text_add(&t, "");
    text_add_bytes(&t, "", 0);
    ck_assert_uint_eq(t.size, 3);
    ck_assert_mem_eq(t.data, "a\0b", 4);
    text_free(&t);
}
END_TEST

START_TEST(formats_behind_what_is_there)
{
    text t = TEXT_INIT;
    text_printf(&t, "%s", "");
    ck_assert_str_eq(t.data, "");
    text_add(&t, "a ");
    text_printf(&t, "%d %0100d", 1, 2);
    ck_assert_uint_eq(t.size, 104);
    ck_assert_int_eq(strncmp(t.data, "a 1 00", 6), 0);
    ck_assert_str_eq(t.data + 101, "002");
    mem_fail_after(0);
    text_printf(&t, "%01000d", 3);
    mem_fail_after(-1);
    ck_assert(t.failed);
    text_free(&t);
}
END_TEST

START_TEST(take_leaves_a_fresh_text)
{
    text t = TEXT_INIT;
    text_add(&t, "one");
    char *one = text_take(&t);
    text_add(&t, "two");
    char *two = text_take(&t);
    ck_assert_str_eq(one, "one");
    ck_assert_str_eq(two, "two");
    mem_free(one);
    mem_free(two);
}
END_TEST

START_TEST(reserve_allocates_once)
{
    text t = TEXT_INIT;
    text_reserve(&t, 1000);
    uint64_t before = mem_fail_after(-1);
    for (int i = 0; i < 1000; i++)
        text_add(&t, "x");
    ck_assert_uint_eq(mem_fail_after(-1), before);
    ck_assert_uint_eq(t.size, 1000);
    text_reserve(&t, 10);
    ck_assert_uint_eq(mem_fail_after(-1), before);
    text_free(&t);
}
END_TEST

START_TEST(out_of_memory_is_remembered)
{
    text t = TEXT_INIT;
    text_add(&t, "kept");
    mem_fail_after(0);
    text_add(&t, "this needs more room than there is");
    mem_fail_after(-1);
    ck_assert(t.failed);
    text_add(&t, "even when memory is back");
    ck_assert_ptr_null(text_take(&t));
    ck_assert(!t.failed);
    char *data = text_take(&t);
    ck_assert_str_eq(data, "");
    mem_free(data);
}
END_TEST

START_TEST(out_of_memory_at_first)
{
    text t = TEXT_INIT;
    mem_fail_after(0);
    ck_assert_ptr_null(text_take(&t));
    text_reserve(&t, 10);
    ck_assert(t.failed);
    text_free(&t);
    mem_fail_after(-1);
    ck_assert(!t.failed);
}
END_TEST

START_TEST(json_is_escaped)
{
    text t = TEXT_INIT;
    text_add_json(&t, "a/\"\\\b\f\n\r\t\x01\x1f\x7f\xC3\xA9", SIZE_MAX);
    char *got = text_take(&t);
    ck_assert_str_eq(got, "a/\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001F\x7f\xC3\xA9");
    mem_free(got);
    text_add_json(&t, "\"\"\"", 3); /* whole escapes, until the limit is reached */
    got = text_take(&t);
    ck_assert_str_eq(got, "\\\"\\\"");
    mem_free(got);
}
END_TEST

/* RFC 4648, section 10, without the padding and the digits that need it. */
START_TEST(base64_digits)
{
    static const struct {
        const char *bytes, *digits;
        size_t shift;
    } rows[] = {{"", "", 0},
                {"f", "Z", 0},
                {"fo", "Zm", 0},
                {"foo", "Zm9v", 0},
                {"foobar", "Zm9vYmFy", 0},
                {"oo", "9v", 1},
                {"o", "v", 2},
                {"\xFB\xEF\xFF", "++//", 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        text t = TEXT_INIT;
        text_add_base64(&t, rows[i].bytes, strlen(rows[i].bytes), rows[i].shift);
        char *got = text_take(&t);
        ck_assert_msg(strcmp(got, rows[i].digits) == 0, "%zu: %s", i, got);
        mem_free(got);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    unit_add(suite, empty_is_empty_text);
    unit_add(suite, grows_and_stays_terminated);
    unit_add(suite, holds_any_bytes);
    unit_add(suite, formats_behind_what_is_there);
    unit_add(suite, json_is_escaped);
    unit_add(suite, base64_digits);
    unit_add(suite, take_leaves_a_fresh_text);
    unit_add(suite, reserve_allocates_once);
    unit_add(suite, out_of_memory_is_remembered);
    unit_add(suite, out_of_memory_at_first);
    return unit_run(suite);
}
