/* Proxies: one reading of the option and the environment, for both network stacks of both products; and the
 * certificate authorities of the environment. The servers have names that only the proxy resolves. */
#include "connect_proxy.h"
#include "e2e.h"
#include "own_certificate.h"

#include <drukbox/drukbox.h>
#include <stdio.h>
#include <unistd.h>

#define NAME "service.proxied.example"
#define DRUKBOX_TOKEN "drukbox-token-0123456789"
#define CREDENTIALS "dTpwQHNz" /* u:p@ss */

static char directory[] = "/tmp/boxd-e2e-proxies-XXXXXX";
static char ca[64], key[64];

/* The emulator with TLS; `emulator` is plaintext. */
static emulator_process secure;

static const char *const variables[] = {"http_proxy",    "HTTP_PROXY", "https_proxy",   "HTTPS_PROXY",
                                        "all_proxy",     "ALL_PROXY",  "no_proxy",      "NO_PROXY",
                                        "no_grpc_proxy", "grpc_proxy", "SSL_CERT_FILE", "BOXD_CA_FILE"};

/* ---- clients ---- */

/* The URLs of an emulator, under a name or an address. */
typedef struct urls {
    char api[160], exchange[200], drukbox[160];
} urls;

static urls urls_of(const emulator_process *e, const char *host)
{
    urls u;
    const char *scheme = strncmp(e->api_url, "https", 5) == 0 ? "https" : "http";
    (void)snprintf(u.api, sizeof u.api, "%s://%s:%s", scheme, host, strrchr(e->api_url, ':') + 1);
    (void)snprintf(u.exchange, sizeof u.exchange, "%s://%s:%s", scheme, host,
                   strrchr(e->exchange_url, ':') + 1);
    (void)snprintf(u.drukbox, sizeof u.drukbox, "%s://%s:%s", scheme, host, strrchr(e->drukbox_url, ':') + 1);
    return u;
}

/* One call of each product; the one of boxd exchanges the key first. */
static boxd_status call_boxd(const urls *u, const char *api_key, const char *proxy, boxd_error *error)
{
    *error = (boxd_error)BOXD_ERROR_INIT;
    boxd_compute *c = boxd_compute_open(
        BOXD_OPTIONS(boxd_compute_options, .api_url = u->api, .exchange_url = u->exchange, .proxy = proxy,
                     .api_key = api_key, .token = api_key ? NULL : "aToken", .read_retries = -1),
        error);
    boxd_identity *who = c ? boxd_compute_whoami(c, NULL, error) : NULL;
    boxd_identity_free(who);
    boxd_compute_close(c);
    return who ? BOXD_OK : error->status;
}

static boxd_status call_drukbox(const urls *u, const char *proxy, boxd_error *error)
{
    *error = (boxd_error)BOXD_ERROR_INIT;
    drukbox_client *c = drukbox_client_open(
        BOXD_OPTIONS(drukbox_client_options, .base_url = u->drukbox, .token = DRUKBOX_TOKEN, .proxy = proxy),
        error);
    drukbox_hosts *hosts = c ? drukbox_host_list(c, NULL, error) : NULL;
    drukbox_hosts_free(hosts);
    drukbox_client_close(c);
    return hosts ? BOXD_OK : error->status;
}

/* Sets the variable, with the proxy's URL in place of "@". */
static void set_variable(const char *name, const char *value, const connect_proxy *p)
{
    char url[128];
    (void)snprintf(url, sizeof url, "http://u:p%%40ss@127.0.0.1:%d", connect_proxy_port(p));
    if (name)
        setenv(name, strcmp(value, "@") == 0 ? url : value, 1);
}

static void begin(void)
{
    for (size_t i = 0; i < COUNT(variables); i++)
        unsetenv(variables[i]);
    setenv("SSL_CERT_FILE", ca, 1);
}

/* ---- which connections ---- */

/* With these variables, which schemes go through the proxy. */
static const struct {
    const char *name, *value, *name2, *value2;
    bool tls, plaintext;
} environments[] = {
    {"HTTPS_PROXY", "@", NULL, NULL, true, false},
    {"https_proxy", "@", NULL, NULL, true, false},
    {"http_proxy", "@", NULL, NULL, false, true},
    {"HTTP_PROXY", "@", NULL, NULL, false, false},
    {"ALL_PROXY", "@", NULL, NULL, true, true},
    {"all_proxy", "@", NULL, NULL, true, true},
    {"ALL_PROXY", "@", "NO_PROXY", "other.example", true, true},
    {"ALL_PROXY", "@", "NO_PROXY", "proxied.example", false, false},
    {"all_proxy", "@", "no_proxy", "a, ." NAME, false, false},
    {"all_proxy", "@", "no_proxy", "*", false, false},
    {"ALL_PROXY", "@", "no_proxy", "roxied.example", true, true}, /* gRPC's own reading would match */
    {"ALL_PROXY", "@", "no_grpc_proxy", NAME, true, true},
    {"grpc_proxy", "@", NULL, NULL, false, false},
};

/* A call through the proxy has an effect; a direct one fails, because its name does not resolve here. */
static void check_route(const emulator_process *e, connect_proxy *p, bool proxied, const char *row)
{
    const urls u = urls_of(e, NAME);
    const bool tls = strncmp(u.api, "https", 5) == 0;
    boxd_error error;
    const int before = connect_proxy_count(p, "");
    const boxd_status status = call_boxd(&u, e->api_key, NULL, &error);
    ck_assert_msg((status == BOXD_OK) == proxied, "%s: boxd: %s", row, error.message);
    ck_assert_msg(connect_proxy_count(p, "") - before == (proxied ? 2 : 0), "%s: %d requests", row,
                  connect_proxy_count(p, "") - before);
    ck_assert_int_eq((int)call_drukbox(&u, NULL, &error) == BOXD_OK, proxied);
    ck_assert_int_eq(connect_proxy_count(p, "") - before, proxied ? 3 : 0);
    ck_assert_int_eq(connect_proxy_count(p, "Proxy-Authorization: Basic " CREDENTIALS "\r\n") +
                         connect_proxy_count(p, "Proxy-Authorization:Basic " CREDENTIALS "\r\n"),
                     connect_proxy_count(p, ""));
    /* No credential of a service reaches the proxy in a tunnel, and none of the proxy the service. */
    if (tls)
        ck_assert_int_eq(connect_proxy_count(p, "Bearer"), 0);
}

START_TEST(one_reading)
{
    for (size_t i = 0; i < COUNT(environments); i++) {
        char row[160];
        begin();
        connect_proxy *p = connect_proxy_start(NULL);
        set_variable(environments[i].name, environments[i].value, p);
        set_variable(environments[i].name2, environments[i].value2, p);
        (void)snprintf(row, sizeof row, "%s %s %s", environments[i].name,
                       environments[i].name2 ? environments[i].name2 : "",
                       environments[i].value2 ? environments[i].value2 : "");
        check_route(&secure, p, environments[i].tls, row);
        check_route(&emulator, p, environments[i].plaintext, row);
        connect_proxy_stop(p);
    }
}
END_TEST

/* The API uses CONNECT, also when it is plaintext. */
START_TEST(requests_of_the_stacks)
{
    const urls u = urls_of(&emulator, NAME), s = urls_of(&secure, NAME);
    boxd_error error;
    char line[256];
    begin();
    connect_proxy *p = connect_proxy_start(NULL);
    set_variable("ALL_PROXY", "@", p);
    e2e_ok(call_boxd(&u, emulator.api_key, NULL, &error) == BOXD_OK, error);
    (void)snprintf(line, sizeof line, "CONNECT %s HTTP/1.", strstr(u.api, "://") + 3);
    ck_assert_int_eq(connect_proxy_count(p, line), 1);
    (void)snprintf(line, sizeof line, "POST %s HTTP/1.1\r\n", u.exchange);
    ck_assert_int_eq(connect_proxy_count(p, line), 1);
    e2e_ok(call_boxd(&s, secure.api_key, NULL, &error) == BOXD_OK, error);
    (void)snprintf(line, sizeof line, "CONNECT %s HTTP/1.", strstr(s.api, "://") + 3);
    ck_assert_int_eq(connect_proxy_count(p, line), 1);
    ck_assert_int_eq(connect_proxy_count(p, "CONNECT "), 3);
    connect_proxy_stop(p);
}
END_TEST

/* ---- loopback ---- */

/* The proxy would receive the tokens of plaintext calls. */
START_TEST(loopback_is_direct)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    char url[64];
    begin();
    connect_proxy *p = connect_proxy_start(NULL);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", connect_proxy_port(p));
    set_variable("http_proxy", "@", p);
    set_variable("ALL_PROXY", "@", p);
    for (size_t i = 0; i < COUNT(hosts); i++) {
        const urls u = urls_of(&emulator, hosts[i]);
        boxd_error error;
        e2e_ok(call_boxd(&u, emulator.api_key, NULL, &error) == BOXD_OK, error);
        e2e_ok(call_boxd(&u, emulator.api_key, url, &error) == BOXD_OK, error);
        e2e_ok(call_drukbox(&u, NULL, &error) == BOXD_OK, error);
        e2e_ok(call_drukbox(&u, url, &error) == BOXD_OK, error);
    }
    ck_assert_int_eq(connect_proxy_count(p, ""), 0);
    connect_proxy_stop(p);
}
END_TEST

/* ---- the option ---- */

START_TEST(by_option)
{
    const urls u = urls_of(&secure, NAME);
    boxd_error error;
    char url[64];
    begin();
    connect_proxy *p = connect_proxy_start(NULL);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", connect_proxy_port(p));
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    setenv("NO_PROXY", "*", 1);
    e2e_ok(call_boxd(&u, secure.api_key, url, &error) == BOXD_OK, error);
    e2e_ok(call_drukbox(&u, url, &error) == BOXD_OK, error);
    ck_assert_int_eq(connect_proxy_count(p, ""), 3);
    unsetenv("NO_PROXY");
    set_variable("ALL_PROXY", "@", p);
    ck_assert_int_ne((int)call_boxd(&u, secure.api_key, "", &error), (int)BOXD_OK);
    ck_assert_int_ne((int)call_drukbox(&u, "", &error), (int)BOXD_OK);
    ck_assert_int_eq(connect_proxy_count(p, ""), 3);
    connect_proxy_stop(p);
}
END_TEST

/* ---- failures ---- */

static void expect_failure(const boxd_error *error, const char *row, const char *part, const char *proxy)
{
    ck_assert_msg(error->sent == BOXD_SENT_NO, "%s: sent", row);
    ck_assert_msg(strstr(error->message, proxy), "%s: no %s in: %s", row, proxy, error->message);
    ck_assert_msg(strstr(error->message, part), "%s: no \"%s\" in: %s", row, part, error->message);
    ck_assert_msg(!strstr(error->message, "p@ss") && !strstr(error->message, "p%40ss") &&
                      !strstr(error->message, CREDENTIALS),
                  "%s: a password in: %s", row, error->message);
}

/* The error of each stack names the proxy, and is retryable by one rule. */
static void expect_failures(const char *row, const char *proxy, const char *shown, const char *part,
                            bool retryable)
{
    const urls u = urls_of(&secure, NAME);
    boxd_error error;
    ck_assert_int_eq((int)call_boxd(&u, NULL, proxy, &error), (int)BOXD_ERR_CONNECTION);
    expect_failure(&error, row, part, shown);
    ck_assert_msg(error.retryable == retryable, "%s: the API: %s", row, error.message);
    ck_assert_int_eq((int)call_boxd(&u, secure.api_key, proxy, &error), (int)BOXD_ERR_CONNECTION);
    expect_failure(&error, row, part, shown);
    ck_assert_msg(error.retryable == retryable, "%s: the exchange: %s", row, error.message);
    ck_assert_int_eq((int)call_drukbox(&u, proxy, &error), (int)BOXD_ERR_UNAVAILABLE);
    expect_failure(&error, row, part, shown);
    ck_assert_msg(error.retryable == retryable, "%s: Drukbox: %s", row, error.message);
}

/* The advice names the setting that decided: the option, or the variable. */
static void expect_advice(const char *answer, const char *advice, bool bypass, bool retryable)
{
    char url[96], shown[96], part[200];
    connect_proxy *p = connect_proxy_start(answer);
    (void)snprintf(url, sizeof url, "http://u:p%%40ss@127.0.0.1:%d", connect_proxy_port(p));
    (void)snprintf(shown, sizeof shown, "http://127.0.0.1:%d (the option proxy)", connect_proxy_port(p));
    (void)snprintf(part, sizeof part, "%s%s", advice,
                   bypass ? "set the option proxy to \"\" for direct connections" : "");
    expect_failures(answer, url, shown, part, retryable);
    setenv("HTTPS_PROXY", url, 1);
    (void)snprintf(shown, sizeof shown, "http://127.0.0.1:%d (HTTPS_PROXY)", connect_proxy_port(p));
    (void)snprintf(part, sizeof part, "%s%s", advice, bypass ? "add the server's host to NO_PROXY" : "");
    expect_failures(answer, NULL, shown, part, retryable);
    unsetenv("HTTPS_PROXY");
    connect_proxy_stop(p);
}

#define EMPTY "Content-Length: 0\r\n\r\n"
#define WEB_SERVER "the server at the proxy's URL may not be a proxy; check the URL of the proxy, or "
#define TEMPORARY "the proxy could not connect to the server; try again, check the server's URL, or "
#define FORBIDDEN "the proxy refuses connections to this host; allow the host in the proxy, or "

START_TEST(failures_name_the_proxy)
{
    static const struct {
        const char *answer, *advice;
        bool bypass, retryable;
    } refusals[] = {
        {"HTTP/1.1 401 Unauthorized\r\n" EMPTY, FORBIDDEN, true, false},
        {"HTTP/1.1 403 Forbidden\r\n" EMPTY, FORBIDDEN, true, false},
        {"HTTP/1.1 404 Not Found\r\n" EMPTY, WEB_SERVER, true, false},
        {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n" EMPTY,
         "the proxy rejected user:password; correct user:password@ in its URL", false, false},
        {"HTTP/1.1 408 Request Timeout\r\n" EMPTY, TEMPORARY, true, true},
        {"HTTP/1.1 429 Too Many Requests\r\n" EMPTY, TEMPORARY, true, true},
        {"HTTP/1.1 501 Not Implemented\r\n" EMPTY, WEB_SERVER, true, false},
        {"HTTP/1.1 502 Bad Gateway\r\n" EMPTY, TEMPORARY, true, true},
        {"HTTP/1.1 503 Service Unavailable\r\n" EMPTY, TEMPORARY, true, true},
        {"HTTP/1.1 504 Gateway Timeout\r\n" EMPTY, TEMPORARY, true, true},
    };
    begin();
    for (size_t i = 0; i < COUNT(refusals); i++)
        expect_advice(refusals[i].answer, refusals[i].advice, refusals[i].bypass, refusals[i].retryable);
    expect_failures("refused", "http://u:p%40ss@127.0.0.1:1", "http://127.0.0.1:1 (the option proxy)",
                    "proxy", true);
    expect_failures("no such proxy", "http://u:p%40ss@no-such-proxy.invalid:1",
                    "http://no-such-proxy.invalid:1 (the option proxy)", "resolve", true);
}
END_TEST

/* Another server listens at the address of the proxy. */
START_TEST(not_a_proxy)
{
    static const char *const answers[] = {"SSH-2.0-server\r\n\r\n", "\r\n\r\n", " "};
    const urls u = urls_of(&secure, NAME);
    begin();
    for (size_t i = 0; i < COUNT(answers); i++) {
        char url[64];
        connect_proxy *p = connect_proxy_start(answers[i]);
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", connect_proxy_port(p));
        for (int with_key = 0; with_key < 2; with_key++) {
            boxd_error error;
            ck_assert_int_eq((int)call_boxd(&u, with_key ? secure.api_key : NULL, url, &error),
                             (int)BOXD_ERR_CONNECTION);
            expect_failure(&error, answers[i], "check the URL of the proxy", url);
        }
        connect_proxy_stop(p);
    }
}
END_TEST

/* The plaintext requests of libcurl get the proxy's own answers. */
START_TEST(an_answer_of_the_proxy)
{
    const urls u = urls_of(&emulator, NAME);
    boxd_error error;
    char url[64];
    begin();
    connect_proxy *p = connect_proxy_start("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno");
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", connect_proxy_port(p));
    ck_assert_int_eq((int)call_boxd(&u, emulator.api_key, url, &error), (int)BOXD_ERR_CONNECTION);
    ck_assert_msg(strstr(error.message, url) && strstr(error.message, "requires user:password"), "%s",
                  error.message);
    ck_assert(!error.retryable);
    ck_assert_int_ne((int)call_drukbox(&u, url, &error), (int)BOXD_OK);
    ck_assert_msg(strstr(error.message, url), "%s", error.message);
    connect_proxy_stop(p);
}
END_TEST

/* gRPC has no other kind of proxy than HTTP: the client is not opened. */
START_TEST(proxies_that_grpc_cannot_use)
{
    static const char *const kinds[] = {"socks5h://127.0.0.1:1", "https://127.0.0.1:1"};
    const urls u = urls_of(&secure, NAME), local = urls_of(&secure, "127.0.0.1");
    boxd_error error;
    begin();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        setenv("ALL_PROXY", kinds[i], 1);
        ck_assert_int_eq((int)call_boxd(&u, secure.api_key, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, kinds[i]) && strstr(error.message, "ALL_PROXY") &&
                          strstr(error.message, "or add the server's host to NO_PROXY"),
                      "%s", error.message);
        ck_assert_int_eq((int)call_boxd(&u, NULL, kinds[i], &error), (int)BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_msg(strstr(error.message, "or set the option proxy to \"\""), "%s", error.message);
        ck_assert_int_eq((int)call_drukbox(&u, NULL, &error), (int)BOXD_ERR_UNAVAILABLE);
        ck_assert_msg(strstr(error.message, kinds[i]), "%s", error.message);
        boxd_compute *c = boxd_compute_open(
            BOXD_OPTIONS(boxd_compute_options, .api_url = local.api, .token = "aToken"), &error);
        e2e_ok(c, error);
        boxd_compute_close(c);
    }
    const urls address = urls_of(&emulator, "192.0.2.1"); /* the look-up that fails is the one of the proxy */
    setenv("ALL_PROXY", "https://no-such-proxy.invalid:1", 1);
    ck_assert_int_eq((int)call_drukbox(&address, NULL, &error), (int)BOXD_ERR_UNAVAILABLE);
    setenv("ALL_PROXY", "ftp://x", 1);
    ck_assert_int_eq((int)call_boxd(&u, secure.api_key, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq((int)call_drukbox(&u, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

/* ---- authorities ---- */

/* Both products and both stacks trust SSL_CERT_FILE; BOXD_CA_FILE takes precedence for boxd. */
START_TEST(authorities_of_the_environment)
{
    const urls u = urls_of(&secure, NAME);
    boxd_error error;
    char other[64], url[64];
    begin();
    connect_proxy *p = connect_proxy_start(NULL);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", connect_proxy_port(p));
    (void)snprintf(other, sizeof other, "%s/other.pem", directory);
    e2e_ok(call_boxd(&u, secure.api_key, url, &error) == BOXD_OK, error);
    e2e_ok(call_drukbox(&u, url, &error) == BOXD_OK, error);
    setenv("SSL_CERT_FILE", other, 1);
    ck_assert_int_eq((int)call_boxd(&u, secure.api_key, url, &error), (int)BOXD_ERR_CONNECTION);
    ck_assert_int_eq((int)call_boxd(&u, NULL, url, &error), (int)BOXD_ERR_CONNECTION);
    ck_assert_int_eq((int)call_drukbox(&u, url, &error), (int)BOXD_ERR_UNAVAILABLE);
    setenv("BOXD_CA_FILE", ca, 1);
    e2e_ok(call_boxd(&u, secure.api_key, url, &error) == BOXD_OK, error);
    unsetenv("BOXD_CA_FILE");
    unsetenv("SSL_CERT_FILE");
    ck_assert_int_eq((int)call_boxd(&u, NULL, url, &error), (int)BOXD_ERR_CONNECTION);
    ck_assert_int_eq((int)call_drukbox(&u, url, &error), (int)BOXD_ERR_UNAVAILABLE);
    connect_proxy_stop(p);
}
END_TEST

int main(void)
{
    static const char *const plain[] = {"--drukbox-token", DRUKBOX_TOKEN, NULL};
    char path[64], other_key[64];
    if (!mkdtemp(directory))
        return EXIT_FAILURE;
    (void)snprintf(ca, sizeof ca, "%s/ca.pem", directory);
    (void)snprintf(key, sizeof key, "%s/key.pem", directory);
    (void)snprintf(path, sizeof path, "%s/other.pem", directory);
    (void)snprintf(other_key, sizeof other_key, "%s/other-key.pem", directory);
    own_certificate_write(NAME, ca, key);
    own_certificate_write(NAME, path, other_key);
    emulator_start(&secure, (const char *const[]){"--tls-cert", ca, "--tls-key", key, "--drukbox-token",
                                                  DRUKBOX_TOKEN, NULL});
    Suite *suite = suite_create("proxies");
    e2e_add_once(suite, one_reading);
    e2e_add_once(suite, requests_of_the_stacks);
    e2e_add_once(suite, loopback_is_direct);
    e2e_add_once(suite, by_option);
    e2e_add_once(suite, failures_name_the_proxy);
    e2e_add_once(suite, not_a_proxy);
    e2e_add_once(suite, an_answer_of_the_proxy);
    e2e_add_once(suite, proxies_that_grpc_cannot_use);
    e2e_add_once(suite, authorities_of_the_environment);
    const int status = e2e_main(suite, plain);
    emulator_stop(&secure);
    static const char *const names[] = {"ca.pem", "key.pem", "other.pem", "other-key.pem"};
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
    return status;
}
