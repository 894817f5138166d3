/* base64url decoding. */
#include "boxd/service/base64url.h"

#include "unit_test.h"

#include <string.h>

START_TEST(decodes)
{
    static const struct {
        const char *text, *bytes;
    } rows[] = {
        {"", ""},
        {"Zg", "f"},
        {"Zm8", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg", "foob"},
        {"_-8", "\xFF\xEF"},
        {"eyJqdGkiOiJ4In0", "{\"jti\":\"x\"}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[64];
        size_t length = 99;
        ck_assert(base64url_decode(rows[i].text, strlen(rows[i].text), out, &length));
        ck_assert_uint_eq(length, strlen(rows[i].bytes));
        ck_assert_mem_eq(out, rows[i].bytes, length);
    }
}
END_TEST

START_TEST(refuses)
{
    static const char *const rows[] = {"Zm9v=", "+A", "/A", "Z g", "Z\ng", "\xC3\xA4"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[64];
        size_t length;
        ck_assert_msg(!base64url_decode(rows[i], strlen(rows[i]), out, &length), "%s", rows[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base64url");
    unit_add(suite, decodes);
    unit_add(suite, refuses);
    return unit_run(suite);
}
