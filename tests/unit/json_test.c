/* Reading JSON. */
#include "http/json.h"

#include "unit_test.h"

#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

static json_t *read_text(const char *text, size_t size)
{
    char *copy = malloc(size + 1); /* exactly of the text's size: ASan detects reads beyond it */
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, size);
    copy[size] = '\0';
    bool no_memory;
    json_t *value = json_read(copy, size, &no_memory);
    ck_assert(!no_memory);
    free(copy);
    return value;
}

#define MARK "\xEF\xBB\xBF"
#define NO_CHARACTER "\xEF\xBF\xBD"

/* Escapes that are not characters, and similar text. */
static const struct {
    /* Value NULL: not JSON. */
    const char *text, *value;
} text_rows[] = {
    {"\"\"", ""},
    {MARK "\"marked\"", "marked"},
    {"\"\\u0041\"", "A"},
    {"\"\\u0000\"", NO_CHARACTER},
    {"\"a\\u0000b\\u0000\"", "a" NO_CHARACTER "b" NO_CHARACTER},
    {"\"\\\\u0000\"", "\\u0000"},               /* a backslash, not an escape */
    {"\"\\\\\\u0000\"", "\\" NO_CHARACTER},     /* a backslash and an escape */
    {"\"\\\\\\\\u0000\"", "\\\\u0000"},         /* two backslashes, not an escape */
    {"\"\\\"\\u0000\"", "\"" NO_CHARACTER},     /* the text continues after its quote */
    {"\"\\uD83D\\uDE00\"", "\xF0\x9F\x98\x80"}, /* a surrogate pair is one character */
    {"\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80"},
    {"\"\\uD83D\"", NO_CHARACTER},
    {"\"\\uDE00\"", NO_CHARACTER},
    {"\"\\uD83Dx\"", NO_CHARACTER "x"},
    {"\"\\uD83D\\n\"", NO_CHARACTER "\n"},
    {"\"\\uD83D\\u0041\"", NO_CHARACTER "A"},
    {"\"\\uD83D\\u0000\"", NO_CHARACTER NO_CHARACTER},
    {"\"\\uDE00\\uD83D\"", NO_CHARACTER NO_CHARACTER},
    {"\"\\uD83D\\uD83D\\uDE00\"", NO_CHARACTER "\xF0\x9F\x98\x80"},
    {"\"\\uD83D\\uDE00\\uDE00\"", "\xF0\x9F\x98\x80" NO_CHARACTER},
    {"\"\\uD83D\\\\uDE00\"", NO_CHARACTER "\\uDE00"},
    {"\"\\uFFFF\\uFFFE\"", "\xEF\xBF\xBF\xEF\xBF\xBE"}, /* not characters, but code points */
    {"\"\\u007f\\u001f\"", "\x7F\x1F"},
    {"\"" NO_CHARACTER "\"", NO_CHARACTER},
    {"\"\\u\"", NULL},
    {"\"\\u0\"", NULL},
    {"\"\\u00\"", NULL},
    {"\"\\u000\"", NULL},
    {"\"\\u000g\"", NULL},
    {"\"\\uD83D\\u\"", NULL},
    {"\"\\uD83D\\uDE0\"", NULL},
    {"\"\\U0000\"", NULL},
    {"\"\\x00\"", NULL},
    {"\"\\", NULL},
    {"\\", NULL},
    {"\\u", NULL},
    {"\\uD83D", NULL},
    {"\\uD83D\\", NULL},
    {"\\uD83D\\uDE0", NULL},
    {"\"\\uD83D\\uDE0", NULL},
    {"\"\xFF\"", NULL},
    {"\"\xED\xA0\x80\"", NULL}, /* half a surrogate pair as bytes */
    {"\"\xC0\x80\"", NULL},
    {"\"\xF4\x90\x80\x80\"", NULL},
    {"\"\n\"", NULL},
    {"'x'", NULL},
    {"\"x\" y", NULL},
    {"\"x\"//", NULL},
    {"\"x", NULL},
    {"", NULL},
    {" \r\n\t", NULL},
    {MARK, NULL},
    {MARK MARK "\"x\"", NULL},
    {"\xEF\xBB", NULL},
    {"<html>", NULL},
};

START_TEST(texts)
{
    for (size_t i = 0; i < COUNT(text_rows); i++) {
        json_t *value = read_text(text_rows[i].text, strlen(text_rows[i].text));
        if (text_rows[i].value)
            ck_assert_msg(value && strcmp(json_string_value(value), text_rows[i].value) == 0, "%zu: %s is %s",
                          i, text_rows[i].text, value ? json_string_value(value) : "no JSON");
        else
            ck_assert_msg(!value, "%zu: %s is JSON", i, text_rows[i].text);
        json_decref(value);
    }
}
END_TEST

/* Every prefix of a text with every kind of escape: only the whole text is JSON, and nothing is read beyond
 * the end. */
START_TEST(cut_off)
{
    static const char whole[] = "[\"\\uD83D\\uDE00\\uD83D\\\\\\u0000\\\"\\uDE00\",{\"\\u0000\":1e5}]";
    for (size_t size = 0; size < sizeof whole - 1; size++)
        ck_assert_ptr_null(read_text(whole, size));
    json_t *value = read_text(whole, sizeof whole - 1);
    ck_assert_ptr_nonnull(value);
    json_decref(value);
}
END_TEST

START_TEST(a_nul_byte_is_not_json)
{
    ck_assert_ptr_null(read_text("\"a\0b\"", 5));
    ck_assert_ptr_null(read_text("{}\0", 3));
    ck_assert_ptr_null(read_text("\0", 1));
}
END_TEST

/* Very deep nesting is refused, and does not use the stack. */
START_TEST(deep)
{
    const size_t depth = 100000;
    char *text = malloc(2 * depth);
    ck_assert_ptr_nonnull(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    ck_assert_ptr_null(read_text(text, 2 * depth));
    ck_assert_ptr_null(read_text(text, depth));
    free(text);
}
END_TEST

/* ---- fields ---- */

START_TEST(numbers)
{
    static const struct {
        const char *text;
        int64_t number;
        bool whole;
    } rows[] = {
        {"0", 0, true},
        {"-1", -1, true},
        {"12", 12, true},
        {"12.0", 12, true},
        {"1e3", 1000, true},
        {"9223372036854775807", INT64_MAX, true},
        {"-9223372036854775808", INT64_MIN, true},
        {"9223372036854775808", 0, false}, /* too large: as a missing value */
        {"1e300", 0, false},
        {"99999999999999999999999999999999", 0, false},
        {"12.5", 0, false},
        {"\"12\"", 0, false},
        {"true", 0, false},
        {"null", 0, false},
        {"[12]", 0, false},
        {"{}", 0, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[80];
        int64_t number = 77;
        (void)snprintf(text, sizeof text, "{\"n\":%s,\"text\":\"kept\"}", rows[i].text);
        json_t *object = read_text(text, strlen(text));
        ck_assert_msg(object != NULL, "%s", text);
        ck_assert_msg(json_number(object, "n", &number) == rows[i].whole, "%s", text);
        ck_assert_msg(number == rows[i].number, "%s is %lld", text, (long long)number);
        ck_assert_str_eq(json_string_value(json_object_get(object, "text")), "kept");
        ck_assert(!json_number(object, "none", &number));
        json_decref(object);
    }
    ck_assert_ptr_null(read_text("{\"n\":1e999}", 11)); /* not a number */
}
END_TEST

START_TEST(flags)
{
    static const struct {
        const char *text;
        bool flag, given;
    } rows[] = {
        {"true", true, true}, {"false", false, true},     {"null", false, false}, {"1", false, false},
        {"0", false, false},  {"\"true\"", false, false}, {"[]", false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[32];
        bool flag = !rows[i].flag;
        (void)snprintf(text, sizeof text, "{\"f\":%s}", rows[i].text);
        json_t *object = read_text(text, strlen(text));
        ck_assert(json_flag(object, "f", &flag) == rows[i].given && flag == rows[i].flag);
        json_decref(object);
    }
}
END_TEST

typedef struct sample {
    const char *text, *empty, *none, *null, *number, *time, *wrong;
    int64_t time_ms, wrong_ms, none_ms;
} sample;

static boxd_status fill_sample(const void *object, boxd_error *error)
{
    record r;
    sample *s = record_begin(&r, sizeof *s, NULL);
    if (s) {
        s->text = json_text(&r, object, "text");
        s->empty = json_text(&r, object, "empty");
        s->none = json_text(&r, object, "none");
        s->null = json_text(&r, object, "null");
        s->number = json_text(&r, object, "number");
        s->time = json_time(&r, object, "time", &s->time_ms);
        s->wrong = json_time(&r, object, "text", &s->wrong_ms);
        (void)json_time(&r, object, "none", &s->none_ms);
    }
    s = record_end(&r, error);
    if (!s)
        return error->status;
    ck_assert_str_eq(s->text, "a text");
    ck_assert_str_eq(s->empty, "");
    ck_assert(!s->none && !s->null && !s->number);
    ck_assert_str_eq(s->time, "1970-01-01T00:00:01Z");
    ck_assert_str_eq(s->wrong, "a text");
    ck_assert(s->time_ms == 1000 && s->wrong_ms == 0 && s->none_ms == 0);
    record_free_secret(s);
    return BOXD_OK;
}

/* Text, also ""; null and other types count as missing; of duplicate keys the last one is used. */
START_TEST(record_fields)
{
    static const char text[] = "{\"text\":\"first\",\"empty\":\"\",\"null\":null,\"number\":5,"
                               "\"time\":\"1970-01-01T00:00:01Z\",\"text\":\"a text\",\"unknown\":[{}]}";
    json_t *object = read_text(text, sizeof text - 1);
    ck_assert_ptr_nonnull(object);
    ck_assert_int_gt(unit_walk_allocations(fill_sample, object), 0);
    json_decref(object);
}
END_TEST

/* ---- writing ---- */

START_TEST(written)
{
    static const char text[] = "{\"z\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\",\"a\":[1,null,\"\\\"\\\\/"
                               "\\n\\t\\u0001\"],\"e\":{}}";
    json_t *value = read_text(text, sizeof text - 1);
    size_t size = 0;
    char *back = json_write(value, &size);
    ck_assert_str_eq(back, text); /* compact, in order, UTF-8 unchanged */
    ck_assert_uint_eq(size, sizeof text - 1);
    mem_free(back);
    mem_fail_after(0);
    ck_assert_ptr_null(json_write(value, &size));
    mem_fail_after(-1);
    json_free_secret(value);
    json_free_secret(NULL);
}
END_TEST

START_TEST(text_values)
{
    ck_assert(json_is_text("") && json_is_text("a\n\x7F") && json_is_text("\xF0\x9F\x98\x80"));
    ck_assert(!json_is_text("\xFF") && !json_is_text("\xED\xA0\x80") && !json_is_text("a\xC3"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    unit_add(suite, texts);
    unit_add(suite, cut_off);
    unit_add(suite, a_nul_byte_is_not_json);
    unit_add(suite, deep);
    unit_add(suite, numbers);
    unit_add(suite, flags);
    unit_add(suite, record_fields);
    unit_add(suite, written);
    unit_add(suite, text_values);
    return unit_run(suite);
}
