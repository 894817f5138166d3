/* Text from outside as messages, the log and programs show it. */
#include "printable.h"

#include "unit_test.h"
#include "utf8.h"

#include <boxd/base.h>
#include <string.h>

static const struct {
    const char *value, *shown;
} escapes[] = {
    {NULL, ""},
    {"", ""},
    {"plain \"text\" \\ ~", "plain \"text\" \\ ~"},
    {"a\nb\tc", "a\\x0Ab\\x09"
                "c"},
    {"\x1B[2J\x7F", "\\x1B[2J\\x7F"},
    {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
    {"\xE2\x82\xAC \xF0\x9F\x90\x8B", "\xE2\x82\xAC \xF0\x9F\x90\x8B"},
    {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},                 /* the last code point */
    {"\xC2\xA0", "\xC2\xA0"},                                 /* the first code point after the C1 controls */
    {"\xC2\x80\xC2\x9B\xC2\x9F", "\\u0080\\u009B\\u009F"},    /* C1 controls */
    {"a\xC2\xADz", "a\\u00ADz"},                              /* soft hyphen */
    {"\xD8\x9C", "\\u061C"},                                  /* Arabic letter mark */
    {"\xE2\x80\x8B", "\\u200B"},                              /* zero width space */
    {"\xE2\x80\x8C\xE2\x80\x8D", "\xE2\x80\x8C\xE2\x80\x8D"}, /* joiners */
    {"\xE2\x80\x8E\xE2\x80\x8F", "\\u200E\\u200F"},           /* marks of direction */
    {"\xE2\x80\xA8\xE2\x80\xA9", "\\u2028\\u2029"},           /* line and paragraph separator */
    {"\xE2\x80\xAA\xE2\x80\xAB\xE2\x80\xAC\xE2\x80\xAD\xE2\x80\xAE",
     "\\u202A\\u202B\\u202C\\u202D\\u202E"}, /* overrides */
    {"\xE2\x80\xAF", "\xE2\x80\xAF"},        /* narrow no-break space */
    {"\xE2\x81\xA6\xE2\x81\xA7\xE2\x81\xA8\xE2\x81\xA9", "\\u2066\\u2067\\u2068\\u2069"}, /* isolates */
    {"\xE2\x81\xB0", "\xE2\x81\xB0"},             /* superscript zero */
    {"\xEF\xBB\xBFx", "\\uFEFFx"},                /* byte order mark */
    {"\xEF\xBF\xBD", "\xEF\xBF\xBD"},             /* replacement character */
    {"\xF3\xA0\x81\xA1", "\\U000E0061"},          /* a tag */
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

START_TEST(printable_escapes)
{
    for (size_t i = 0; i < COUNT(escapes); i++) {
        char buffer[64], again[64];
        ck_assert_ptr_eq(text_printable(escapes[i].value, buffer, sizeof buffer), buffer);
        ck_assert_str_eq(buffer, escapes[i].shown);
        ck_assert_str_eq(text_printable(buffer, again, sizeof again), escapes[i].shown);
        ck_assert_str_eq(boxd_printable(escapes[i].value, again, sizeof again), escapes[i].shown);
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
        {"a\xE2\x80\xAE\x62\x63", 8, "a..."},
        {"a\xE2\x80\xAE", 8, "a\\u202E"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[16];
        memset(buffer, 0x55, sizeof buffer);
        text_printable(rows[i].value, buffer, rows[i].size);
        ck_assert_str_eq(buffer, rows[i].shown);
        for (size_t k = rows[i].size; k < sizeof buffer; k++)
            ck_assert_int_eq(buffer[k], 0x55);
    }
    char untouched = 'x';
    text_printable("abc", &untouched, 0);
    ck_assert_int_eq(untouched, 'x');
}
END_TEST

/* Whatever the bytes are, the result is one line of UTF-8 without a control character, in any space. */
START_TEST(printable_is_one_line_of_utf8)
{
    unsigned state = 1;
    for (int round = 0; round < 20000; round++) {
        char text[24], buffer[40];
        size_t length = 0;
        for (; length < sizeof text - 1; length++) {
            static const char likely[] = "a\n\x1B\x7F\xC2\x9B\xE2\x80\xAE\xF3\xA0\x81\xED\xBF\xFF";
            state = state * 1103515245 + 12345;
            text[length] = likely[(state >> 16) % (sizeof likely - 1)];
        }
        text[length] = '\0';
        const size_t size = 1 + (state >> 8) % sizeof buffer;
        text_printable(text, buffer, size);
        ck_assert_uint_lt(strlen(buffer), size);
        ck_assert(utf8_is_valid(buffer, strlen(buffer)));
        ck_assert_ptr_null(strpbrk(buffer, "\n\x1B\x7F"));
        ck_assert_ptr_null(strstr(buffer, "\xC2\x9B"));
        ck_assert_ptr_null(strstr(buffer, "\xE2\x80\xAE"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("printable");
    unit_add(suite, printable_escapes);
    unit_add(suite, printable_cuts_between_characters);
    unit_add(suite, printable_is_one_line_of_utf8);
    return unit_run(suite);
}
