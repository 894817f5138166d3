/* How the options and the environment become a configuration of Drukbox. */
#include "drukbox/config.h"

#include "fake_environment.h"
#include "unit_test.h"

#include <string.h>

enum { VARIABLES_MAX = 6 };

static void check_text(size_t row, const char *what, const char *got, const char *expected)
{
    ck_assert_msg(strcmp(got ? got : "(none)", expected ? expected : "(none)") == 0,
                  "row %zu: %s is %s, not %s", row, what, got ? got : "(none)",
                  expected ? expected : "(none)");
}

#define U .base_url = "http://h"
#define T .token = "t"

typedef struct resolved_row {
    drukbox_client_options options;
    const char *prefix, *env[VARIABLES_MAX];
    const char *url, *token, *ca_file, *ca_dir;
    int64_t timeout_ms;
} resolved_row;

static const resolved_row resolved_rows[] = {
    {{U, T}, NULL, {NULL}, "http://h", "t", NULL, NULL, 300000},
    /* All slashes at the end are removed; the path is kept. */
    {{.base_url = "http://h/", T}, NULL, {NULL}, "http://h", "t", NULL, NULL, 300000},
    {{.base_url = "https://h:8443/p//", T}, NULL, {NULL}, "https://h:8443/p", "t", NULL, NULL, 300000},
    {{.base_url = "http://[::1]:80/a/b", T}, NULL, {NULL}, "http://[::1]:80/a/b", "t", NULL, NULL, 300000},
    /* The environment is read only with a prefix, and the options take precedence. */
    {{U, T},
     NULL,
     {"SERVICE_URL=http://e", "SANDBOX_SERVICE_URL=http://e", "SANDBOX_SERVICE_TIMEOUT=x"},
     "http://h",
     "t",
     NULL,
     NULL,
     300000},
    {{U, T},
     "SANDBOX_",
     {"SANDBOX_SERVICE_URL=http://e", "SANDBOX_SERVICE_TOKEN=e", "SANDBOX_SERVICE_TIMEOUT=60"},
     "http://h",
     "t",
     NULL,
     NULL,
     60000},
    {{0},
     "SANDBOX_",
     {"SANDBOX_SERVICE_URL=http://e/", "SANDBOX_SERVICE_TOKEN=e"},
     "http://e",
     "e",
     NULL,
     NULL,
     300000},
    {{.base_url = "", .token = "", .step_timeout_ms = 7, .ca_file = ""},
     "X_",
     {"X_SERVICE_URL=http://e", "X_SERVICE_TOKEN=e", "X_SERVICE_TIMEOUT=nonsense"},
     "http://e",
     "e",
     NULL,
     NULL,
     7},
    {{0}, "", {"SERVICE_URL=http://e", "SERVICE_TOKEN=e"}, "http://e", "e", NULL, NULL, 300000},
    {{U, T, .step_timeout_ms = BOXD_NO_TIMEOUT},
     "X_",
     {"X_SERVICE_TIMEOUT=1"},
     "http://h",
     "t",
     NULL,
     NULL,
     0},
    /* Authorities. */
    {{U, T}, NULL, {"SSL_CERT_FILE=f", "SSL_CERT_DIR=d"}, "http://h", "t", "f", "d", 300000},
    {{U, T, .ca_file = "own"},
     NULL,
     {"SSL_CERT_FILE=f", "SSL_CERT_DIR=d"},
     "http://h",
     "t",
     "own",
     NULL,
     300000},
    {{U, T}, "X_", {"SSL_CERT_FILE=", "SSL_CERT_DIR="}, "http://h", "t", NULL, NULL, 300000},
    {{U, .token = "!~azAZ09.-_=+/\"\\:"},
     NULL,
     {NULL},
     "http://h",
     "!~azAZ09.-_=+/\"\\:",
     NULL,
     NULL,
     300000},
};

START_TEST(settings_are_resolved)
{
    for (size_t i = 0; i < COUNT(resolved_rows); i++) {
        const resolved_row *row = &resolved_rows[i];
        drukbox_client_options options = row->options;
        drukbox_config c;
        boxd_error error = BOXD_ERROR_INIT;
        options.size = sizeof options;
        variables = row->env;
        ck_assert_msg(drukbox_config_resolve(&c, &options, row->prefix, fake_getenv, &error) == BOXD_OK,
                      "row %zu: %s", i, error.message);
        check_text(i, "base_url", c.base_url, row->url);
        check_text(i, "token", c.token, row->token);
        check_text(i, "ca_file", c.ca_file, row->ca_file);
        check_text(i, "ca_dir", c.ca_dir, row->ca_dir);
        ck_assert_int_eq(c.step_timeout_ms, row->timeout_ms);
        drukbox_config_free(&c);
        ck_assert(!c.base_url && !c.token && !c.ca_file && !c.ca_dir);
        drukbox_config_free(&c);
    }
}
END_TEST

static const struct {
    drukbox_client_options options;
    const char *prefix, *env[VARIABLES_MAX], *says[2];
} refused_rows[] = {
    {{0}, NULL, {"SANDBOX_SERVICE_URL=http://e"}, {"base_url is not set", "give the service's URL"}},
    {{0}, "SANDBOX_", {NULL}, {"SANDBOX_SERVICE_URL is not set"}},
    {{0}, "MY_", {"SANDBOX_SERVICE_URL=http://e"}, {"MY_SERVICE_URL is not set"}},
    {{0}, "X_", {"X_SERVICE_URL="}, {"X_SERVICE_URL is not set"}},
    {{U}, NULL, {NULL}, {"token is not set", "give the service's token"}},
    {{U}, "X_", {"X_SERVICE_TOKEN="}, {"X_SERVICE_TOKEN is not set"}},
    {{.base_url = "h:80", T}, NULL, {NULL}, {"base_url \"h:80\" has no scheme"}},
    {{.base_url = "ftp://h", T}, NULL, {NULL}, {"base_url \"ftp://h\""}},
    {{.base_url = "http://", T}, NULL, {NULL}, {"base_url"}},
    {{.base_url = "http://h?x=1", T}, NULL, {NULL}, {"query"}},
    {{.base_url = "http://h/p#x", T}, NULL, {NULL}, {"fragment"}},
    {{.base_url = "http://h:70000", T}, NULL, {NULL}, {"base_url"}},
    {{.base_url = "http://[::1", T}, NULL, {NULL}, {"base_url"}},
    {{.base_url = "http://h h", T}, NULL, {NULL}, {"base_url"}},
    {{.base_url = "http://h\r\nX: y", T}, NULL, {NULL}, {"base_url"}},
    {{.base_url = "http://user:hunter2@h", T}, NULL, {NULL}, {"base_url"}},
    {{T}, "X_", {"X_SERVICE_URL=https://user:hunter2@h/"}, {"X_SERVICE_URL"}},
    {{U, .token = "hunter2 "}, NULL, {NULL}, {"token (not shown) has a space"}},
    {{U, .token = "hun ter2"}, NULL, {NULL}, {"token (not shown) has a space"}},
    {{U, .token = "hunter2\n"}, NULL, {NULL}, {"without a line end"}},
    {{U, .token = "hunter2\r\nX: y"},
     NULL,
     {NULL},
     {"token (not shown) has a space, a control character or a non-ASCII byte"}},
    {{U, .token = "hunter2\x7F"},
     NULL,
     {NULL},
     {"token (not shown) has a space, a control character or a non-ASCII byte"}},
    {{U, .token = "hunter2\xC3\xA9"}, NULL, {NULL}, {"non-ASCII byte"}},
    {{U}, "X_", {"X_SERVICE_TOKEN=hunter2\n"}, {"X_SERVICE_TOKEN (not shown) has a space"}},
    {{U, T, .step_timeout_ms = -2}, NULL, {NULL}, {"step_timeout_ms is -2", "BOXD_NO_TIMEOUT"}},
    {{U, T, .step_timeout_ms = INT64_MIN}, NULL, {NULL}, {"step_timeout_ms is -9223372036854775808"}},
    {{U, T, .max_connections = -1}, NULL, {NULL}, {"max_connections is below 0"}},
    {{U, T, .max_idle_connections = -1}, NULL, {NULL}, {"max_idle_connections is below 0"}},
    {{U, T, .dispatch = (boxd_dispatch_mode)2}, NULL, {NULL}, {"dispatch is 2", "BOXD_DISPATCH_MANUAL"}},
};

START_TEST(bad_settings_are_refused)
{
    for (size_t i = 0; i < COUNT(refused_rows); i++) {
        drukbox_client_options options = refused_rows[i].options;
        drukbox_config c;
        boxd_error error = BOXD_ERROR_INIT;
        memset(&c, 0x55, sizeof c);
        options.size = sizeof options;
        variables = refused_rows[i].env;
        ck_assert_msg(drukbox_config_resolve(&c, &options, refused_rows[i].prefix, fake_getenv, &error) ==
                          BOXD_ERR_INVALID_ARGUMENT,
                      "row %zu: %s", i, error.message);
        for (size_t k = 0; k < 2 && refused_rows[i].says[k]; k++)
            ck_assert_msg(strstr(error.message, refused_rows[i].says[k]), "row %zu: %s", i, error.message);
        ck_assert_msg(!strstr(error.message, "hunter2"), "row %zu: %s", i, error.message);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
        ck_assert(!c.base_url && !c.token && !c.ca_file && !c.ca_dir && c.step_timeout_ms == 0);
    }
}
END_TEST

/* Numbers as Python's float() reads them; and invalid timeouts. */
START_TEST(timeouts)
{
    static const struct {
        const char *variable;
        /* -1: refused. */
        int64_t ms;
    } rows[] = {
        {"X_SERVICE_TIMEOUT=300", 300000},
        {"X_SERVICE_TIMEOUT=60.0", 60000},
        {"X_SERVICE_TIMEOUT=.5", 500},
        {"X_SERVICE_TIMEOUT=5.", 5000},
        {"X_SERVICE_TIMEOUT=+5", 5000},
        {"X_SERVICE_TIMEOUT= 5 ", 5000},
        {"X_SERVICE_TIMEOUT=\t5\r\n", 5000},
        {"X_SERVICE_TIMEOUT=1e2", 100000},
        {"X_SERVICE_TIMEOUT=1E-3", 1},
        {"X_SERVICE_TIMEOUT=1e-9", 1}, /* some secrets, but a NULL pointer */
        {"X_SERVICE_TIMEOUT=inf", 0},
        {"X_SERVICE_TIMEOUT=Infinity", 0},
        {"X_SERVICE_TIMEOUT=1e300", 0},
        {"X_SERVICE_TIMEOUT=", -1},
        {"X_SERVICE_TIMEOUT=  ", -1},
        {"X_SERVICE_TIMEOUT=abc", -1},
        {"X_SERVICE_TIMEOUT=5s", -1},
        {"X_SERVICE_TIMEOUT=5 6", -1},
        {"X_SERVICE_TIMEOUT=0x10", -1},
        {"X_SERVICE_TIMEOUT=nan", -1},
        {"X_SERVICE_TIMEOUT=0", -1},
        {"X_SERVICE_TIMEOUT=-1", -1},
        {"X_SERVICE_TIMEOUT=-inf", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const drukbox_client_options options = {.size = sizeof options, U, T};
        const char *const env[] = {rows[i].variable, NULL};
        drukbox_config c;
        boxd_error error = BOXD_ERROR_INIT;
        variables = env;
        const boxd_status status = drukbox_config_resolve(&c, &options, "X_", fake_getenv, &error);
        ck_assert_msg((status == BOXD_OK) == (rows[i].ms >= 0), "%s: %s", rows[i].variable, error.message);
        if (status == BOXD_OK)
            ck_assert_msg(c.step_timeout_ms == rows[i].ms, "%s is %lld", rows[i].variable,
                          (long long)c.step_timeout_ms);
        else
            ck_assert_msg(strstr(error.message, "X_SERVICE_TIMEOUT is not a number"), "%s", error.message);
        drukbox_config_free(&c);
    }
}
END_TEST

START_TEST(limits)
{
    static const char *const none[] = {NULL};
    drukbox_client_options options = {.size = sizeof options, U, T};
    drukbox_config c;
    variables = none;
    ck_assert_int_eq((int)drukbox_config_resolve(&c, &options, NULL, fake_getenv, NULL), (int)BOXD_OK);
    ck_assert(c.max_connections == 20 && c.max_idle == 5 && c.max_response_size == 67108864);
    ck_assert_int_eq((int)c.dispatch, (int)BOXD_DISPATCH_CORE_THREAD);
    drukbox_config_free(&c);
    options.max_connections = 1;
    options.max_idle_connections = 2;
    options.max_response_bytes = 3;
    options.dispatch = BOXD_DISPATCH_MANUAL;
    ck_assert_int_eq((int)drukbox_config_resolve(&c, &options, NULL, fake_getenv, NULL), (int)BOXD_OK);
    ck_assert(c.max_connections == 1 && c.max_idle == 2 && c.max_response_size == 3);
    ck_assert_int_eq((int)c.dispatch, (int)BOXD_DISPATCH_MANUAL);
    drukbox_config_free(&c);
    options.max_response_bytes = UINT64_MAX;
    ck_assert_int_eq((int)drukbox_config_resolve(&c, &options, NULL, fake_getenv, NULL), (int)BOXD_OK);
    ck_assert(c.max_response_size == SIZE_MAX);
    drukbox_config_free(&c);
}
END_TEST

/* Options of an older header, of a newer one, and of no header. */
START_TEST(sizes_of_options)
{
    static const char *const none[] = {NULL};
    struct {
        drukbox_client_options known;
        char more[16];
    } newer = {.known = {.size = sizeof newer, U, T}, .more = "x"};
    drukbox_client_options older = {
        .size = offsetof(drukbox_client_options, ca_file), U, T, .step_timeout_ms = -5};
    drukbox_config c;
    boxd_error error = BOXD_ERROR_INIT;
    variables = none;
    ck_assert_int_eq((int)drukbox_config_resolve(&c, &newer.known, NULL, fake_getenv, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_msg(strstr(error.message, "drukbox_client_options"), "%s", error.message);
    ck_assert_int_eq((int)drukbox_config_resolve(&c, &older, NULL, fake_getenv, &error), (int)BOXD_OK);
    ck_assert_int_eq(c.step_timeout_ms, 300000);
    drukbox_config_free(&c);
    older.size = 0;
    ck_assert_int_eq((int)drukbox_config_resolve(&c, &older, NULL, fake_getenv, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq((int)drukbox_config_resolve(&c, NULL, NULL, fake_getenv, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

static boxd_status resolve_and_free(const void *options, boxd_error *error)
{
    drukbox_config c;
    const boxd_status status = drukbox_config_resolve(&c, options, "X_", fake_getenv, error);
    ck_assert(status == BOXD_OK || (!c.base_url && !c.token && !c.ca_file && !c.ca_dir));
    drukbox_config_free(&c);
    return status;
}

START_TEST(out_of_memory)
{
    static const char *const env[] = {"SSL_CERT_FILE=f", "SSL_CERT_DIR=d", NULL};
    const drukbox_client_options options = {.size = sizeof options, U, T};
    variables = env;
    ck_assert_int_eq(unit_walk_allocations(resolve_and_free, &options), 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_config");
    unit_add(suite, settings_are_resolved);
    unit_add(suite, bad_settings_are_refused);
    unit_add(suite, timeouts);
    unit_add(suite, limits);
    unit_add(suite, sizes_of_options);
    unit_add(suite, out_of_memory);
    return unit_run(suite);
}
