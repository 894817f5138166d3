/* The proxy of a connection, by the option and the environment. */
#include "forward_proxy.h"

#include "fake_environment.h"
#include "host_address.h"
#include "no_proxy.h"
#include "unit_test.h"

#include <stdio.h>
#include <string.h>

enum { VARIABLES_MAX = 5 };

/* ---- hosts ---- */

static const struct {
    const char *list, *host;
    bool has;
} lists[] = {
    {"*", "a.example", true},
    {"*", "192.0.2.1", true},
    {"b.example,*", "a.example", true},
    {"", "a.example", false},
    {" , ,", "a.example", false},
    {"a.example", "a.example", true},
    {"a.example", "A.EXAMPLE", true},
    {"A.Example", "a.example", true},
    {"a.example", "a.example.", true},
    {"a.example.", "a.example", true},
    {"a.example", "x.a.example", true},
    {".a.example", "x.a.example", true},
    {".a.example", "a.example", true},
    {"a.example", "xa.example", false},
    {"a.example", "example", false},
    {"a.example", "a.example.org", false},
    {"example", "a.example", true},
    {".", "a.example", false},
    {"b.example,a.example", "a.example", true},
    {"b.example, a.example", "a.example", true},
    {"b.example a.example\tc.example", "a.example", true},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.10", false},
    {"2.1", "192.0.2.1", false},
    {".1", "192.0.2.1", false},
    {"192.0.2.0/24", "192.0.2.200", true},
    {"192.0.2.0/24", "192.0.3.1", false},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.128/25", "192.0.2.129", true},
    {"192.0.2.1/32", "192.0.2.1", true},
    {"192.0.2.1/33", "192.0.2.1", false},
    {"192.0.2.1/", "192.0.2.1", false},
    {"0.0.0.0/0", "198.51.100.7", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"192.0.2.0/x", "192.0.2.1", false},
    {"192.0.2.0/24", "a.example", false},
    {"2001:db8::1", "2001:db8::1", true},
    {"2001:DB8:0::1", "2001:db8::1", true},
    {"[2001:db8::1]", "2001:db8::1", true},
    {"2001:db8::/32", "2001:db8:7::9", true},
    {"[2001:db8::]/32", "2001:db8:7::9", true},
    {"2001:db8::/32", "2001:db9::1", false},
    {"192.0.2.0/24", "::ffff:192.0.2.7", true},
};

START_TEST(lists_of_hosts)
{
    for (size_t i = 0; i < COUNT(lists); i++)
        ck_assert_msg(no_proxy_has(lists[i].list, lists[i].host) == lists[i].has, "%zu: \"%s\" and %s", i,
                      lists[i].list, lists[i].host);
    char longer[600];
    memset(longer, 'a', sizeof longer);
    memcpy(longer + sizeof longer - 4, ",b.", 4);
    ck_assert(no_proxy_has(longer, "b") && !no_proxy_has(longer, "a"));
}
END_TEST

START_TEST(local_hosts)
{
    static const char *const local[] = {
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1",        "127.255.0.9",
        "127.1",     "0x7f.1",    "2130706433", "::1",         "::ffff:127.0.0.1", "169.254.169.254",
        "fe80::1",   "febf::9",   "0.0.0.0",    "::"};
    static const char *const remote[] = {
        "localhost.example", "mylocalhost", "128.0.0.1", "169.253.0.1", "fec0::1", "::2", "127.example",
        "10.0.0.1",          "a.example",   ""};
    for (size_t i = 0; i < COUNT(local); i++)
        ck_assert_msg(host_is_local(local[i]), "%s", local[i]);
    for (size_t i = 0; i < COUNT(remote); i++)
        ck_assert_msg(!host_is_local(remote[i]), "%s", remote[i]);
    ck_assert(host_is_same("10.0.0.1", "10.0.0.1") && !host_is_same("10.0.0.1", "10.0.0.2"));
    ck_assert(host_is_same("A.example", "a.EXAMPLE.") && !host_is_same("a.example", "10.0.0.1"));
    ck_assert(host_is_same("2001:db8::1", "2001:DB8:0::1"));
}
END_TEST

/* ---- the choice ---- */

static const struct {
    const char *option;
    const char *env[VARIABLES_MAX];
    bool tls;
    const char *host;
    /* NULL: no proxy. */
    const char *url;
    const char *user, *password, *source;
} choices[] = {
    {NULL, {NULL}, true, "a.example", NULL, NULL, NULL, NULL},
    /* which variable */
    {NULL, {"https_proxy=http://p:1"}, true, "a.example", "http://p:1", NULL, NULL, "https_proxy"},
    {NULL, {"HTTPS_PROXY=http://p:1"}, true, "a.example", "http://p:1", NULL, NULL, "HTTPS_PROXY"},
    {NULL,
     {"HTTPS_PROXY=http://P:1", "https_proxy=http://p:2"},
     true,
     "a.example",
     "http://p:2",
     NULL,
     NULL,
     "https_proxy"},
    {NULL,
     {"HTTPS_PROXY=http://p:1", "https_proxy="},
     true,
     "a.example",
     "http://p:1",
     NULL,
     NULL,
     "HTTPS_PROXY"},
    {NULL, {"https_proxy=http://p:1"}, false, "a.example", NULL, NULL, NULL, NULL},
    {NULL, {"http_proxy=http://p:1"}, true, "a.example", NULL, NULL, NULL, NULL},
    {NULL, {"http_proxy=http://p:1"}, false, "a.example", "http://p:1", NULL, NULL, "http_proxy"},
    {NULL, {"HTTP_PROXY=http://p:1"}, false, "a.example", NULL, NULL, NULL, NULL},
    {NULL, {"all_proxy=http://p:1"}, true, "a.example", "http://p:1", NULL, NULL, "all_proxy"},
    {NULL, {"ALL_PROXY=http://p:1"}, false, "a.example", "http://p:1", NULL, NULL, "ALL_PROXY"},
    {NULL,
     {"ALL_PROXY=http://p:1", "https_proxy=http://p:2"},
     true,
     "a.example",
     "http://p:2",
     NULL,
     NULL,
     "https_proxy"},
    {NULL, {"grpc_proxy=http://p:1"}, true, "a.example", NULL, NULL, NULL, NULL},
    /* no_proxy */
    {NULL, {"https_proxy=http://p:1", "no_proxy=a.example"}, true, "a.example", NULL, NULL, NULL, NULL},
    {NULL, {"https_proxy=http://p:1", "NO_PROXY=example"}, true, "a.example", NULL, NULL, NULL, NULL},
    {NULL, {"ALL_PROXY=http://p:1", "NO_PROXY=*"}, true, "a.example", NULL, NULL, NULL, NULL},
    {NULL,
     {"https_proxy=http://p:1", "NO_PROXY=*", "no_proxy=b"},
     true,
     "a.example",
     "http://p:1",
     NULL,
     NULL,
     "https_proxy"},
    {NULL,
     {"https_proxy=http://p:1", "no_grpc_proxy=*"},
     true,
     "a.example",
     "http://p:1",
     NULL,
     NULL,
     "https_proxy"},
    /* local hosts */
    {NULL, {"http_proxy=http://p:1"}, false, "127.0.0.1", NULL, NULL, NULL, NULL},
    {NULL, {"ALL_PROXY=http://p:1"}, true, "localhost", NULL, NULL, NULL, NULL},
    {"http://p:1", {NULL}, true, "127.0.0.1", NULL, NULL, NULL, NULL},
    {"http://p:1", {NULL}, true, "fe80::1", NULL, NULL, NULL, NULL},
    {"http://p:1", {NULL}, false, "10.0.0.9", NULL, NULL, NULL, NULL}, /* server.direct */
    /* the option */
    {"http://p:1", {NULL}, true, "a.example", "http://p:1", NULL, NULL, "the option proxy"},
    {"http://p:1",
     {"https_proxy=http://q:1", "no_proxy=*"},
     true,
     "a.example",
     "http://p:1",
     NULL,
     NULL,
     "the option proxy"},
    {"", {"https_proxy=http://q:1"}, true, "a.example", NULL, NULL, NULL, NULL},
    /* forms of URLs */
    {"p", {NULL}, true, "a.example", "http://p:1080", NULL, NULL, "the option proxy"},
    {"p:3128", {NULL}, true, "a.example", "http://p:3128", NULL, NULL, "the option proxy"},
    {"HTTP://P:3128/", {NULL}, true, "a.example", "http://P:3128", NULL, NULL, "the option proxy"},
    {"http://p:3128/path?query#x",
     {NULL},
     true,
     "a.example",
     "http://p:3128",
     NULL,
     NULL,
     "the option proxy"},
    {"https://p", {NULL}, true, "a.example", "https://p:443", NULL, NULL, "the option proxy"},
    {"socks5h://p", {NULL}, true, "a.example", "socks5h://p:1080", NULL, NULL, "the option proxy"},
    {"http://[2001:db8::1]:8",
     {NULL},
     true,
     "a.example",
     "http://[2001:db8::1]:8",
     NULL,
     NULL,
     "the option proxy"},
    {"http://127.0.0.1:8", {NULL}, true, "a.example", "http://127.0.0.1:8", NULL, NULL, "the option proxy"},
    {"http://u:w@p:1", {NULL}, true, "a.example", "http://p:1", "u", "w", "the option proxy"},
    {"u:w@p:1", {NULL}, true, "a.example", "http://p:1", "u", "w", "the option proxy"},
    {"http://u@p:1", {NULL}, true, "a.example", "http://p:1", "u", "", "the option proxy"},
    {"http://:w@p:1", {NULL}, true, "a.example", "http://p:1", "", "w", "the option proxy"},
    {"http://u%40x:%3a%2F%zz%@p:1",
     {NULL},
     true,
     "a.example",
     "http://p:1",
     "u@x",
     ":/%zz%",
     "the option proxy"},
    {"http://u:a@b:c@p:1", {NULL}, true, "a.example", "http://p:1", "u", "a@b:c", "the option proxy"},
    {"http://u:%00@p:1", {NULL}, true, "a.example", "http://p:1", "u", "%00", "the option proxy"},
};

static void expect_text(const char *got, const char *wanted, size_t i, const char *what)
{
    ck_assert_msg(!got == !wanted && (!got || strcmp(got, wanted) == 0), "%zu: %s is %s, not %s", i, what,
                  got ? got : "NULL", wanted ? wanted : "NULL");
}

static boxd_status choose(const void *row, boxd_error *error)
{
    const size_t i = *(const size_t *)row;
    const forward_proxy_server server = {choices[i].tls, choices[i].host, "10.0.0.9"};
    forward_proxy_settings settings;
    forward_proxy proxy;
    variables = choices[i].env;
    if (forward_proxy_read(&settings, choices[i].option, fake_getenv, error) != BOXD_OK)
        return error->status;
    const boxd_status status = forward_proxy_choose(&proxy, &settings, &server, error);
    forward_proxy_settings_free(&settings);
    if (status != BOXD_OK)
        return status;
    expect_text(proxy.url, choices[i].url, i, "the URL");
    expect_text(proxy.user, choices[i].user, i, "the user");
    expect_text(proxy.password, choices[i].password, i, "the password");
    expect_text(proxy.source, choices[i].source, i, "the source");
    ck_assert(!proxy.url || strcmp(proxy.address, strstr(proxy.url, "://") + 3) == 0);
    ck_assert(proxy.plain_http == (proxy.url && strncmp(proxy.url, "http://", 7) == 0));
    forward_proxy_clear(&proxy);
    return BOXD_OK;
}

/* Also with each allocation failing in turn. */
START_TEST(proxies_are_chosen)
{
    for (size_t i = 0; i < COUNT(choices); i++)
        unit_walk_allocations(choose, &i);
}
END_TEST

START_TEST(urls_that_are_refused)
{
    static const char *const none[] = {NULL};
    static const struct {
        const char *url, *problem;
    } rows[] = {
        {"ftp://p:1", "has an unknown scheme"},
        {"http://", "has no host"},
        {"http://u:secret@", "has no host"},
        {"http://p:0", "has a port"},
        {"http://p:65536", "has a port"},
        {"http://u:secret@p:x", "has a port"},
        {"http://p q:1", "white space"},
        {"http://u:secret@a..b:1", "empty part"},
        {"http://u:secret/@p:1", "has a port"},
        {"http://2001:db8::1:8", "colon"},
        {"secret@ftp://p", "has"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char variable[64];
        boxd_error error = BOXD_ERROR_INIT;
        forward_proxy_settings settings;
        forward_proxy proxy;
        variables = none;
        ck_assert_msg(forward_proxy_read(&settings, rows[i].url, fake_getenv, &error) ==
                          BOXD_ERR_INVALID_ARGUMENT,
                      "%s", rows[i].url);
        ck_assert_msg(strstr(error.message, rows[i].problem), "%s: %s", rows[i].url, error.message);
        ck_assert_int_eq(strncmp(error.message, "the option proxy \"", 18), 0);
        ck_assert_ptr_null(strstr(error.message, "secret"));
        (void)snprintf(variable, sizeof variable, "ALL_PROXY=%s", rows[i].url);
        variables = (const char *const[]){variable, NULL};
        ck_assert_int_eq((int)forward_proxy_read(&settings, NULL, fake_getenv, &error), (int)BOXD_OK);
        ck_assert_int_eq((int)forward_proxy_choose_for_url(&proxy, &settings, "https://a.example/x", &error),
                         (int)BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_int_eq(strncmp(error.message, "ALL_PROXY \"", 11), 0);
        ck_assert_ptr_null(strstr(error.message, "secret"));
        ck_assert_int_eq((int)forward_proxy_choose_for_url(&proxy, &settings, "http://127.0.0.1/x", &error),
                         (int)BOXD_OK);
        ck_assert_ptr_null(proxy.url);
        forward_proxy_settings_free(&settings);
    }
}
END_TEST

START_TEST(credentials)
{
    static const struct {
        char user[8], password[16];
        const char *encoded;
    } rows[] = {{"", "", "Og=="},
                {"u", "", "dTo="},
                {"u", "w", "dTp3"},
                {"Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char user[8], password[16];
        memcpy(user, rows[i].user, sizeof user);
        memcpy(password, rows[i].password, sizeof password);
        char *encoded = forward_proxy_credentials(&(forward_proxy){.user = user, .password = password});
        ck_assert_str_eq(encoded, rows[i].encoded);
        mem_free_secret(encoded);
    }
    mem_fail_after(0);
    ck_assert_ptr_null(
        forward_proxy_credentials(&(forward_proxy){.user = (char[]){"u"}, .password = (char[]){"w"}}));
    mem_fail_after(-1);
}
END_TEST

/* As an answer may repeat them: the header, the user info of the setting, the password. */
START_TEST(credentials_are_covered)
{
    static const struct {
        const char *sent, *shown;
    } rows[] = {{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic *************************Q=="},
                {"Aladdin:open%20sesame", "*********************"},
                {"no user Aladdin with open sesame", "no user Aladdin with ***********"},
                {"407 Proxy Authentication Required", "407 Proxy Authentication Required"}};
    const forward_proxy proxy = {.user = (char[]){"Aladdin"}, .password = (char[]){"open sesame"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s", rows[i].sent);
        forward_proxy_cover_secrets(&(forward_proxy){0}, text);
        ck_assert_str_eq(text, rows[i].sent);
        forward_proxy_cover_secrets(&proxy, text);
        ck_assert_str_eq(text, rows[i].shown);
    }
    char text[] = "anything";
    mem_fail_after(0);
    forward_proxy_cover_secrets(&proxy, text);
    mem_fail_after(-1);
    ck_assert_str_eq(text, "");
}
END_TEST

/* ---- advice ---- */

static const struct {
    const char *option;
    const char *env[VARIABLES_MAX];
    bool tls;
    const char *host;
    /* One of them. */
    const char *bypass, *reason;
} advices[] = {
    {"http://p", {NULL}, true, "a.example", "set the option proxy to \"\" for direct connections", NULL},
    {"http://p",
     {"NO_PROXY=a.example"},
     true,
     "a.example",
     "set the option proxy to \"\" for direct connections",
     NULL},
    {NULL, {"HTTPS_PROXY=p"}, true, "a.example", "add the server's host to NO_PROXY", NULL},
    {NULL, {"ALL_PROXY=p", "NO_PROXY=b"}, true, "a.example", "add the server's host to NO_PROXY", NULL},
    /* NO_PROXY is not read while no_proxy is set. */
    {NULL, {"ALL_PROXY=p", "no_proxy=b"}, true, "a.example", "add the server's host to no_proxy", NULL},
    {"", {"ALL_PROXY=p"}, true, "a.example", NULL, "the option proxy is \"\""},
    {NULL, {"ALL_PROXY=p", "NO_PROXY=*"}, true, "a.example", NULL, "NO_PROXY has the host"},
    {NULL, {"ALL_PROXY=p", "no_proxy=*"}, true, "a.example", NULL, "no_proxy has the host"},
    {"http://p", {NULL}, true, "127.0.0.1", NULL, "the host is this machine, or has a link-local address"},
    {"http://p", {NULL}, true, "fe80::1", NULL, "the host is this machine, or has a link-local address"},
    {"http://p", {NULL}, true, "10.0.0.9", NULL, "the host is the metadata service of this machine"},
    {NULL, {"http_proxy=p"}, true, "a.example", NULL, "no proxy is set for https:// URLs"},
    {NULL, {"https_proxy=p", "HTTP_PROXY=p"}, false, "a.example", NULL, "no proxy is set for http:// URLs"},
};

START_TEST(advice_names_who_decided)
{
    for (size_t i = 0; i < COUNT(advices); i++) {
        const forward_proxy_server server = {advices[i].tls, advices[i].host, "10.0.0.9"};
        forward_proxy_settings settings;
        forward_proxy proxy;
        boxd_error error;
        variables = advices[i].env;
        ck_assert_int_eq((int)forward_proxy_read(&settings, advices[i].option, fake_getenv, &error),
                         (int)BOXD_OK);
        ck_assert_int_eq((int)forward_proxy_choose(&proxy, &settings, &server, &error), (int)BOXD_OK);
        ck_assert(!proxy.url == !proxy.bypass);
        expect_text(proxy.bypass, advices[i].bypass, i, "the bypass");
        expect_text(proxy.direct_reason, advices[i].reason, i, "the reason");
        forward_proxy_settings_free(&settings);
        forward_proxy_clear(&proxy);
    }
}
END_TEST

#define WEB_SERVER "the server at the proxy's URL may not be a proxy; check the URL of the proxy, or do that"
#define TEMPORARY "the proxy could not connect to the server; try again, check the server's URL, or do that"
#define FORBIDDEN "the proxy refuses connections to this host; allow the host in the proxy, or do that"

/* The rows of the table in docs/proxies.md. */
START_TEST(refusals_are_explained)
{
    static const struct {
        int status;
        bool temporary;
        const char *text;
    } rows[] = {
        {301, false, FORBIDDEN},
        {302, false, FORBIDDEN},
        {400, false, WEB_SERVER},
        {401, false, FORBIDDEN},
        {403, false, FORBIDDEN},
        {404, false, WEB_SERVER},
        {405, false, WEB_SERVER},
        {407, false, "the proxy requires user:password; add user:password@ to its URL"},
        {408, true, TEMPORARY},
        {418, false, FORBIDDEN},
        {429, true, TEMPORARY},
        {500, true, TEMPORARY},
        {501, false, WEB_SERVER},
        {502, true, TEMPORARY},
        {503, true, TEMPORARY},
        {504, true, TEMPORARY},
        {599, true, TEMPORARY},
    };
    forward_proxy proxy = {.bypass = "do that"};
    char text[200];
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert(forward_proxy_is_temporary(rows[i].status) == rows[i].temporary);
        ck_assert_str_eq(forward_proxy_explain(&proxy, rows[i].status, text, sizeof text), rows[i].text);
    }
    proxy.user = (char[]){"u"};
    ck_assert_str_eq(forward_proxy_explain(&proxy, 407, text, sizeof text),
                     "the proxy rejected user:password; correct user:password@ in its URL");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("forward_proxy");
    unit_add(suite, lists_of_hosts);
    unit_add(suite, local_hosts);
    unit_add(suite, proxies_are_chosen);
    unit_add(suite, urls_that_are_refused);
    unit_add(suite, advice_names_who_decided);
    unit_add(suite, refusals_are_explained);
    unit_add(suite, credentials);
    unit_add(suite, credentials_are_covered);
    return unit_run(suite);
}
