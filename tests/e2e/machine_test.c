/*
 * Inside a machine: a program without a credential gets tokens, and the URL of the API, from the metadata
 * service of the machine. The emulator has such a service; machine_gateway_test.sh does the same with a
 * real gateway.
 */
#include "bad_server.h"
#include "e2e.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Sets the environment of a machine of the emulator, without a credential. */
static void enter_machine(void)
{
    static const char *const gone[] = {"BOXD_API_KEY", "BOXD_TOKEN", "BOXD_API_URL", "BOXD_BASE_URL",
                                       "BOXD_EXCHANGE_URL"};
    for (size_t i = 0; i < COUNT(gone); i++)
        unsetenv(gone[i]);
    setenv("BOXD_VM_ID", "0", 1);
    setenv("BOXD_METADATA_URL", emulator.metadata_url, 1);
}

START_TEST(own_tokens)
{
    enter_machine();
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    boxd_box *box = e2e_box();
    e2e_do(box, "true");
    free(emulator_control(&emulator, "POST", "tokens/expire-all",
                          NULL)); /* refused once: the library gets a new token */
    who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* The message names the credential of the machine. */
START_TEST(rejected_token)
{
    enter_machine();
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"code\":16,\"message\":\"not you\",\"count\":2}");
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "the server rejected the token of this machine for Whoami");
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "set BOXD_API_KEY or BOXD_TOKEN");
    e2e_close();
}
END_TEST

/* A URL that the program sets takes precedence over that of the service. */
START_TEST(own_url)
{
    enter_machine();
    e2e_open(_i, BOXD_OPTIONS(boxd_compute_options, .api_url = "http://127.0.0.1:1"));
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_CONNECTION, "127.0.0.1:1");
    e2e_close();
}
END_TEST

/* The environment variables do not prove that the service exists: here nothing answers. The close does not
 * wait for it. */
START_TEST(no_service)
{
    enter_machine();
    setenv("BOXD_METADATA_URL", "http://127.0.0.1:1/", 1);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "BOXD_API_KEY");
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "http://127.0.0.1:1/v1/auth/token");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    e2e_close();
}
END_TEST

START_TEST(no_such_route)
{
    char base[160];
    enter_machine();
    (void)snprintf(base, sizeof base, "%s/elsewhere", emulator.metadata_url);
    setenv("BOXD_METADATA_URL", base, 1);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "404");
    e2e_close();
}
END_TEST

/* A credential takes precedence over that of the machine. */
START_TEST(own_credential)
{
    enter_machine();
    emulator_export(&emulator);
    setenv("BOXD_METADATA_URL", "http://127.0.0.1:1", 1);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    e2e_close();
}
END_TEST

/* A proxy of the environment is not used, because the service is on the local network. */
START_TEST(no_proxy)
{
    enter_machine();
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("no_grpc_proxy", "127.0.0.1", 1);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    e2e_close();
}
END_TEST

/* Many first calls at once cause one exchange. */
START_TEST(closed_while_asking)
{
    enter_machine();
    setenv("BOXD_METADATA_URL", "http://127.0.0.1:1", 1);
    e2e_open(_i, NULL);
    for (int i = 0; i < 20; i++)
        boxd_aio_compute_whoami(compute, NULL, NULL, NULL);
    e2e_close();
}
END_TEST

/* ---- an API URL of plaintext ---- */

/* The number of warnings that tokens are sent in clear. */
static sem_t warnings;

static void count_warning(boxd_log_level level, const char *line, void *user_data)
{
    (void)level;
    (void)user_data;
    if (strstr(line, "tokens are sent to 192.0.2.1:9443 unencrypted"))
        sem_post(&warnings);
}

static int warning_count(void)
{
    int count = 0;
    ck_assert_int_eq(sem_getvalue(&warnings, &count), 0);
    return count;
}

/* The log reports it when the channel is made, and not for each call that cannot make one. */
START_TEST(plaintext_is_logged_once)
{
    static const char body[] = "{\"token\":\"t\",\"expires_at\":4000000000,"
                               "\"api_url\":\"http://192.0.2.1:9443\"}";
    char answer[256], url[64], ca_file[64];
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_hooks hooks = {.size = sizeof hooks, .log = count_warning};
    (void)snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", sizeof body - 1,
                   body);
    bad_server *server = bad_server_start_one(BAD_HTTP, answer);
    ck_assert_int_eq(sem_init(&warnings, 0, 0), 0);
    enter_machine();
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", bad_server_port(server));
    setenv("BOXD_METADATA_URL", url, 1);
    (void)snprintf(ca_file, sizeof ca_file, "/tmp/boxd-machine-%d.pem", (int)getpid());
    e2e_open(_i, BOXD_OPTIONS(boxd_compute_options, .ca_file = ca_file, .hooks = &hooks));
    for (int call = 0; call < 3; call++) {
        ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
        e2e_expect(&error, BOXD_ERR_LOCAL_FILE, ca_file);
    }
    ck_assert_int_eq(warning_count(), 0);
    FILE *file = fopen(ca_file, "we"); /* without TLS its content is not used */
    ck_assert(file && fputs("-----BEGIN CERTIFICATE-----\n", file) >= 0 && fclose(file) == 0);
    for (int call = 0; call < 3; call++)
        boxd_aio_compute_whoami(compute, NULL, NULL, NULL);
    ck_assert_int_eq(sem_wait(&warnings), 0);
    e2e_close();
    ck_assert_int_eq(warning_count(), 0);
    ck_assert_int_eq(unlink(ca_file), 0);
    bad_server_stop(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine");
    e2e_add(suite, own_tokens);
    e2e_add(suite, rejected_token);
    e2e_add(suite, own_url);
    e2e_add(suite, no_service);
    e2e_add(suite, no_such_route);
    e2e_add(suite, own_credential);
    e2e_add(suite, no_proxy);
    e2e_add(suite, closed_while_asking);
    e2e_add(suite, plaintext_is_logged_once);
    return e2e_main(suite, (const char *const[]){"--metadata-port", "0", NULL});
}
