/* TLS: valid certificates; a wrong certificate, a missing one, and a server without TLS. */
#include "e2e.h"

#include <stdio.h>
#include <unistd.h>

static char directory[] = "/tmp/boxd-e2e-tls-XXXXXX"; /* the authority and certificates of this program */

static const char *in_directory(char path[64], const char *name)
{
    (void)snprintf(path, 64, "%s/%s", directory, name);
    return path;
}

/* The URL with the other scheme. */
static const char *swap_scheme(char out[160], const char *url)
{
    bool tls = strncmp(url, "https://", 8) == 0;
    (void)snprintf(out, 160, "%s://%s", tls ? "http" : "https", strstr(url, "://") + 3);
    return out;
}

/* A client of `e` with its key: an exchange comes before the call. */
static boxd_compute_options options_for(const emulator_process *e)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.api_url = e->api_url;
    options.exchange_url = e->exchange_url;
    options.api_key = e->api_key;
    options.ca_file = e->ca_file;
    options.read_retries = -1;
    return options;
}

/* The same with a token: the first connection is that of the API. */
static boxd_compute_options token_options_for(const emulator_process *e)
{
    boxd_compute_options options = options_for(e);
    options.api_key = NULL;
    options.token = "aToken";
    return options;
}

/* A failure before anything was sent, with these parts in its message. */
static void fail_to_connect(int i, const boxd_compute_options *options, const char *what, const char *next)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(i, options);
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_CONNECTION, what);
    e2e_expect(&error, BOXD_ERR_CONNECTION, next);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    ck_assert_int_eq(error.http_status, 0);
    bool by_exchange = options->api_key != NULL;
    ck_assert_int_eq(error.grpc_code, by_exchange ? -1 : 14);
    e2e_expect(&error, BOXD_ERR_CONNECTION,
               by_exchange ? options->exchange_url : strstr(options->api_url, "://") + 3);
    if (!by_exchange) {
        ck_assert_ptr_null(on->box_create(compute, NULL, &error));
        e2e_expect(&error, BOXD_ERR_CONNECTION, what);
        e2e_expect(&error, BOXD_ERR_CONNECTION, next);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    e2e_close();
}

/* ---- valid certificates ---- */

static void use_everything(void)
{
    enum { SIZE = 3 * 1024 * 1024 + 1 };
    boxd_error error = BOXD_ERROR_INIT;
    char *bytes = malloc(SIZE);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)((i * 2654435761U) >> 13);
    boxd_box *box = e2e_box();
    boxd_exec_result *result = e2e_run(box, "echo out; echo err >&2; exit 3");
    ck_assert_str_eq(result->out.data, "out\n");
    ck_assert_str_eq(result->err.data, "err\n");
    ck_assert_int_eq(result->exit_code, 3);
    boxd_exec_result_free(result);
    e2e_ok(on->box_write_file(box, "data", bytes, SIZE, NULL, &error) == BOXD_OK, error);
    boxd_file_data *back = on->box_read_file(box, "data", NULL, &error);
    e2e_ok(back, error);
    ck_assert_uint_eq(back->content.size, SIZE);
    ck_assert_int_eq(memcmp(back->content.data, bytes, SIZE), 0);
    boxd_file_data_free(back);
    free(bytes);
    e2e_drop(box);
}

START_TEST(works)
{
    boxd_compute_options options = options_for(&emulator);
    emulator_export(&emulator); /* including BOXD_CA_FILE */
    ck_assert_int_eq(strncmp(emulator.api_url, "https://", 8), 0);
    ck_assert_int_eq(strncmp(emulator.exchange_url, "https://", 8), 0);
    e2e_open(_i, NULL);
    use_everything();
    e2e_close();
    setenv("BOXD_CA_FILE", "/nowhere/ca.pem", 1); /* the option takes precedence */
    e2e_open(_i, &options);
    use_everything();
    e2e_close();
}
END_TEST

/* By the name in the certificate. */
START_TEST(works_by_name)
{
    boxd_compute_options options = options_for(&emulator);
    boxd_error error = BOXD_ERROR_INIT;
    char url[64], exchange[96];
    (void)snprintf(url, sizeof url, "https://localhost:%s", strrchr(emulator.api_url, ':') + 1);
    (void)snprintf(exchange, sizeof exchange, "https://localhost:%s",
                   strrchr(emulator.exchange_url, ':') + 1);
    options.api_url = url;
    options.exchange_url = exchange;
    e2e_open(_i, &options);
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    e2e_close();
}
END_TEST

/* The answer that confirms a cancel is recognised as one of the same connection. */
START_TEST(confirms_a_cancel)
{
    const boxd_compute_options options = options_for(&emulator);
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, &options);
    boxd_box *box = e2e_box();
    boxd_process *p = on->box_exec_shell_stream(box, "echo up; exec sleep 600", NULL, &error);
    e2e_ok(p, error);
    e2e_ok(on->process_read(p, NULL, NULL, &error) == BOXD_READ_DATA, error);
    e2e_ok(on->process_close(p, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->process_wait(p, NULL, NULL, NULL, &error), (int)BOXD_ERR_CANCELLED);
    ck_assert_msg(error.command == BOXD_COMMAND_KILLED, "%s", error.message);
    boxd_process_free(p);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- invalid certificates ---- */

START_TEST(unknown_authority)
{
    boxd_compute_options options = options_for(&emulator), direct = token_options_for(&emulator);
    unsetenv("BOXD_CA_FILE");
    options.ca_file = direct.ca_file = NULL;
    fail_to_connect(_i, &options, "certificate", "ca_file");
    fail_to_connect(_i, &direct, "certificate", "ca_file");
}
END_TEST

START_TEST(plaintext_to_tls)
{
    boxd_compute_options options = options_for(&emulator), direct = token_options_for(&emulator);
    char url[160], exchange[160];
    direct.api_url = swap_scheme(url, emulator.api_url);
    options.exchange_url = swap_scheme(exchange, emulator.exchange_url);
    fail_to_connect(_i, &options, "TLS", "https://");
    fail_to_connect(_i, &direct, "TLS", "https://");
}
END_TEST

START_TEST(tls_to_plaintext)
{
    emulator_process plain;
    emulator_start(&plain, NULL);
    boxd_compute_options options = options_for(&plain), direct = token_options_for(&plain);
    char url[160], exchange[160];
    direct.api_url = swap_scheme(url, plain.api_url);
    options.exchange_url = swap_scheme(exchange, plain.exchange_url);
    fail_to_connect(_i, &options, "does not speak TLS", "http://");
    fail_to_connect(_i, &direct, "does not speak TLS", "http://");
    emulator_stop(&plain);
}
END_TEST

/* The certificate is for localhost and 127.0.0.1. */
START_TEST(another_host)
{
    emulator_process other;
    char certificate[64], key[64];
    emulator_start(&other, (const char *const[]){"--host", "127.0.0.2", "--tls-cert",
                                                 in_directory(certificate, "cert.pem"), "--tls-key",
                                                 in_directory(key, "key.pem"), NULL});
    boxd_compute_options options = options_for(&other), direct = token_options_for(&other);
    options.ca_file = direct.ca_file = emulator.ca_file;
    fail_to_connect(_i, &options, "certificate is for another host", "check exchange_url");
    fail_to_connect(_i, &direct, "certificate is for another host", "check the API URL");
    emulator_stop(&other);
}
END_TEST

/* ---- mutual TLS ---- */

/* gRPC clients need a certificate of the authority; the exchange does not. */
static void start_mutual(emulator_process *mutual)
{
    char certificate[64], key[64], ca[64];
    emulator_start(mutual, (const char *const[]){"--tls-cert", in_directory(certificate, "cert.pem"),
                                                 "--tls-key", in_directory(key, "key.pem"), "--client-ca",
                                                 in_directory(ca, "ca.pem"), NULL});
}

START_TEST(mutual_works)
{
    emulator_process mutual;
    char certificate[64], key[64];
    start_mutual(&mutual);
    boxd_compute_options options = options_for(&mutual);
    options.ca_file = emulator.ca_file;
    options.client_cert_file = in_directory(certificate, "client.pem");
    options.client_key_file = in_directory(key, "client-key.pem");
    e2e_open(_i, &options);
    use_everything();
    e2e_close();
    emulator_stop(&mutual);
}
END_TEST

/* A further connection uses the same certificates as the first one, also after the files were deleted. */
START_TEST(files_are_read_once)
{
    static const boxd_rpc_method method =
        BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);
    static const char *const names[] = {"ca.pem", "client.pem", "client-key.pem"};
    emulator_process mutual;
    boxd_error error = BOXD_ERROR_INIT;
    char original[64], linked[COUNT(names)][64], token[2048];
    start_mutual(&mutual);
    (void)snprintf(mutual.ca_file, sizeof mutual.ca_file, "%s", emulator.ca_file);
    emulator_token(&mutual, token, sizeof token);
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(linked[i], sizeof linked[i], "%s/once-%s", directory, names[i]);
        ck_assert_int_eq(link(in_directory(original, names[i]), linked[i]), 0);
    }
    boxd_compute_options options = token_options_for(&mutual);
    options.token = token;
    options.ca_file = linked[0];
    options.client_cert_file = linked[1];
    options.client_key_file = linked[2];
    options.max_streams_per_connection = 1;
    e2e_open(_i, &options);
    for (size_t i = 0; i < COUNT(names); i++)
        ck_assert_int_eq(unlink(linked[i]), 0);
    boxd_box *box = e2e_box();
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
    first.vm_id = boxd_box_id(box);
    first.command = "cat";
    boxd_rpc_stream *stream = on->rpc_stream_open(compute, &method, NULL, &error);
    e2e_ok(stream, error);
    e2e_ok(on->rpc_stream_send(stream, &first.base, NULL, &error) == BOXD_OK, error);
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    boxd_rpc_stream_free(stream);
    e2e_drop(box);
    e2e_close();
    emulator_stop(&mutual);
}
END_TEST

START_TEST(mutual_without_certificate)
{
    emulator_process mutual;
    start_mutual(&mutual);
    boxd_compute_options direct = token_options_for(&mutual);
    direct.ca_file = emulator.ca_file;
    fail_to_connect(_i, &direct, "client certificate", "client_cert_file");
    emulator_stop(&mutual);
}
END_TEST

/* ---- PEM files with the wrong contents ---- */

static void write_armoured(const char *path, const char *kind)
{
    FILE *file = fopen(path, "w");
    ck_assert(file && fprintf(file, "-----BEGIN %s-----\nc2hlZXA=\n-----END %s-----\n", kind, kind) > 0 &&
              fclose(file) == 0);
}

/* When the client is opened, or at the first call if only the TLS library detects the error: the message
 * names the file. */
static void refuse_files(const boxd_compute_options *options, const char *culprit)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *opened = boxd_compute_open(options, &error);
    if (opened) {
        boxd_identity *who = boxd_compute_whoami(opened, NULL, &error);
        ck_assert_ptr_null(who);
        boxd_compute_close(opened);
    }
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, culprit);
    ck_assert(!error.retryable && error.sent == BOXD_SENT_NO);
}

START_TEST(mixed_up_files)
{
    char ca[64], cert[64], key[64], other[64], sheep[64];
    in_directory(ca, "ca.pem");
    in_directory(cert, "client.pem");
    in_directory(key, "client-key.pem");
    in_directory(other, "key.pem"); /* of another certificate */
    in_directory(sheep, "sheep.pem");
    const struct {
        const char *ca, *cert, *key, *culprit;
    } cases[] = {
        {key, NULL, NULL, key}, {sheep, NULL, NULL, sheep}, {ca, key, key, key},      {ca, sheep, key, sheep},
        {ca, cert, cert, cert}, {ca, cert, other, other},   {ca, cert, sheep, sheep},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_compute_options options = token_options_for(&emulator);
        write_armoured(sheep, cases[i].key == sheep ? "PRIVATE KEY" : "CERTIFICATE");
        options.ca_file = cases[i].ca;
        options.client_cert_file = cases[i].cert;
        options.client_key_file = cases[i].key;
        refuse_files(&options, cases[i].culprit);
    }
}
END_TEST

static void remove_directory(void)
{
    static const char *const names[] = {"ca.pem",     "cert.pem",       "key.pem",
                                        "client.pem", "client-key.pem", "sheep.pem"};
    char path[64];
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(in_directory(path, names[i]));
    rmdir(directory);
}

int main(void)
{
    if (!mkdtemp(directory))
        return EXIT_FAILURE;
    Suite *suite = suite_create("tls");
    e2e_add(suite, works);
    e2e_add(suite, works_by_name);
    e2e_add(suite, confirms_a_cancel);
    e2e_add(suite, unknown_authority);
    e2e_add(suite, plaintext_to_tls);
    e2e_add(suite, tls_to_plaintext);
    e2e_add(suite, another_host);
    e2e_add(suite, mutual_works);
    e2e_add(suite, files_are_read_once);
    e2e_add(suite, mutual_without_certificate);
    e2e_add_once(suite, mixed_up_files);
    int code = e2e_main(suite, (const char *const[]){"--tls-self-signed", directory, NULL});
    remove_directory();
    return code;
}
