/* Names in messages: quoting, shortening, ASCII rules. */
#include "names.h"

#include "unit_test.h"

#include <ctype.h>
#include <string.h>

START_TEST(ascii_tests_know_ascii_only)
{
    for (int i = -128; i < 256; i++) {
        char c = (char)i;
        int value = (unsigned char)c;
        bool ascii = value < 128; /* in the C locale, in which <ctype.h> gives the expected answers */
        ck_assert_int_eq(ascii_is_digit(c), ascii && isdigit(value));
        ck_assert_int_eq(ascii_is_alpha(c), ascii && isalpha(value));
        ck_assert_int_eq(ascii_is_alnum(c), ascii && isalnum(value));
        ck_assert_int_eq(ascii_to_lower(c), (char)(ascii ? tolower(value) : value));
    }
    ck_assert(ascii_equal("HTTPsx", 5, "https"));
    ck_assert(!ascii_equal("HTTPs", 4, "https"));
    ck_assert(!ascii_equal("HTTPx", 5, "https"));
    ck_assert(ascii_equal("x", 0, ""));
}
END_TEST

START_TEST(printable_escapes)
{
    static const struct {
        const char *value, *shown;
    } rows[] = {
        {NULL, ""},
        {"", ""},
        {"plain \"text\" \\ ~", "plain \"text\" \\ ~"},
        {"a\nb\tc", "a\\x0Ab\\x09"
                    "c"},
        {"\x1B[2J\x7F", "\\x1B[2J\\x7F"},
        {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
        {"\xE2\x82\xAC \xF0\x9F\x90\x8B", "\xE2\x82\xAC \xF0\x9F\x90\x8B"},
        {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},     /* the last code point */
        {"\xC2\xA0", "\xC2\xA0"},                     /* the first code point after the C1 controls */
        {"\xC2\x9B", "\\xC2\\x9B"},                   /* a C1 control */
        {"\x80", "\\x80"},                            /* lone continuation */
        {"\xC3", "\\xC3"},                            /* cut off */
        {"\xE2\x82", "\\xE2\\x82"},                   /* cut off */
        {"\xF0\x9F\x90", "\\xF0\\x9F\\x90"},          /* cut off */
        {"\xC0\xAF", "\\xC0\\xAF"},                   /* overlong */
        {"\xC1\xBF", "\\xC1\\xBF"},                   /* overlong */
        {"\xE0\x80\xAF", "\\xE0\\x80\\xAF"},          /* overlong */
        {"\xF0\x80\x80\xAF", "\\xF0\\x80\\x80\\xAF"}, /* overlong */
        {"\xED\xA0\x80", "\\xED\\xA0\\x80"},          /* surrogate */
        {"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"}, /* beyond the last code point */
        {"\xFF\xFE", "\\xFF\\xFE"},
        {"\xC3x", "\\xC3x"},
        {"\xE2\x82\xC3\xBC", "\\xE2\\x82\xC3\xBC"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[64];
        ck_assert_ptr_eq(name_printable(rows[i].value, buffer, sizeof buffer), buffer);
        ck_assert_str_eq(buffer, rows[i].shown);
    }
}
END_TEST

START_TEST(printable_cuts_between_characters)
{
    static const struct {
        const char *value;
        size_t size;
        const char *shown;
    } rows[] = {
        {"abcdef", 7, "abcdef"},
        {"abcdefg", 7, "abc..."},
        {"abcdefgh", 4, "..."},
        {"abc", 3, ".."},
        {"abc", 2, "."},
        {"abc", 1, ""},
        {"ab", 3, "ab"},
        {"a\xE2\x82\xAC\x62\x63", 6, "a..."},
        {"a\xE2\x82\xAC", 5, "a\xE2\x82\xAC"},
        {"a\nbc", 7, "a..."},
        {"a\nb", 7,
         "a\\x0A"
         "b"},
        {"\n\n", 8, "\\x0A..."},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[16];
        memset(buffer, 0x55, sizeof buffer);
        name_printable(rows[i].value, buffer, rows[i].size);
        ck_assert_str_eq(buffer, rows[i].shown);
        for (size_t k = rows[i].size; k < sizeof buffer; k++)
            ck_assert_int_eq(buffer[k], 0x55);
    }
    char untouched = 'x';
    name_printable("abc", &untouched, 0);
    ck_assert_int_eq(untouched, 'x');
}
END_TEST

#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN

START_TEST(env_words)
{
    static const struct {
        const char *word;
        bool good;
        const char *says;
    } rows[] = {
        {"A=", true, NULL},
        {"A=b", true, NULL},
        {"_=x", true, NULL},
        {"_a9Z=x=y", true, NULL},
        {"PATH=/a b;'\"$(x)\n\xFF", true, NULL},
        {NULL, false, "NAME=value"},
        {"", false, "NAME=value"},
        {"hunter2", false, "NAME=value"},
        {"=hunter2", false, "\"\""},
        {"9A=hunter2", false, "\"9A\""},
        {"A-B=hunter2", false, "\"A-B\""},
        {"A B=hunter2", false, "\"A B\""},
        {"A;rm=hunter2", false, "\"A;rm\""},
        {"$(x)=hunter2", false, "\"$(x)\""},
        {"A\n=hunter2", false, "\"A\\x0A\""},
        {"\xC3\x84=hunter2", false, "\"\xC3\x84\""},
        {" A=hunter2", false, "\" A\""},
        {SIXTY SIXTY SIXTY "-=hunter2", false, "...\""},
        {SIXTY SIXTY SIXTY SIXTY SIXTY "-=hunter2", false, "...\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_status expected = rows[i].good ? BOXD_OK : BOXD_ERR_INVALID_ARGUMENT;
        ck_assert_msg(name_check_env(rows[i].word, &error) == expected, "\"%s\"", rows[i].word);
        ck_assert_int_eq(error.status, expected);
        if (rows[i].good)
            continue;
        ck_assert_msg(strstr(error.message, rows[i].says), "%s", error.message);
        ck_assert_ptr_null(strstr(error.message, "hunter2"));
    }
    ck_assert_int_eq(name_check_env("", NULL), BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(given_ones)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(name_check_given("x", "the id", "give one", &error), BOXD_OK);
    ck_assert_int_eq(name_check_given("", "the id", "give one", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "the id is empty; give one");
    ck_assert_int_eq(name_check_given(NULL, "the id", "give one", NULL), BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(subjects)
{
    char text[16];
    ck_assert_str_eq(name_subject("disk", "data", text, sizeof text), "disk \"data\"");
    ck_assert_str_eq(name_subject("disk", NULL, text, sizeof text), "disk \"\"");
    ck_assert_str_eq(name_subject("disk", "a\nb", text, sizeof text), "disk \"a\\x0Ab\"");
    ck_assert_uint_eq(strlen(name_subject("disk", "longer than the room", text, sizeof text)), 15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    unit_add(suite, ascii_tests_know_ascii_only);
    unit_add(suite, printable_escapes);
    unit_add(suite, printable_cuts_between_characters);
    unit_add(suite, env_words);
    unit_add(suite, given_ones);
    unit_add(suite, subjects);
    return unit_run(suite);
}
