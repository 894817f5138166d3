/* Reading JSON. */
#include "http/json.h"

#include "unit_test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

typedef struct reading {
    json_document document;
    char *text;
} reading;

#define NODES_MAX ((size_t)16 * 1024 * 1024)

/* The root; NULL: not JSON. */
static const json_node *read_text(reading *r, const char *text, size_t size)
{
    r->text = malloc(size ? size : 1); /* exactly of the text's size: ASan detects accesses beyond it */
    ck_assert_ptr_nonnull(r->text);
    memcpy(r->text, text, size);
    const json_outcome outcome = json_document_read(&r->document, r->text, size, NODES_MAX);
    ck_assert(outcome == JSON_READ || outcome == JSON_MALFORMED);
    ck_assert((outcome == JSON_READ) == (r->document.root != NULL));
    return r->document.root;
}

static void free_reading(reading *r)
{
    json_document_free(&r->document);
    free(r->text);
}

static bool is_json(const char *text, size_t size)
{
    reading r;
    const bool read = read_text(&r, text, size) != NULL;
    free_reading(&r);
    return read;
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
    {"\"\\b\\f\\n\\r\\t\\/\"", "\b\f\n\r\t/"},
    /* Bytes that are not UTF-8, and control characters, do not lose the document. */
    {"\"\xFF\"", "\xFF"},
    {"\"\xED\xA0\x80\"", "\xED\xA0\x80"},
    {"\"\xC0\x80\"", "\xC0\x80"},
    {"\"\xF4\x90\x80\x80\"", "\xF4\x90\x80\x80"},
    {"\"\n\"", "\n"},
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
        reading r;
        const char *value = json_node_text(read_text(&r, text_rows[i].text, strlen(text_rows[i].text)));
        if (text_rows[i].value)
            ck_assert_msg(value && strcmp(value, text_rows[i].value) == 0, "%zu: %s is %s", i,
                          text_rows[i].text, value ? value : "no JSON");
        else
            ck_assert_msg(!value, "%zu: %s is JSON", i, text_rows[i].text);
        free_reading(&r);
    }
}
END_TEST

/* Every prefix of a text with every kind of token: only the whole text is JSON, and nothing is read beyond
 * the end. */
START_TEST(cut_off)
{
    static const char whole[] =
        " [\"\\uD83D\\uDE00\\uD83D\\\\\\u0000\\\"\\uDE00\",{\"\\u0000\" : -1.5e+5,\"\":true}"
        ",null,[],{}]";
    for (size_t size = 0; size < sizeof whole - 1; size++)
        ck_assert_msg(!is_json(whole, size), "%zu bytes", size);
    ck_assert(is_json(whole, sizeof whole - 1));
}
END_TEST

/* In steps of any size the outcome is the same as at once, and the steps are not too many. */
START_TEST(steps)
{
    static char blanks[] = "                1";
    json_document blank;
    json_document_begin(&blank, blanks, strlen(blanks), NODES_MAX);
    ck_assert_int_eq((int)json_document_step(&blank, 4), (int)JSON_UNFINISHED);
    json_document_free(&blank);
    static const char whole[] = " [\"text\",{\"a\" : -1.5e+5,\"b\":[true,null,{}]} ,[],\"end\" ]  ";
    for (size_t step = 1; step <= sizeof whole; step++) {
        for (size_t size = 0; size < sizeof whole; size++) {
            char text[sizeof whole];
            json_document d;
            json_outcome outcome;
            size_t count = 1;
            memcpy(text, whole, sizeof text);
            json_document_begin(&d, text, size, NODES_MAX);
            while ((outcome = json_document_step(&d, step)) == JSON_UNFINISHED)
                count++;
            ck_assert_msg((outcome == JSON_READ) == is_json(whole, size), "%zu of %zu bytes", step, size);
            ck_assert_uint_le(count, size / step + 1);
            json_document_free(&d);
        }
    }
}
END_TEST

/* A NUL inside a text is one bad character; elsewhere it is not JSON. */
START_TEST(nul_bytes)
{
    reading r;
    ck_assert_str_eq(json_node_text(read_text(&r, "\"a\0b\"", 5)), "a\xFF"
                                                                   "b");
    free_reading(&r);
    ck_assert(!is_json("{}\0", 3) && !is_json("\0", 1) && !is_json("[1\0]", 4));
}
END_TEST

START_TEST(structures)
{
    static const char *const good[] = {
        "{}",   "[]",    " [ ] ", "[1]", "[1,2]", "{\"a\":1}", "{\"a\":1,\"a\":{}}",  "[[[]]]",
        "true", "false", "null",  "0",   "-0",    "NaN",       "[Infinity,-Infinity]"};
    static const char *const bad[] = {
        "[,]",  "[1,]", "[1 2]", "{,}",        "{\"a\"}", "{\"a\":}",  "{\"a\":1,}",  "{1:1}", "{\"a\" 1}",
        "[}",   "{]",   "]",     "}",          ",",       ":",         "[1]]",        "1 2",   "tru",
        "True", "nul",  "+1",    "01",         "-",       ".5",        "1.",          "1e",    "1e+",
        "0x1",  "--1",  "-NaN",  "{\"a\":1}x", "/**/1",   "[\"a\":1]", "{\"a\":1:2}", "Infin"};
    for (size_t i = 0; i < COUNT(good); i++)
        ck_assert_msg(is_json(good[i], strlen(good[i])), "%s", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        ck_assert_msg(!is_json(bad[i], strlen(bad[i])), "%s", bad[i]);
}
END_TEST

/* Any depth, without recursion. */
START_TEST(deep)
{
    const size_t depth = 100000;
    char *text = malloc(2 * depth);
    ck_assert_ptr_nonnull(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    reading r;
    const json_node *node = read_text(&r, text, 2 * depth);
    for (size_t i = 1; i < depth; i++)
        node = json_items(node);
    ck_assert(json_is_kind(node, JSON_KIND_LIST) && !json_items(node) && node->size == 0);
    free_reading(&r);
    ck_assert(!is_json(text, depth) && !is_json(text, 2 * depth - 1));
    free(text);
}
END_TEST

/* ---- bounds ---- */

/* 9 MB of values, each as small as can be: refused before their nodes are allocated. */
START_TEST(memory_is_bounded)
{
    static const char *const items[] = {"[],", "{},", "0,", "\"\",", "[[],"};
    const size_t size = (size_t)9 * 1024 * 1024;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < COUNT(items); i++) {
        const size_t length = strlen(items[i]);
        for (size_t at = 0; at < size; at++)
            text[at] = items[i][(at + length - 1) % length];
        text[0] = '[';
        json_document d;
        ck_assert_int_eq((int)json_document_read(&d, text, size, NODES_MAX), (int)JSON_TOO_LARGE);
        ck_assert_msg(d.bytes <= NODES_MAX, "%zu", d.bytes);
        ck_assert_ptr_null(d.root);
        json_document_free(&d);
    }
    free(text);
}
END_TEST

/* A document that needs exactly the limit is read. */
START_TEST(the_limit_is_exact)
{
    char text[] = "[0,1,2,3,4,5,6,7,8,9]";
    json_document d;
    size_t least = 0;
    json_outcome outcome = JSON_TOO_LARGE;
    while (outcome == JSON_TOO_LARGE) {
        outcome = json_document_read(&d, text, sizeof text - 1, ++least);
        ck_assert_uint_le(d.bytes, least);
        json_document_free(&d);
    }
    ck_assert_int_eq((int)outcome, (int)JSON_READ);
    ck_assert_uint_le(least, 11 * sizeof(json_node) + 64);
    for (int allowed = 0; allowed < 1; allowed++) {
        mem_fail_after(allowed);
        ck_assert_int_eq((int)json_document_read(&d, text, sizeof text - 1, NODES_MAX), (int)JSON_NO_MEMORY);
        json_document_free(&d);
    }
    mem_fail_after(-1);
}
END_TEST

/* ---- fields ---- */

/* A number that does not fit is as a missing one, and does not lose the others. */
START_TEST(numbers)
{
    static const struct {
        const char *text;
        int64_t number;
        bool whole;
    } rows[] = {
        {"0", 0, true},
        {"-0", 0, true},
        {"12", 12, true},
        {"12.0", 12, true},
        {"1e3", 1000, true},
        {"1.5E+1", 15, true},
        {"1500e-2", 15, true},
        {"1.50000000000000000000000000000000000000000", 0, false},
        {"1.00000000000000000000000000000000000000000", 1, true},
        {"9223372036854775807", INT64_MAX, true},
        {"-9223372036854775808", INT64_MIN, true},
        {"9223372036854775808", 0, false},
        {"-9223372036854775809", 0, false},
        {"92233720368547758070e-1", INT64_MAX, true},
        {"1e300", 0, false},
        {"1e999", 0, false},
        {"-1e999", 0, false},
        {"1e99999999999999999999", 0, false},
        {"1e-99999999999999999999", 0, false},
        {"0e999", 0, true},
        {"12.5", 0, false},
        {"NaN", 0, false},
        {"Infinity", 0, false},
        {"\"12\"", 0, false},
        {"true", 0, false},
        {"null", 0, false},
        {"[12]", 0, false},
        {"{}", 0, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[96];
        int64_t number = 77;
        reading r;
        (void)snprintf(text, sizeof text, "{\"n\":%s,\"text\":\"kept\"}", rows[i].text);
        const json_node *object = read_text(&r, text, strlen(text));
        ck_assert_msg(object != NULL, "%s", text);
        ck_assert_msg(json_number(object, "n", &number) == rows[i].whole, "%s", text);
        ck_assert_msg(number == rows[i].number, "%s is %lld", text, (long long)number);
        ck_assert_str_eq(json_node_text(json_member(object, "text")), "kept");
        ck_assert(!json_number(object, "none", &number));
        free_reading(&r);
    }
}
END_TEST

START_TEST(reals)
{
    static const struct {
        const char *text;
        double number;
    } rows[] = {{"0", 0},      {"-2.5", -2.5},      {"1764491400.25", 1764491400.25},
                {"1e3", 1000}, {"1e999", HUGE_VAL}, {"-1e999", -HUGE_VAL},
                {"1e-999", 0}, {"0e999", 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        reading r;
        double number;
        ck_assert(json_node_real(read_text(&r, rows[i].text, strlen(rows[i].text)), &number));
        ck_assert_msg(number == rows[i].number, "%s is %g", rows[i].text, number);
        ck_assert(!json_node_real(NULL, &number));
        free_reading(&r);
    }
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
        reading r;
        (void)snprintf(text, sizeof text, "{\"f\":%s}", rows[i].text);
        const json_node *object = read_text(&r, text, strlen(text));
        ck_assert(json_flag(object, "f", &flag) == rows[i].given && flag == rows[i].flag);
        free_reading(&r);
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
    reading r;
    const json_node *object = read_text(&r, text, sizeof text - 1);
    ck_assert_ptr_nonnull(object);
    ck_assert_int_gt(unit_walk_allocations(fill_sample, object), 0);
    free_reading(&r);
}
END_TEST

/* ---- writing ---- */

START_TEST(written)
{
    static const char text[] = "{\"z\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\",\"a\":[1,null,\"\\\"\\\\/"
                               "\\n\\t\\u0001\"],\"e\":{}}";
    json_t *value = json_loads(text, 0, NULL);
    size_t size = 0;
    char *back = json_write(value, &size);
    ck_assert_str_eq(back, text); /* compact, in order, UTF-8 unchanged */
    ck_assert_uint_eq(size, sizeof text - 1);
    reading r;
    char *shown = json_shown(read_text(&r, back, size)); /* the same as jansson's */
    ck_assert_str_eq(shown, text);
    free_reading(&r);
    mem_free(shown);
    mem_free(back);
    mem_fail_after(0);
    ck_assert_ptr_null(json_write(value, &size));
    mem_fail_after(-1);
    json_free_secret(value);
    json_free_secret(NULL);
}
END_TEST

/* What is shown is short, however large the document is. */
START_TEST(shown_is_short)
{
    const size_t size = 100000;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    for (int kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < size; i++)
            text[i] = (char)(kind == 0 ? "[]"[i >= size / 2] : kind == 1 ? "0,"[i % 2] : 'x');
        if (kind > 0) {
            text[0] = kind == 1 ? '[' : '"';
            text[1] = kind == 1 ? '7' : 'x';
            text[size - 1] = kind == 1 ? ']' : '"';
            text[size - 2] = '0';
        }
        reading r;
        const json_node *root = read_text(&r, text, size);
        ck_assert_msg(root != NULL, "%d", kind);
        char *shown = json_shown(root);
        ck_assert_uint_lt(strlen(shown), 3000);
        mem_free(shown);
        free_reading(&r);
    }
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    unit_add(suite, texts);
    unit_add(suite, cut_off);
    unit_add(suite, steps);
    unit_add(suite, nul_bytes);
    unit_add(suite, structures);
    unit_add(suite, deep);
    unit_add(suite, memory_is_bounded);
    unit_add(suite, the_limit_is_exact);
    unit_add(suite, numbers);
    unit_add(suite, reals);
    unit_add(suite, flags);
    unit_add(suite, record_fields);
    unit_add(suite, written);
    unit_add(suite, shown_is_short);
    return unit_run(suite);
}
