#include "url.h"

#include "unit_test.h"

#include <string.h>

START_TEST(addresses_are_read)
{
    static const struct {
        const char *url, *target, *host;
        unsigned port;
        bool tls, explicit_port;
        const char *exchange;
    } rows[] = {
        {"https://boxd.sh:9443", "boxd.sh:9443", "boxd.sh", 9443, true, true,
         "https://app.boxd.sh/api/v1/auth/token"},
        {"http://boxd.sh:9443", "boxd.sh:9443", "boxd.sh", 9443, false, true,
         "https://app.boxd.sh/api/v1/auth/token"},
        {"boxd.sh:1", "boxd.sh:1", "boxd.sh", 1, true, true, "https://app.boxd.sh/api/v1/auth/token"},
        {"boxd.sh", "boxd.sh:9443", "boxd.sh", 9443, true, false, "https://app.boxd.sh/api/v1/auth/token"},
        {"HTTPS://Boxd.SH:65535///", "boxd.sh:65535", "boxd.sh", 65535, true, true,
         "https://app.boxd.sh/api/v1/auth/token"},
        {"Http://X/", "x:9443", "x", 9443, false, false, "https://app.x/api/v1/auth/token"},
        {"https://app.x.io", "app.x.io:9443", "app.x.io", 9443, true, false,
         "https://app.x.io/api/v1/auth/token"},
        {"http://APP.x.io:0080", "app.x.io:80", "app.x.io", 80, false, true,
         "http://app.x.io:80/api/v1/auth/token"},
        {"apple.io", "apple.io:9443", "apple.io", 9443, true, false,
         "https://app.apple.io/api/v1/auth/token"},
        {"localhost", "localhost:9443", "localhost", 9443, false, false,
         "http://localhost/api/v1/auth/token"},
        {"LocalHost:50051", "localhost:50051", "localhost", 50051, false, true,
         "http://localhost:50051/api/v1/auth/token"},
        {"https://localhost:1/", "localhost:1", "localhost", 1, true, true,
         "https://localhost:1/api/v1/auth/token"},
        {"localhost.evil.com:1", "localhost.evil.com:1", "localhost.evil.com", 1, true, true,
         "https://app.localhost.evil.com/api/v1/auth/token"},
        {"127.0.0.1:5", "127.0.0.1:5", "127.0.0.1", 5, false, true, "http://127.0.0.1:5/api/v1/auth/token"},
        {"127.9.8.7", "127.9.8.7:9443", "127.9.8.7", 9443, false, false,
         "http://127.9.8.7/api/v1/auth/token"},
        {"127.1:5", "127.1:5", "127.1", 5, false, true, "http://127.1:5/api/v1/auth/token"},
        {"127.evil.com:5", "127.evil.com:5", "127.evil.com", 5, true, true,
         "https://app.127.evil.com/api/v1/auth/token"},
        {"1270.0.0.1:5", "1270.0.0.1:5", "1270.0.0.1", 5, true, true,
         "https://1270.0.0.1:5/api/v1/auth/token"},
        {"https://127.0.0.1:5", "127.0.0.1:5", "127.0.0.1", 5, true, true,
         "https://127.0.0.1:5/api/v1/auth/token"},
        {"10.0.0.1:5", "10.0.0.1:5", "10.0.0.1", 5, true, true, "https://10.0.0.1:5/api/v1/auth/token"},
        {"http://10.0.0.1", "10.0.0.1:9443", "10.0.0.1", 9443, false, false,
         "http://10.0.0.1/api/v1/auth/token"},
        {"[::1]:5", "[::1]:5", "::1", 5, true, true, "https://[::1]:5/api/v1/auth/token"},
        {"http://[2001:DB8::1]", "[2001:db8::1]:9443", "2001:db8::1", 9443, false, false,
         "http://[2001:db8::1]/api/v1/auth/token"},
        {"[::ffff:127.0.0.1]:5/", "[::ffff:127.0.0.1]:5", "::ffff:127.0.0.1", 5, true, true,
         "https://[::ffff:127.0.0.1]:5/api/v1/auth/token"},
        {"my_host-1.svc.cluster.local.:5", "my_host-1.svc.cluster.local.:5", "my_host-1.svc.cluster.local.",
         5, true, true, "https://app.my_host-1.svc.cluster.local./api/v1/auth/token"},
        {"http:8080", "http:8080", "http", 8080, true, true, "https://app.http/api/v1/auth/token"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        api_address address;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(url_parse_api(rows[i].url, &address, &error) == BOXD_OK, "%s: %s", rows[i].url,
                      error.message);
        ck_assert_str_eq(address.target, rows[i].target);
        ck_assert_str_eq(address.host, rows[i].host);
        ck_assert_uint_eq(address.port, rows[i].port);
        ck_assert_msg(address.tls == rows[i].tls, "%s", rows[i].url);
        ck_assert_msg(address.explicit_port == rows[i].explicit_port, "%s", rows[i].url);
        char *exchange = url_derive_exchange(&address);
        ck_assert_str_eq(exchange, rows[i].exchange);
        ck_assert_int_eq(url_check_http(exchange, "derived", NULL), BOXD_OK);
        mem_free(exchange);
        url_free_api(&address);
        ck_assert_ptr_null(address.target);
        ck_assert_ptr_null(address.host);
    }
}
END_TEST

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HOST253                                                                                              \
    LABEL63 "." LABEL63 "." LABEL63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Wrong for the API and, where `http` says so, for the exchange too. */
static const struct {
    const char *url, *problem;
    bool http;
} bad_urls[] = {
    {NULL, "no host", false},
    {"", "no host", false},
    {"https://", "no host", true},
    {"http:///x", "no host", true},
    {"https://:9443", "no host", true},
    {":9443", "no host", false},
    {"https://boxd.sh/api", "more than a host", false},
    {"boxd.sh/api", "more than a host", false},
    {"https://boxd.sh//x", "more than a host", false},
    {"https://boxd.sh?x=1", "more than a host", false},
    {"https://boxd.sh/#x", "more than a host", false},
    {"unix:/run/x", "port", false},
    {"ftp://boxd.sh", "another scheme", true},
    {"httpss://boxd.sh", "another scheme", true},
    {"://boxd.sh", "another scheme", true},
    {"dns:///boxd.sh", "another scheme", true},
    {"https://boxd.sh:", "port", true},
    {"https://boxd.sh:0", "port", true},
    {"https://boxd.sh:00000", "port", true},
    {"https://boxd.sh:65536", "port", true},
    {"https://boxd.sh:99999999999999999999", "port", true},
    {"https://boxd.sh:-1", "port", true},
    {"https://boxd.sh:+1", "port", true},
    {"https://boxd.sh:80x", "port", true},
    {"https://boxd.sh:\xD9\xA1", "port", true},
    {" https://boxd.sh", "white space", true},
    {"https://boxd.sh ", "white space", true},
    {"https://boxd.sh\n", "white space", true},
    {"https://bo\txd.sh", "white space", true},
    {"https://bo\x7Fxd.sh", "control character", true},
    {"https://bo\x01xd.sh", "control character", true},
    {"https://b\xC3\xB6xd.sh", "other characters", true},
    {"https://bo*xd.sh", "other characters", true},
    {"https://bo%78d.sh", "other characters", true},
    {"https://.boxd.sh", "empty part", true},
    {"https://boxd..sh", "empty part", true},
    {"https://.", "empty part", true},
    {"https://" HOST253 "a", "253", true},
    {"::1", "colon", false},
    {"fe80::1", "colon", false},
    {"https://fe80::1:9443", "colon", true},
    {"https://a:b:c", "colon", true},
    {"[::1", "malformed IPv6", false},
    {"https://[]:1", "malformed IPv6", true},
    {"https://[boxd.sh]:1", "malformed IPv6", true},
    {"https://[::1::2]:1", "malformed IPv6", true},
    {"https://[fe80::1%25eth0]:1", "malformed IPv6", true},
    {"https://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", "malformed IPv6", true},
    {"https://[::1]9443", "something else", true},
    {"https://[::1]]", "something else", true},
    {"https://[::1]:", "port", true},
};

START_TEST(bad_urls_are_refused)
{
    for (size_t i = 0; i < COUNT(bad_urls); i++) {
        api_address address;
        memset(&address, 0x55, sizeof address);
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(url_parse_api(bad_urls[i].url, &address, &error) == BOXD_ERR_INVALID_ARGUMENT, "\"%s\"",
                      bad_urls[i].url);
        ck_assert_int_eq(error.status, BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, bad_urls[i].problem), "\"%s\": %s", bad_urls[i].url,
                      error.message);
        ck_assert_ptr_nonnull(strstr(error.message, "https://host:port"));
        ck_assert_ptr_null(address.target);
        ck_assert_ptr_null(address.host);
        ck_assert_int_eq(url_parse_api(bad_urls[i].url, &address, NULL), BOXD_ERR_INVALID_ARGUMENT);
        url_free_api(&address);
    }
}
END_TEST

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
    static const struct {
        const char *url, *shown;
    } rows[] = {
        {"https://user:hunter2@boxd.sh:9443", "\"https://...@boxd.sh:9443\""},
        {"user:hunter2@boxd.sh", "\"...@boxd.sh\""},
        {"hunter2@boxd.sh", "\"...@boxd.sh\""},
        {"https://user:hunter2/x@boxd.sh", "\"https://...@boxd.sh\""},
        {"https://user:hunter2#x@boxd.sh", "\"https://...@boxd.sh\""},
        {"https://user:hunter2?x@boxd.sh", "\"https://...@boxd.sh\""},
        {"https://user:hunter2@x@boxd.sh", "\"https://...@boxd.sh\""},
        {"user:hunter2://x@boxd.sh", "\"...@boxd.sh\""},
        {"hunter2://x@boxd.sh", "\"...@boxd.sh\""},
        {"https://user:hunter2 @boxd.sh", "\"https://...@boxd.sh\""},
        {"ftp://user:hunter2@boxd.sh", "\"...@boxd.sh\""},
        {"https://boxd.sh:x/?key=hunter2", "\"https://boxd.sh:x/?...\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        api_address address;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq(url_parse_api(rows[i].url, &address, &error), BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, rows[i].shown), "%s", error.message);
        ck_assert_ptr_null(strstr(error.message, "hunter2"));
        ck_assert_int_eq(url_check_http(rows[i].url, "x", &error), BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_ptr_null(strstr(error.message, "hunter2"));
    }
}
END_TEST

START_TEST(long_urls_are_cut)
{
    char url[5000];
    memset(url, '*', sizeof url);
    url[sizeof url - 1] = '\0';
    api_address address;
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(url_parse_api(url, &address, &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "***...\""));
    ck_assert_ptr_nonnull(strstr(error.message, "host:port"));
}
END_TEST

static boxd_status parse_and_free(const void *context, boxd_error *error)
{
    api_address address;
    boxd_status status = url_parse_api(context, &address, error);
    if (status != BOXD_OK) {
        ck_assert_ptr_null(address.target);
        ck_assert_ptr_null(address.host);
    }
    url_free_api(&address);
    return status;
}

START_TEST(out_of_memory)
{
    ck_assert_int_eq(unit_walk_allocations(parse_and_free, "https://boxd.sh"), 2);
    ck_assert_int_eq(unit_walk_allocations(parse_and_free, "[::1]:5"), 2);
    api_address address;
    ck_assert_int_eq(url_parse_api("boxd.sh", &address, NULL), BOXD_OK);
    mem_fail_after(0);
    ck_assert_ptr_null(url_derive_exchange(&address));
    mem_fail_after(-1);
    url_free_api(&address);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("url");
    unit_add(suite, addresses_are_read);
    unit_add(suite, bad_urls_are_refused);
    unit_add(suite, http_urls);
    unit_add(suite, secrets_are_not_shown);
    unit_add(suite, long_urls_are_cut);
    unit_add(suite, out_of_memory);
    return unit_run(suite);
}
