/* Checks of names; ASCII rules. */
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

START_TEST(hex_values)
{
    static const char digits[] = "0123456789abcdef", upper[] = "ABCDEF", others[] = "gG/:@`\xE9 ";
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(ascii_hex_value(digits[i]), i);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(ascii_hex_value(upper[i]), 10 + i);
    for (size_t i = 0; i < sizeof others; i++)
        ck_assert_int_eq(ascii_hex_value(others[i]), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    unit_add(suite, ascii_tests_know_ascii_only);
    unit_add(suite, hex_values);
    unit_add(suite, env_words);
    unit_add(suite, given_ones);
    unit_add(suite, subjects);
    return unit_run(suite);
}
