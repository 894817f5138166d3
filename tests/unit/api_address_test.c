/* How the API URL is read: target, host, port, TLS, and the derived exchange URL. */
#include "boxd/client/api_address.h"

#include "bad_urls.h"
#include "unit_test.h"
#include "url.h"

#include <string.h>

static const struct {
    const char *url, *target, *host;
    unsigned port;
    bool tls, explicit_port;
    const char *exchange;
} addresses[] = {
    {"https://boxd.sh:9443", "boxd.sh:9443", "boxd.sh", 9443, true, true,
     "https://app.boxd.sh/api/v1/auth/token"},
    {"http://boxd.sh:9443", "boxd.sh:9443", "boxd.sh", 9443, false, true,
     "https://app.boxd.sh/api/v1/auth/token"},
    {"boxd.sh:1", "boxd.sh:1", "boxd.sh", 1, true, true, "https://app.boxd.sh/api/v1/auth/token"},
    {"boxd.sh", "boxd.sh:443", "boxd.sh", 443, true, false, "https://app.boxd.sh/api/v1/auth/token"},
    {"HTTPS://Boxd.SH:65535///", "boxd.sh:65535", "boxd.sh", 65535, true, true,
     "https://app.boxd.sh/api/v1/auth/token"},
    {"Http://X/", "x:80", "x", 80, false, false, "https://app.x/api/v1/auth/token"},
    {"https://app.x.io", "app.x.io:443", "app.x.io", 443, true, false, "https://app.x.io/api/v1/auth/token"},
    {"http://APP.x.io:0080", "app.x.io:80", "app.x.io", 80, false, true,
     "http://app.x.io:80/api/v1/auth/token"},
    {"apple.io", "apple.io:443", "apple.io", 443, true, false, "https://app.apple.io/api/v1/auth/token"},
    {"localhost", "localhost:80", "localhost", 80, false, false, "http://localhost/api/v1/auth/token"},
    {"LocalHost:50051", "localhost:50051", "localhost", 50051, false, true,
     "http://localhost:50051/api/v1/auth/token"},
    {"https://localhost:1/", "localhost:1", "localhost", 1, true, true,
     "https://localhost:1/api/v1/auth/token"},
    {"localhost.evil.com:1", "localhost.evil.com:1", "localhost.evil.com", 1, true, true,
     "https://app.localhost.evil.com/api/v1/auth/token"},
    {"127.0.0.1:5", "127.0.0.1:5", "127.0.0.1", 5, false, true, "http://127.0.0.1:5/api/v1/auth/token"},
    {"127.9.8.7", "127.9.8.7:80", "127.9.8.7", 80, false, false, "http://127.9.8.7/api/v1/auth/token"},
    {"127.1:5", "127.1:5", "127.1", 5, false, true, "http://127.1:5/api/v1/auth/token"},
    {"127.evil.com:5", "127.evil.com:5", "127.evil.com", 5, true, true,
     "https://app.127.evil.com/api/v1/auth/token"},
    {"0x7f.1:5", "0x7f.1:5", "0x7f.1", 5, false, true, "http://0x7f.1:5/api/v1/auth/token"},
    {"0.0.0.0:5", "0.0.0.0:5", "0.0.0.0", 5, false, true, "http://0.0.0.0:5/api/v1/auth/token"},
    {"128.0.0.1:5", "128.0.0.1:5", "128.0.0.1", 5, true, true, "https://128.0.0.1:5/api/v1/auth/token"},
    {"x.localhost:5", "x.localhost:5", "x.localhost", 5, false, true,
     "http://x.localhost:5/api/v1/auth/token"},
    {"1270.0.0.1:5", "1270.0.0.1:5", "1270.0.0.1", 5, true, true, "https://app.1270.0.0.1/api/v1/auth/token"},
    {"https://127.0.0.1:5", "127.0.0.1:5", "127.0.0.1", 5, true, true,
     "https://127.0.0.1:5/api/v1/auth/token"},
    {"10.0.0.1:5", "10.0.0.1:5", "10.0.0.1", 5, true, true, "https://10.0.0.1:5/api/v1/auth/token"},
    {"http://10.0.0.1", "10.0.0.1:80", "10.0.0.1", 80, false, false, "http://10.0.0.1/api/v1/auth/token"},
    {"[::1]:5", "[::1]:5", "::1", 5, false, true, "http://[::1]:5/api/v1/auth/token"},
    {"http://[2001:DB8::1]", "[2001:db8::1]:80", "2001:db8::1", 80, false, false,
     "http://[2001:db8::1]/api/v1/auth/token"},
    {"[::ffff:127.0.0.1]:5/", "[::ffff:127.0.0.1]:5", "::ffff:127.0.0.1", 5, false, true,
     "http://[::ffff:127.0.0.1]:5/api/v1/auth/token"},
    {"my_host-1.svc.cluster.local.:5", "my_host-1.svc.cluster.local.:5", "my_host-1.svc.cluster.local.", 5,
     true, true, "https://app.my_host-1.svc.cluster.local./api/v1/auth/token"},
    {"http:8080", "http:8080", "http", 8080, true, true, "https://app.http/api/v1/auth/token"},
};

START_TEST(addresses_are_read)
{
    for (size_t i = 0; i < COUNT(addresses); i++) {
        api_address address;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(api_address_parse(addresses[i].url, &address, &error) == BOXD_OK, "%s: %s",
                      addresses[i].url, error.message);
        ck_assert_str_eq(address.target, addresses[i].target);
        ck_assert_str_eq(address.host, addresses[i].host);
        ck_assert_uint_eq(address.port, addresses[i].port);
        ck_assert_msg(address.tls == addresses[i].tls, "%s", addresses[i].url);
        ck_assert_msg(address.explicit_port == addresses[i].explicit_port, "%s", addresses[i].url);
        char *exchange = api_address_exchange_url(&address);
        ck_assert_str_eq(exchange, addresses[i].exchange);
        ck_assert_int_eq(url_check_http(exchange, "derived", NULL), BOXD_OK);
        mem_free(exchange);
        api_address_free(&address);
        ck_assert_ptr_null(address.target);
        ck_assert_ptr_null(address.host);
    }
}
END_TEST

START_TEST(bad_urls_are_refused)
{
    for (size_t i = 0; i < COUNT(bad_urls); i++) {
        api_address address;
        memset(&address, 0x55, sizeof address);
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(api_address_parse(bad_urls[i].url, &address, &error) == BOXD_ERR_INVALID_ARGUMENT,
                      "\"%s\"", bad_urls[i].url);
        ck_assert_int_eq(error.status, BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, bad_urls[i].problem), "\"%s\": %s", bad_urls[i].url,
                      error.message);
        ck_assert_ptr_nonnull(strstr(error.message, "https://host:port"));
        ck_assert_ptr_null(address.target);
        ck_assert_ptr_null(address.host);
        ck_assert_int_eq(api_address_parse(bad_urls[i].url, &address, NULL), BOXD_ERR_INVALID_ARGUMENT);
        api_address_free(&address);
    }
}
END_TEST

START_TEST(secrets_are_not_shown)
{
    for (size_t i = 0; i < COUNT(secret_urls); i++) {
        api_address address;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq(api_address_parse(secret_urls[i].url, &address, &error), BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, secret_urls[i].shown), "%s", error.message);
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
    ck_assert_int_eq(api_address_parse(url, &address, &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "***...\""));
    ck_assert_ptr_nonnull(strstr(error.message, "host:port"));
}
END_TEST

static boxd_status parse_and_free(const void *context, boxd_error *error)
{
    api_address address;
    boxd_status status = api_address_parse(context, &address, error);
    if (status != BOXD_OK) {
        ck_assert_ptr_null(address.target);
        ck_assert_ptr_null(address.host);
    }
    api_address_free(&address);
    return status;
}

START_TEST(out_of_memory)
{
    ck_assert_int_eq(unit_walk_allocations(parse_and_free, "https://boxd.sh"), 2);
    ck_assert_int_eq(unit_walk_allocations(parse_and_free, "[::1]:5"), 2);
    api_address address;
    ck_assert_int_eq(api_address_parse("boxd.sh", &address, NULL), BOXD_OK);
    mem_fail_after(0);
    ck_assert_ptr_null(api_address_exchange_url(&address));
    mem_fail_after(-1);
    api_address_free(&address);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("api_address");
    unit_add(suite, addresses_are_read);
    unit_add(suite, bad_urls_are_refused);
    unit_add(suite, secrets_are_not_shown);
    unit_add(suite, long_urls_are_cut);
    unit_add(suite, out_of_memory);
    return unit_run(suite);
}
