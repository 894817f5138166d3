/* How the options and the environment become a configuration of boxd. */
#include "boxd/client/config.h"

#include "fake_environment.h"
#include "unit_test.h"

#include <string.h>

enum { VARIABLES_MAX = 8 };

#define MIB ((size_t)1024 * 1024)

static const char *text_or(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

static void check_text(const char *row, const char *what, const char *got, const char *expected)
{
    ck_assert_msg(strcmp(text_or(got, "(none)"), text_or(expected, "(none)")) == 0, "%s: %s is %s, not %s",
                  row, what, text_or(got, "(none)"), text_or(expected, "(none)"));
}

#define PRODUCTION_EXCHANGE "https://app.boxd.sh/api/v1/auth/token"
#define STAGING_EXCHANGE "https://app.boxd-stg.sh/api/v1/auth/token"

typedef struct {
    const char *name;
    boxd_compute_options options;
    const char *env[VARIABLES_MAX];
    const char *target;
    bool plaintext;
    const char *exchange, *api_key, *token;
} resolved_row;

static const resolved_row resolved_rows[] = {
    {"key", {.api_key = "k"}, {NULL}, "boxd.sh:9443", false, PRODUCTION_EXCHANGE, "k", NULL},
    {"token", {.token = "t"}, {NULL}, "boxd.sh:9443", false, NULL, NULL, "t"},
    {"env key", {0}, {"BOXD_API_KEY=k"}, "boxd.sh:9443", false, PRODUCTION_EXCHANGE, "k", NULL},
    {"env token", {0}, {"BOXD_TOKEN=t"}, "boxd.sh:9443", false, NULL, NULL, "t"},
    {"token before key", {.api_key = "k", .token = "t"}, {NULL}, "boxd.sh:9443", false, NULL, NULL, "t"},
    {"env token before key", {0}, {"BOXD_API_KEY=k", "BOXD_TOKEN=t"}, "boxd.sh:9443", false, NULL, NULL, "t"},
    {"argument key before env token",
     {.api_key = "k"},
     {"BOXD_TOKEN=t", "BOXD_API_KEY=e"},
     "boxd.sh:9443",
     false,
     PRODUCTION_EXCHANGE,
     "k",
     NULL},
    {"argument token before env key",
     {.token = "t"},
     {"BOXD_API_KEY=e"},
     "boxd.sh:9443",
     false,
     NULL,
     NULL,
     "t"},
    {"empty argument",
     {.api_key = "", .token = ""},
     {"BOXD_API_KEY=e"},
     "boxd.sh:9443",
     false,
     PRODUCTION_EXCHANGE,
     "e",
     NULL},
    {"empty token variable",
     {0},
     {"BOXD_TOKEN=", "BOXD_API_KEY=e"},
     "boxd.sh:9443",
     false,
     PRODUCTION_EXCHANGE,
     "e",
     NULL},
    {"staging",
     {.api_key = "k", .environment = "staging"},
     {NULL},
     "boxd-stg.sh:9443",
     false,
     STAGING_EXCHANGE,
     "k",
     NULL},
    {"env staging",
     {.api_key = "k"},
     {"BOXD_ENVIRONMENT=staging"},
     "boxd-stg.sh:9443",
     false,
     STAGING_EXCHANGE,
     "k",
     NULL},
    {"argument before env environment",
     {.api_key = "k", .environment = "production"},
     {"BOXD_ENVIRONMENT=staging"},
     "boxd.sh:9443",
     false,
     PRODUCTION_EXCHANGE,
     "k",
     NULL},
    {"empty environment",
     {.api_key = "k", .environment = ""},
     {"BOXD_ENVIRONMENT=staging"},
     "boxd-stg.sh:9443",
     false,
     STAGING_EXCHANGE,
     "k",
     NULL},
    {"env unknown environment",
     {.api_key = "k"},
     {"BOXD_ENVIRONMENT=moon"},
     "boxd.sh:9443",
     false,
     PRODUCTION_EXCHANGE,
     "k",
     NULL},
    {"api url derives",
     {.api_key = "k", .api_url = "https://my.io:1"},
     {NULL},
     "my.io:1",
     false,
     "https://app.my.io/api/v1/auth/token",
     "k",
     NULL},
    {"api url in staging derives",
     {.api_key = "k", .api_url = "http://my.io:1", .environment = "staging"},
     {NULL},
     "my.io:1",
     true,
     "https://app.my.io/api/v1/auth/token",
     "k",
     NULL},
    {"local api url",
     {.api_key = "k", .api_url = "localhost:1"},
     {NULL},
     "localhost:1",
     true,
     "http://localhost:1/api/v1/auth/token",
     "k",
     NULL},
    {"base url derives",
     {.api_key = "k"},
     {"BOXD_BASE_URL=https://my.io:1"},
     "my.io:1",
     false,
     "https://app.my.io/api/v1/auth/token",
     "k",
     NULL},
    {"old api url derives",
     {.api_key = "k"},
     {"BOXD_API_URL=https://my.io:1"},
     "my.io:1",
     false,
     "https://app.my.io/api/v1/auth/token",
     "k",
     NULL},
    {"base url before api url",
     {.token = "t"},
     {"BOXD_API_URL=b:2", "BOXD_BASE_URL=a:1"},
     "a:1",
     false,
     NULL,
     NULL,
     "t"},
    {"empty base url", {.token = "t"}, {"BOXD_BASE_URL=", "BOXD_API_URL=b:2"}, "b:2", false, NULL, NULL, "t"},
    {"argument before base url",
     {.token = "t", .api_url = "c:3"},
     {"BOXD_BASE_URL=a:1"},
     "c:3",
     false,
     NULL,
     NULL,
     "t"},
    {"api url before environment",
     {.token = "t"},
     {"BOXD_API_URL=a:1", "BOXD_ENVIRONMENT=staging"},
     "a:1",
     false,
     NULL,
     NULL,
     "t"},
    {"exchange url",
     {.api_key = "k", .exchange_url = "http://e/x"},
     {"BOXD_EXCHANGE_URL=http://f/x"},
     "boxd.sh:9443",
     false,
     "http://e/x",
     "k",
     NULL},
    {"env exchange url",
     {.api_key = "k", .api_url = "a:1"},
     {"BOXD_EXCHANGE_URL=http://f/x"},
     "a:1",
     false,
     "http://f/x",
     "k",
     NULL},
    {"empty exchange url",
     {.api_key = "k", .exchange_url = ""},
     {"BOXD_EXCHANGE_URL="},
     "boxd.sh:9443",
     false,
     PRODUCTION_EXCHANGE,
     "k",
     NULL},
    {"a token needs no exchange url",
     {.token = "t", .exchange_url = "nonsense"},
     {NULL},
     "boxd.sh:9443",
     false,
     NULL,
     NULL,
     "t"},
    {"a token of all that is allowed",
     {.token = "!~azAZ09.-_=+/\"\\"},
     {NULL},
     "boxd.sh:9443",
     false,
     NULL,
     NULL,
     "!~azAZ09.-_=+/\"\\"},
};

START_TEST(settings_are_resolved)
{
    for (size_t i = 0; i < COUNT(resolved_rows); i++) {
        const resolved_row *row = &resolved_rows[i];
        config c;
        boxd_error error = BOXD_ERROR_INIT;
        variables = row->env;
        ck_assert_msg(config_resolve(&c, &row->options, fake_getenv, &error) == BOXD_OK, "%s: %s", row->name,
                      error.message);
        check_text(row->name, "target", c.api.target, row->target);
        ck_assert_msg(c.api.tls == !row->plaintext, "%s", row->name);
        check_text(row->name, "exchange_url", c.exchange_url, row->exchange);
        check_text(row->name, "api_key", c.api_key, row->api_key);
        check_text(row->name, "token", c.token, row->token);
        config_free(&c);
        ck_assert_ptr_null(c.token);
        ck_assert_ptr_null(c.api_key);
        ck_assert_ptr_null(c.api.target);
        config_free(&c);
    }
}
END_TEST

static const struct {
    const char *name;
    boxd_compute_options options;
    const char *env[VARIABLES_MAX];
    boxd_status status;
    const char *says[3];
} refused_rows[] = {
    {"nothing", {0}, {NULL}, BOXD_ERR_AUTHENTICATION, {"BOXD_API_KEY", "BOXD_TOKEN", "boxd_compute_options"}},
    {"all empty", {.token = ""}, {"BOXD_API_KEY=", "BOXD_TOKEN="}, BOXD_ERR_AUTHENTICATION, {"BOXD_API_KEY"}},
    {"environment",
     {.token = "t", .environment = "moo\n"},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"\"moo\\x0A\"", "production, staging"}},
    {"environment in another case",
     {.token = "t", .environment = "Staging"},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"production, staging"}},
    {"environment beside a url",
     {.token = "t", .environment = "moon", .api_url = "a:1"},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"\"moon\""}},
    {"api_url",
     {.token = "t", .api_url = "ftp://x"},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"api_url: ", "ftp://x"}},
    {"BOXD_BASE_URL",
     {.token = "t"},
     {"BOXD_BASE_URL=ftp://x"},
     BOXD_ERR_INVALID_ARGUMENT,
     {"BOXD_BASE_URL: ", "ftp://x"}},
    {"BOXD_API_URL",
     {.token = "t"},
     {"BOXD_API_URL=https://u:hunter2@x"},
     BOXD_ERR_INVALID_ARGUMENT,
     {"BOXD_API_URL: "}},
    {"exchange_url",
     {.api_key = "k", .exchange_url = "x/y"},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"exchange_url \"x/y\""}},
    {"BOXD_EXCHANGE_URL",
     {.api_key = "k"},
     {"BOXD_EXCHANGE_URL=https://u:hunter2@x/"},
     BOXD_ERR_INVALID_ARGUMENT,
     {"BOXD_EXCHANGE_URL \""}},
    {"line end", {.token = "hunter2\n"}, {NULL}, BOXD_ERR_INVALID_ARGUMENT, {" token ", "position 8"}},
    {"carriage return",
     {0},
     {"BOXD_TOKEN=hunter2\r"},
     BOXD_ERR_INVALID_ARGUMENT,
     {"BOXD_TOKEN", "position 8"}},
    {"leading space", {.api_key = " hunter2"}, {NULL}, BOXD_ERR_INVALID_ARGUMENT, {"api_key", "position 1"}},
    {"inner space",
     {0},
     {"BOXD_API_KEY=bxk hunter2"},
     BOXD_ERR_INVALID_ARGUMENT,
     {"BOXD_API_KEY", "position 4"}},
    {"delete", {.token = "hunter2\x7F"}, {NULL}, BOXD_ERR_INVALID_ARGUMENT, {"position 8"}},
    {"not ascii", {.token = "hunter2\xC3\xA4"}, {NULL}, BOXD_ERR_INVALID_ARGUMENT, {"position 8"}},
    {"high byte", {.token = "hunter2\xFF"}, {NULL}, BOXD_ERR_INVALID_ARGUMENT, {"position 8"}},
    {"cert alone",
     {.token = "t", .client_cert_file = "c.pem"},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"client_cert_file is set without client_key_file"}},
    {"key alone",
     {.token = "t", .client_key_file = "k.pem", .client_cert_file = ""},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"client_key_file is set without client_cert_file"}},
    {"timeout", {.token = "t", .timeout_ms = -2}, {NULL}, BOXD_ERR_INVALID_ARGUMENT, {"timeout_ms is -2"}},
    {"lowest timeout",
     {.token = "t", .timeout_ms = INT64_MIN},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"timeout_ms is -9223372036854775808"}},
    {"retries",
     {.token = "t", .read_retries = -2},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"read_retries is -2"}},
    {"keepalive",
     {.token = "t", .keepalive_ms = -2},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"keepalive_ms is -2"}},
    {"streams",
     {.token = "t", .max_streams_per_connection = -1},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"max_streams_per_connection is -1"}},
    {"cache directory without a cache",
     {.api_key = "k", .token_cache_dir = "d"},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"token_cache_dir is set without token_cache", "set both"}},
    {"dispatch",
     {.token = "t", .dispatch = (boxd_dispatch_mode)2},
     {NULL},
     BOXD_ERR_INVALID_ARGUMENT,
     {"dispatch is 2", "BOXD_DISPATCH_MANUAL"}},
};

START_TEST(bad_settings_are_refused)
{
    for (size_t i = 0; i < COUNT(refused_rows); i++) {
        config c;
        config empty = {0};
        memset(&c, 0x55, sizeof c);
        boxd_error error = BOXD_ERROR_INIT;
        variables = refused_rows[i].env;
        ck_assert_msg(config_resolve(&c, &refused_rows[i].options, fake_getenv, &error) ==
                          refused_rows[i].status,
                      "%s: %s", refused_rows[i].name, error.message);
        ck_assert_int_eq(error.status, refused_rows[i].status);
        ck_assert_int_eq(error.sent, BOXD_SENT_NO);
        for (size_t k = 0; k < COUNT(refused_rows[i].says) && refused_rows[i].says[k]; k++)
            ck_assert_msg(strstr(error.message, refused_rows[i].says[k]), "%s: %s", refused_rows[i].name,
                          error.message);
        ck_assert_ptr_null(strstr(error.message, "hunter2"));
        ck_assert_ptr_null(c.api.target);
        ck_assert_ptr_null(c.token);
        ck_assert_ptr_null(c.api_key);
        ck_assert_int_eq(c.timeout_ms, empty.timeout_ms);
        ck_assert_int_eq(config_resolve(&c, &refused_rows[i].options, fake_getenv, NULL),
                         refused_rows[i].status);
    }
}
END_TEST

START_TEST(in_a_machine)
{
    static const struct {
        const char *env[VARIABLES_MAX];
        bool in_machine, api_given;
        const char *metadata_url;
    } rows[] = {
        {{"BOXD_VM_ID=1"}, true, false, NULL},
        {{"BOXD_VM_NAME=web"}, true, false, NULL},
        {{"BOXD_PROXY_ENDPOINT=x", "BOXD_API_URL=h:1"}, true, true, NULL},
        {{"BOXD_VM_ID=1", "BOXD_METADATA_URL=http://10.0.0.1:9002"}, true, false, "http://10.0.0.1:9002"},
        {{"BOXD_VM_ID=1", "BOXD_API_KEY=k"}, false, false, NULL},
        {{"BOXD_VM_ID=1", "BOXD_TOKEN=t", "BOXD_METADATA_URL=nonsense"}, false, false, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
        config c;
        variables = rows[i].env;
        ck_assert_int_eq(config_resolve(&c, &options, fake_getenv, NULL), BOXD_OK);
        ck_assert(c.in_machine == rows[i].in_machine && c.api_given == rows[i].api_given);
        ck_assert(c.in_machine == (!c.api_key && !c.token));
        check_text(rows[i].env[0], "the metadata URL", c.metadata_url, rows[i].metadata_url);
        config_free(&c);
    }
}
END_TEST

START_TEST(numbers)
{
    static const struct {
        boxd_compute_options options;
        int64_t timeout_ms;
        int32_t read_retries;
        int64_t keepalive_ms;
        int32_t max_streams;
        boxd_dispatch_mode dispatch;
    } rows[] = {
        {{0}, 60000, 2, 60000, 100, BOXD_DISPATCH_CORE_THREAD},
        {{.timeout_ms = BOXD_NO_TIMEOUT, .read_retries = -1, .keepalive_ms = -1},
         BOXD_NO_TIMEOUT,
         0,
         -1,
         100,
         BOXD_DISPATCH_CORE_THREAD},
        {{.timeout_ms = 1,
          .read_retries = 1,
          .keepalive_ms = 1,
          .max_streams_per_connection = 1,
          .dispatch = BOXD_DISPATCH_MANUAL},
         1,
         1,
         1,
         1,
         BOXD_DISPATCH_MANUAL},
        {{.timeout_ms = INT64_MAX,
          .read_retries = INT32_MAX,
          .keepalive_ms = INT64_MAX,
          .max_streams_per_connection = INT32_MAX},
         INT64_MAX,
         INT32_MAX,
         INT64_MAX,
         INT32_MAX,
         BOXD_DISPATCH_CORE_THREAD},
    };
    static const char *const env[] = {"BOXD_TOKEN=t", NULL};
    variables = env;
    for (size_t i = 0; i < COUNT(rows); i++) {
        config c;
        ck_assert_int_eq(config_resolve(&c, &rows[i].options, fake_getenv, NULL), BOXD_OK);
        ck_assert_int_eq(c.timeout_ms, rows[i].timeout_ms);
        ck_assert_int_eq(c.read_retries, rows[i].read_retries);
        ck_assert_int_eq(c.keepalive_ms, rows[i].keepalive_ms);
        ck_assert_int_eq(c.max_streams, rows[i].max_streams);
        ck_assert_int_eq(c.dispatch, rows[i].dispatch);
        config_free(&c);
    }
}
END_TEST

START_TEST(windows)
{
    static const char *const env[] = {"BOXD_TOKEN=t", NULL};
    variables = env;
    for (int small = 0; small < 2; small++) {
        config c;
        ck_assert_int_eq(
            config_resolve(&c, BOXD_OPTIONS(boxd_compute_options, .small_windows = small), fake_getenv, NULL),
            BOXD_OK);
        ck_assert_int_eq(c.small_windows, small);
        config_free(&c);
    }
}
END_TEST

START_TEST(memory)
{
    static const struct {
        uint64_t given;
        size_t max_response_bytes;
    } rows[] = {{0, 64 * MIB}, {1, 1}, {UINT64_MAX, SIZE_MAX}};
    static const char *const env[] = {"BOXD_TOKEN=t", NULL};
    variables = env;
    for (size_t i = 0; i < COUNT(rows); i++) {
        config c;
        const boxd_compute_options options = {.max_response_bytes = rows[i].given};
        ck_assert_int_eq(config_resolve(&c, &options, fake_getenv, NULL), BOXD_OK);
        ck_assert_uint_eq(c.max_response_bytes, rows[i].max_response_bytes);
        config_free(&c);
    }
}
END_TEST

START_TEST(files)
{
    static const struct {
        boxd_compute_options options;
        const char *env[VARIABLES_MAX];
        const char *ca, *cert, *key;
    } rows[] = {
        {{.token = "t"}, {NULL}, NULL, NULL, NULL},
        {{.token = "t"}, {"BOXD_CA_FILE=e.pem"}, "e.pem", NULL, NULL},
        {{.token = "t", .ca_file = "a.pem"},
         {"BOXD_CA_FILE=e.pem", "SSL_CERT_FILE=s.pem"},
         "a.pem",
         NULL,
         NULL},
        {{.token = "t"}, {"BOXD_CA_FILE=e.pem", "SSL_CERT_FILE=s.pem"}, "e.pem", NULL, NULL},
        {{.token = "t"}, {"BOXD_CA_FILE=", "SSL_CERT_FILE=s.pem", "SSL_CERT_DIR=/d"}, "s.pem", NULL, NULL},
        {{.token = "t", .ca_file = ""}, {"BOXD_CA_FILE="}, NULL, NULL, NULL},
        {{.token = "t", .client_cert_file = "c", .client_key_file = "k"}, {NULL}, NULL, "c", "k"},
        {{.token = "t", .client_cert_file = "", .client_key_file = ""}, {NULL}, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        config c;
        variables = rows[i].env;
        ck_assert_int_eq(config_resolve(&c, &rows[i].options, fake_getenv, NULL), BOXD_OK);
        check_text("files", "ca_file", c.ca_file, rows[i].ca);
        check_text("files", "client_cert_file", c.client_cert_file, rows[i].cert);
        check_text("files", "client_key_file", c.client_key_file, rows[i].key);
        config_free(&c);
    }
}
END_TEST

START_TEST(everything_is_copied)
{
    char token[] = "token";
    char url[] = "host:1";
    char ca[] = "ca.pem";
    boxd_compute_options options = {.token = token, .api_url = url, .ca_file = ca};
    static const char *const env[] = {NULL};
    variables = env;
    config c;
    ck_assert_int_eq(config_resolve(&c, &options, fake_getenv, NULL), BOXD_OK);
    memset(token, 'x', 5);
    memset(url, 'x', 6);
    memset(ca, 'x', 6);
    ck_assert_str_eq(c.token, "token");
    ck_assert_str_eq(c.api.target, "host:1");
    ck_assert_str_eq(c.ca_file, "ca.pem");
    config_free(&c);
}
END_TEST

static boxd_status resolve_and_free(const void *context, boxd_error *error)
{
    config c;
    boxd_status status = config_resolve(&c, context, fake_getenv, error);
    if (status != BOXD_OK) {
        ck_assert_ptr_null(c.api.target);
        ck_assert_ptr_null(c.api_key);
        ck_assert_ptr_null(c.exchange_url);
        ck_assert_ptr_null(c.ca_file);
    }
    config_free(&c);
    return status;
}

START_TEST(out_of_memory)
{
    static const boxd_compute_options rows[] = {
        {.api_key = "k"},
        {.token = "t"},
        {.api_key = "k",
         .api_url = "my.io:1",
         .ca_file = "a",
         .client_cert_file = "c",
         .client_key_file = "k"},
        {.api_key = "k", .api_url = "[::1]", .exchange_url = "https://e/x"},
        {.api_key = "k", .token_cache = true, .token_cache_dir = "d"},
    };
    static const int allocations[] = {4, 3, 7, 4, 5};
    static const char *const env[] = {NULL};
    variables = env;
    for (size_t i = 0; i < COUNT(rows); i++)
        ck_assert_int_eq(unit_walk_allocations(resolve_and_free, &rows[i]), allocations[i]);

    /* The list of known names is allocated too. */
    boxd_compute_options unknown = {.token = "t", .environment = "moon"};
    config c;
    mem_fail_after(0);
    boxd_status status = config_resolve(&c, &unknown, fake_getenv, NULL);
    mem_fail_after(-1);
    ck_assert_int_eq(status, BOXD_ERR_NO_MEMORY);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config");
    unit_add(suite, settings_are_resolved);
    unit_add(suite, bad_settings_are_refused);
    unit_add(suite, in_a_machine);
    unit_add(suite, numbers);
    unit_add(suite, windows);
    unit_add(suite, memory);
    unit_add(suite, files);
    unit_add(suite, everything_is_copied);
    unit_add(suite, out_of_memory);
    return unit_run(suite);
}
