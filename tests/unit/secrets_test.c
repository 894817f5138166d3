/* Secrets are covered in text from outside, in the forms in which services repeat them. */
#include "secrets.h"

#include "unit_test.h"

#include <stdio.h>
#include <string.h>

#define TOKEN "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
#define PROXY "user:p@ss/w0rd?!"
#define SPECIAL "tab\tquote\"slash\\line\nend"

static const struct {
    const char *secret, *text, *shown;
} rows[] = {
    {"s3cr3t", "no secret here", "no secret here"},
    {"s3cr3t", "s3cr3t", "******"},
    {"s3cr3t", "xs3cr3ts3cr3tx", "x************x"},
    {"s3cr3t", "s3cr3", "s3cr3"}, /* of a short secret the whole only */
    {"abc", "abc", "abc"},        /* too short to be a secret */
    {"", "text", "text"},
    {NULL, "text", "text"},
    {"0123456789", "01234567", "********"},     /* its beginning */
    {"0123456789", "23456789", "********"},     /* its end */
    {"0123456789", "x12345678y", "x********y"}, /* a part of it */
    {"0123456789", "0123456", "0123456"},       /* 7 bytes */
    {"0123456789", "01234567 23456789", "******** ********"},
    {"s3cr3t-0123456789", "bad token: s3cr3t-0123456789!", "bad token: *****************!"},
    {SPECIAL, "tab\\tquote\\\"slash\\\\line\\nend", "****************************"}, /* JSON */
    {"bell\a-bell\a", "bell\\u0007-bell\\u0007", "*********************"},           /* JSON */
    {PROXY, "http://user%3Ap%40ss%2Fw0rd%3F%21@proxy", "http://**************************@proxy"},
    {PROXY, "Basic dXNlcjpwQHNzL3cwcmQ/IQ==", "Basic *********************Q=="}, /* Base64 */
    {PROXY, "Basic eHVzZXI6cEBzcy93MHJkPyE=", "Basic eH********************E="}, /* behind one byte */
    {PROXY, "Basic eHh1c2VyOnBAc3MvdzByZD8h", "Basic eHh*********************"}, /* behind two */
    {PROXY, "dXNlcjpwQHNzL3cwcmQ_IQ", "*********************Q"},                 /* the alphabet of URLs */
};

START_TEST(covered)
{
    char text[128];
    (void)snprintf(text, sizeof text, "%s", rows[_i].text);
    secret_cover(text, rows[_i].secret);
    ck_assert_str_eq(text, rows[_i].shown);
}
END_TEST

/* Wherever the server, or the library, cuts the text: no 8 bytes of the token stay. */
START_TEST(cut_anywhere)
{
    static const char whole[] = "the token " TOKEN " is not valid";
    for (size_t from = 0; from < strlen(whole); from++)
        for (size_t size = 1; size <= strlen(whole) - from; size++) {
            char text[sizeof whole];
            (void)snprintf(text, sizeof text, "%.*s", (int)size, whole + from);
            secret_cover(text, TOKEN);
            for (size_t i = 0; i + 8 <= strlen(TOKEN); i++) {
                char part[9];
                (void)snprintf(part, sizeof part, "%.8s", &TOKEN[i]);
                ck_assert_msg(!strstr(text, part), "%s", text);
            }
        }
}
END_TEST

START_TEST(long_text)
{
    char text[3 * SECRET_TEXT_MAX];
    memset(text, 'x', sizeof text);
    memcpy(text + SECRET_TEXT_MAX - 10, TOKEN, strlen(TOKEN));
    text[sizeof text - 1] = '\0';
    secret_cover(text, TOKEN);
    ck_assert_uint_eq(strlen(text), SECRET_TEXT_MAX - 1);
    ck_assert_str_eq(text + SECRET_TEXT_MAX - 11, "x*********");
    secret_cover(NULL, TOKEN);
}
END_TEST

START_TEST(out_of_memory_shows_nothing)
{
    for (int allowed = 0; allowed < 5; allowed++) {
        char text[] = "the token 0123456789";
        mem_fail_after(allowed);
        secret_cover(text, "0123456789");
        mem_fail_after(-1);
        ck_assert_str_eq(text, "");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secrets");
    TCase *forms = tcase_create("covered");
    tcase_add_loop_test(forms, covered, 0, (int)COUNT(rows));
    suite_add_tcase(suite, forms);
    unit_add(suite, cut_anywhere);
    unit_add(suite, long_text);
    unit_add(suite, out_of_memory_shows_nothing);
    return unit_run(suite);
}
