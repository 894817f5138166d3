/* TLS: only the authorities that the program or its environment names are trusted. */
#include "drukbox_case.h"
#include "tls_closing_server.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

static char directory[] = "/tmp/drukbox-e2e-tls-XXXXXX"; /* authorities and certificates of this program */

static const char *in_directory(char path[64], const char *name)
{
    (void)snprintf(path, 64, "%s/%s", directory, name);
    return path;
}

static void works(const drukbox_client_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    client = drukbox_open_another(options);
    drukbox_host *host = drukbox_make_host();
    e2e_ok(try_host_delete(host->id, &error) == BOXD_OK, error);
    drukbox_host_free(host);
    drukbox_close(client);
}

/* An error before anything was sent. */
static void does_not(const drukbox_client_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    client = drukbox_open_another(options);
    ck_assert_ptr_null(try_host_create(NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNAVAILABLE, "Sandbox service transport failed: ");
    const bool untrusted = strstr(error.message, "ca_file") != NULL; /* the next attempt would fail as well */
    ck_assert_msg(error.sent == BOXD_SENT_NO && error.retryable != untrusted && error.http_status == 0, "%s",
                  error.message);
    drukbox_close(client);
}

static void begin(int i)
{
    drukbox_open(i, NULL);
    drukbox_close(client);
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
}

START_TEST(by_option)
{
    begin(_i);
    ck_assert_int_eq(strncmp(emulator.drukbox_url, "https://", 8), 0);
    works(BOXD_OPTIONS(drukbox_client_options, .ca_file = emulator.ca_file));
    setenv("SSL_CERT_FILE", "/nowhere/ca.pem", 1); /* takes precedence, also over the directory */
    setenv("SSL_CERT_DIR", "/nowhere", 1);
    works(BOXD_OPTIONS(drukbox_client_options, .ca_file = emulator.ca_file));
}
END_TEST

START_TEST(by_environment)
{
    begin(_i);
    setenv("SSL_CERT_FILE", emulator.ca_file, 1);
    works(NULL);
}
END_TEST

START_TEST(by_name)
{
    char url[64];
    begin(_i);
    (void)snprintf(url, sizeof url, "https://localhost:%s/", strrchr(emulator.drukbox_url, ':') + 1);
    works(BOXD_OPTIONS(drukbox_client_options, .base_url = url, .ca_file = emulator.ca_file));
}
END_TEST

/* The system's authorities, an empty directory of them, and another one. */
START_TEST(unknown_authority)
{
    char path[64];
    begin(_i);
    does_not(NULL);
    setenv("SSL_CERT_DIR", directory, 1); /* without the file names that OpenSSL looks for */
    does_not(NULL);
    unsetenv("SSL_CERT_DIR");
    does_not(BOXD_OPTIONS(drukbox_client_options, .ca_file = in_directory(path, "client.pem")));
}
END_TEST

/* ---- the system's authorities are not trusted beside ca_file ---- */

#define SYSTEMS "/etc/ssl/certs"
#define CA_HASH "d843f8c9" /* openssl x509 -hash: the file name for the authority of the emulator */

/* The default file and directory of libcurl on this system. */
static const char *const systems_names[] = {SYSTEMS "/ca-certificates.crt", SYSTEMS "/" CA_HASH ".0"};

static bool copy_file(const char *from, const char *to)
{
    char bytes[8192];
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    const size_t size = in ? fread(bytes, 1, sizeof bytes, in) : 0;
    const bool good = out && size > 0 && fwrite(bytes, 1, size, out) == size;
    if (in)
        fclose(in);
    return (!out || fclose(out) == 0) && good;
}

/* For this process, which Check has forked for the test: makes the system trust the authority of the
 * emulator. False: the kernel or the system does not allow this. */
static bool become_trusted_by_the_system(void)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", SYSTEMS, "tmpfs", 0, NULL) != 0)
        return false;
    return copy_file(emulator.ca_file, systems_names[0]) && copy_file(emulator.ca_file, systems_names[1]);
}

START_TEST(another_than_the_systems)
{
    char path[64];
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    drukbox_on(_i);
    if (!become_trusted_by_the_system())
        return;
    works(NULL);
    const drukbox_client_options other = {.size = sizeof other, .ca_file = in_directory(path, "client.pem")};
    unlink(systems_names[0]); /* the directory is still trusted */
    does_not(&other);
    setenv("SSL_CERT_FILE", other.ca_file, 1);
    does_not(NULL);
    unsetenv("SSL_CERT_FILE");
    ck_assert(copy_file(emulator.ca_file, systems_names[0]));
    unlink(systems_names[1]); /* the file is still trusted */
    setenv("SSL_CERT_DIR", directory, 1);
    does_not(NULL);
}
END_TEST

static const char *swap_scheme(char out[160], const char *url)
{
    const bool tls = strncmp(url, "https://", 8) == 0;
    (void)snprintf(out, 160, "%s://%s", tls ? "http" : "https", strstr(url, "://") + 3);
    return out;
}

START_TEST(another_scheme)
{
    emulator_process plain;
    boxd_error error = BOXD_ERROR_INIT;
    char url[160];
    begin(_i);
    emulator_start(&plain, (const char *const[]){"--drukbox-token", TEST_TOKEN, NULL});
    does_not(BOXD_OPTIONS(drukbox_client_options, .base_url = swap_scheme(url, plain.drukbox_url),
                          .ca_file = emulator.ca_file));
    emulator_stop(&plain);
    client = drukbox_open_another(
        BOXD_OPTIONS(drukbox_client_options, .base_url = swap_scheme(url, emulator.drukbox_url)));
    ck_assert_ptr_null(try_host_list(&error)); /* not HTTP: the answer is cut off or missing */
    ck_assert_msg(error.status == BOXD_ERR_UNAVAILABLE || error.status == BOXD_ERR_RESPONSE, "%s",
                  error.message);
    drukbox_close(client);
}
END_TEST

/* The certificate is for localhost and 127.0.0.1. */
START_TEST(another_host)
{
    emulator_process other;
    char certificate[64], key[64];
    begin(_i);
    emulator_start(&other, (const char *const[]){"--host", "127.0.0.2", "--drukbox-token", TEST_TOKEN,
                                                 "--tls-cert", in_directory(certificate, "cert.pem"),
                                                 "--tls-key", in_directory(key, "key.pem"), NULL});
    does_not(
        BOXD_OPTIONS(drukbox_client_options, .base_url = other.drukbox_url, .ca_file = emulator.ca_file));
    emulator_stop(&other);
}
END_TEST

/* The file exists but has no certificates: only the first call detects this. */
START_TEST(no_authorities)
{
    boxd_error error = BOXD_ERROR_INIT;
    char path[64];
    begin(_i);
    client = drukbox_open_another(
        BOXD_OPTIONS(drukbox_client_options, .ca_file = in_directory(path, "client-key.pem")));
    ck_assert_ptr_null(try_host_list(&error));
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, path);
    ck_assert(error.sent == BOXD_SENT_NO && !error.retryable);
    drukbox_close(client);
}
END_TEST

/* A server that closes its connections, and a client of it. */
static tls_closing_server *open_closing(void)
{
    char certificate[64], key[64], url[64];
    int port;
    tls_closing_server *server =
        tls_closing_server_start(in_directory(certificate, "cert.pem"), in_directory(key, "key.pem"),
                                 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", &port);
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d", port);
    client = drukbox_open_another(
        BOXD_OPTIONS(drukbox_client_options, .base_url = url, .ca_file = emulator.ca_file));
    return server;
}

static void list_hosts(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_hosts *hosts = try_host_list(&error);
    e2e_ok(hosts, error);
    drukbox_hosts_free(hosts);
}

/* A connection that the server has closed is not used again, although close_notify is still unread. */
START_TEST(closed_while_idle)
{
    enum { CALLS = 4 };
    begin(_i);
    tls_closing_server *server = open_closing();
    for (int i = 0; i < CALLS; i++) {
        list_hosts();
        tls_closing_server_wait(server);
    }
    drukbox_close(client);
    ck_assert_int_eq(tls_closing_server_stop(server), CALLS);
}
END_TEST

/* The server closes each connection as the second request arrives: no call is lost. */
START_TEST(closed_while_used)
{
    enum { CALLS = 10 };
    begin(_i);
    tls_closing_server *server = open_closing();
    tls_closing_server_close_late(server);
    for (int i = 0; i < CALLS; i++)
        list_hosts();
    drukbox_close(client);
    ck_assert_int_eq(tls_closing_server_stop(server), 2 * CALLS - 1);
}
END_TEST

/* An https:// proxy answers requests for http:// URLs itself: the error names it. */
START_TEST(an_answer_of_an_https_proxy)
{
    boxd_error error = BOXD_ERROR_INIT;
    char certificate[64], key[64], url[64];
    int port;
    begin(_i);
    tls_closing_server *proxy =
        tls_closing_server_start(in_directory(certificate, "cert.pem"), in_directory(key, "key.pem"),
                                 "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", &port);
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d", port);
    client = drukbox_open_another(BOXD_OPTIONS(drukbox_client_options,
                                               .base_url = "http://service.proxied.example", .proxy = url,
                                               .ca_file = emulator.ca_file));
    ck_assert_ptr_null(try_host_list(&error));
    e2e_expect(&error, BOXD_ERR_RESPONSE, "the answer came through the proxy https://127.0.0.1:");
    ck_assert_int_eq(error.http_status, 403);
    drukbox_close(client);
    ck_assert_int_eq(tls_closing_server_stop(proxy), 1);
}
END_TEST

static void remove_directory(void)
{
    static const char *const names[] = {"ca.pem", "cert.pem", "key.pem", "client.pem", "client-key.pem"};
    char path[64];
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(in_directory(path, names[i]));
    rmdir(directory);
}

int main(void)
{
    if (!mkdtemp(directory))
        return EXIT_FAILURE;
    Suite *suite = suite_create("drukbox_tls");
    drukbox_add(suite, by_option);
    drukbox_add(suite, by_environment);
    drukbox_add(suite, by_name);
    drukbox_add(suite, unknown_authority);
    drukbox_add(suite, another_than_the_systems);
    drukbox_add(suite, another_scheme);
    drukbox_add(suite, another_host);
    drukbox_add(suite, no_authorities);
    drukbox_add(suite, closed_while_idle);
    drukbox_add(suite, closed_while_used);
    drukbox_add(suite, an_answer_of_an_https_proxy);
    const int code = drukbox_main(suite, (const char *const[]){"--tls-self-signed", directory, NULL});
    remove_directory();
    return code;
}
