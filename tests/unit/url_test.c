/* URLs, read and refused. */
#include "url.h"

#include "bad_urls.h"
#include "unit_test.h"

#include <string.h>

START_TEST(http_urls)
{
    static const char *const good[] = {
        "https://app.boxd.sh/api/v1/auth/token",
        "http://localhost:8080/x",
        "HTTPS://X",
        "http://x?a=b@c",
        "https://x/a@b#f",
        "https://[::1]:1/x",
        "https://" HOST253,
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(url_check_http(good[i], "exchange_url", &error) == BOXD_OK, "%s", error.message);
    }
    for (size_t i = 0; i < COUNT(bad_urls); i++) {
        if (!bad_urls[i].http)
            continue;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(url_check_http(bad_urls[i].url, "exchange_url", &error) == BOXD_ERR_INVALID_ARGUMENT,
                      "\"%s\"", bad_urls[i].url);
        ck_assert_msg(strstr(error.message, bad_urls[i].problem), "%s", error.message);
        ck_assert_int_eq(strncmp(error.message, "exchange_url \"", 14), 0);
    }
    static const char *const no_scheme[] = {"boxd.sh/x", "localhost:1"};
    for (size_t i = 0; i < COUNT(no_scheme); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq(url_check_http(no_scheme[i], "x", &error), BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(error.message, "no scheme"));
    }
    ck_assert_int_eq(url_check_http(NULL, "x", NULL), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq(url_check_http("", "x", NULL), BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(secrets_are_not_shown)
{
    for (size_t i = 0; i < COUNT(secret_urls); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq(url_check_http(secret_urls[i].url, "x", &error), BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, secret_urls[i].shown), "%s", error.message);
        ck_assert_ptr_null(strstr(error.message, "hunter2"));
    }
}
END_TEST

START_TEST(bases_take_no_query_or_fragment)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(url_check_base("https://x/a", "base_url", &error), BOXD_OK);
    ck_assert_int_eq(url_check_base("https://x/a?b", "base_url", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "base_url \"https://x/a?...\" has a query or a fragment"));
    ck_assert_int_eq(url_check_base("https://x/#b", "base_url", NULL), BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(urls_are_split)
{
    url_parts parts;
    ck_assert_ptr_null(url_split("http://[::1]:80/x?y", &parts));
    ck_assert_int_eq((int)parts.scheme, (int)URL_SCHEME_HTTP);
    ck_assert(parts.bracketed);
    ck_assert_uint_eq(parts.host_size, 3);
    ck_assert_int_eq(strncmp(parts.host, "::1", 3), 0);
    ck_assert_uint_eq(parts.port, 80);
    ck_assert_str_eq(parts.rest, "/x?y");
    ck_assert_ptr_null(url_split("boxd.sh", &parts));
    ck_assert_int_eq((int)parts.scheme, (int)URL_SCHEME_NONE);
    ck_assert_uint_eq(parts.port, 0);
    ck_assert_str_eq(parts.rest, "");
}
END_TEST

/* Whether credentials in a request to the URL can be read on a network. */
START_TEST(exposed_urls)
{
    static const char *const exposed[] = {
        "http://boxd.sh",     "HTTP://boxd.sh:9443/x", "http://10.0.0.1",
        "http://127.boxd.sh", "http://[fe80::1]:1",    "http://localhost.boxd.sh",
        "http://mylocalhost", "http://128.0.0.1",      "http://[::ffff:10.0.0.1]"};
    static const char *const safe[] = {"https://boxd.sh",
                                       "http://localhost",
                                       "http://LocalHost:1/x",
                                       "http://box.localhost",
                                       "http://127.0.0.1:8080",
                                       "http://127.255.0.3",
                                       "http://127.1",
                                       "http://[::1]:80/",
                                       "http://[::ffff:127.0.0.1]",
                                       "boxd.sh",
                                       "http://not a url",
                                       "http://0.0.0.0"};
    for (size_t i = 0; i < COUNT(exposed); i++)
        ck_assert_msg(url_is_exposed(exposed[i]), "%s", exposed[i]);
    for (size_t i = 0; i < COUNT(safe); i++)
        ck_assert_msg(!url_is_exposed(safe[i]), "%s", safe[i]);
}
END_TEST

START_TEST(numeric_hosts)
{
    static const char *const numeric[] = {"http://127.0.0.1", "https://[fe80::1]:1/x", "10.1:80"};
    static const char *const names[] = {"http://boxd.sh", "localhost", "http://127.boxd.sh",
                                        "http://not a url"};
    for (size_t i = 0; i < COUNT(numeric); i++)
        ck_assert_msg(url_has_numeric_host(numeric[i]), "%s", numeric[i]);
    for (size_t i = 0; i < COUNT(names); i++)
        ck_assert_msg(!url_has_numeric_host(names[i]), "%s", names[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("url");
    unit_add(suite, http_urls);
    unit_add(suite, secrets_are_not_shown);
    unit_add(suite, bases_take_no_query_or_fragment);
    unit_add(suite, urls_are_split);
    unit_add(suite, exposed_urls);
    unit_add(suite, numeric_hosts);
    return unit_run(suite);
}
