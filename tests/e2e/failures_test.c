/* Failures: invalid settings, unreachable servers, servers that are not boxd, and a server that ends during
 * a call. The status of each call, and a message that names the object and the next step. */
#include "bad_server.h"
#include "e2e.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void start_fresh(void)
{
    emulator_clear_faults(&emulator);
    emulator_export(&emulator);
}

/* ---- opening ---- */

static boxd_error refuse_to_open(const boxd_compute_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *c = boxd_compute_open(options, &error);
    ck_assert_msg(!c, "it opens");
    ck_assert_int_eq(error.grpc_code, -1);
    ck_assert_int_eq(error.http_status, 0);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    ck_assert(!error.retryable);
    return error;
}

START_TEST(no_credential)
{
    start_fresh();
    unsetenv("BOXD_API_KEY");
    setenv("BOXD_TOKEN", "", 1);
    boxd_error error = refuse_to_open(NULL);
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "set BOXD_API_KEY or BOXD_TOKEN");
}
END_TEST

START_TEST(unknown_environment)
{
    start_fresh();
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    options.environment = "moon";
    error = refuse_to_open(&options);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "\"moon\"");
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "production, staging");
    setenv("BOXD_ENVIRONMENT", "moon", 1); /* unknown names are ignored in the environment */
    e2e_open(0, NULL);
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    e2e_close();
}
END_TEST

START_TEST(malformed_urls)
{
    static const char *const urls[] = {
        "http://",          "https://:9443",      "ftp://localhost:9443", "http://localhost:0",
        "localhost:65536",  "localhost:port",     "localhost:-1",         "http://local host:9443",
        "localhost:9443/x", "http://a@localhost", "http://[::1:9443",     "::1:9443",
        "http://a..b",      "http://localhost:",  "http://x\n:9443",      "http://[::1]9443",
    };
    start_fresh();
    for (size_t i = 0; i < COUNT(urls); i++) {
        boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
        options.api_url = urls[i];
        boxd_error error = refuse_to_open(&options);
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "api_url: ");
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "give https://host:port");
        options.api_url = NULL;
        setenv("BOXD_API_URL", urls[i], 1);
        error = refuse_to_open(&options);
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "BOXD_API_URL: ");
        start_fresh();
    }
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.exchange_url = "localhost/token";
    boxd_error error = refuse_to_open(&options);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "exchange_url \"localhost/token\" has no scheme");
}
END_TEST

START_TEST(options_of_a_newer_header)
{
    start_fresh();
    struct {
        boxd_compute_options known;
        void *unknown;
    } newer = {.known = BOXD_COMPUTE_OPTIONS_INIT};
    newer.known.size = sizeof newer;
    newer.unknown = &newer;
    boxd_error error = refuse_to_open(&newer.known);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "boxd_compute_options");
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "newer");
    newer.unknown = NULL; /* a program of newer headers that uses no new member */
    boxd_compute *c = boxd_compute_open(&newer.known, &error);
    e2e_ok(c, error);
    boxd_compute_close(c);
}
END_TEST

START_TEST(bad_certificate_files)
{
    char path[] = "/tmp/boxd-e2e-pem-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    start_fresh();
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.api_url = "https://127.0.0.1:9443";
    options.ca_file = "/nowhere/ca.pem";
    boxd_error error = refuse_to_open(&options);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "/nowhere/ca.pem");
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "No such file");
    options.ca_file = path;
    error = refuse_to_open(&options); /* empty */
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, path);
    ck_assert_int_eq((int)write(fd, "sheep\n", 6), 6);
    error = refuse_to_open(&options);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, path);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "no PEM");
    close(fd);
    unlink(path);
    options.ca_file = NULL;
    options.client_cert_file = path;
    error = refuse_to_open(&options);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "client_cert_file is set without client_key_file");
    options.client_key_file = path;
    error = refuse_to_open(&options);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, path);
}
END_TEST

/* ---- servers that are not boxd ---- */

/* The statuses of a read and of a write. */
typedef struct outcome {
    /* Parts of the message: what happened; what to do. */
    const char *part, *next;
    bool sent_no;
} outcome;

static void check_outcome(const boxd_error *error, const outcome *wanted, const char *target, const char *rpc,
                          const char *name)
{
    ck_assert_msg(error->status == BOXD_ERR_CONNECTION, "%s: %s: %s", name, boxd_status_name(error->status),
                  error->message);
    ck_assert_msg(error->grpc_code == 14, "%s: %d", name, error->grpc_code);
    const char *const parts[] = {wanted->part, wanted->next, target, rpc};
    for (size_t i = 0; i < COUNT(parts); i++)
        ck_assert_msg(strstr(error->message, parts[i]), "%s: no \"%s\" in: %s", name, parts[i],
                      error->message);
    ck_assert_msg(!wanted->sent_no || error->sent == BOXD_SENT_NO, "%s: sent %d", name, (int)error->sent);
    ck_assert_msg(error->sent != BOXD_SENT_YES, "%s", name);
    ck_assert_msg(error->retryable || strcmp(rpc, "CreateVm") == 0, "%s: retryable", name);
    ck_assert_msg(error->retryable == (error->sent == BOXD_SENT_NO) || strcmp(rpc, "Whoami") == 0, "%s",
                  name);
}

/* A client of `target` with a token, which needs no exchange. */
static void open_target(int i, const char *target, int32_t read_retries)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    char url[128];
    (void)snprintf(url, sizeof url, "http://%s", target);
    options.api_url = url;
    options.token = "aToken";
    options.read_retries = read_retries;
    e2e_open(i, &options);
}

static void check_target(int i, const char *target, int32_t retries, const outcome *wanted, const char *name)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_target(i, target, retries);
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    check_outcome(&error, wanted, target, "Whoami", name);
    ck_assert_ptr_null(on->box_create(compute, NULL, &error));
    check_outcome(&error, wanted, target, "CreateVm", name);
    e2e_close();
}

START_TEST(nothing_listens)
{
    static const outcome wanted = {"nothing listens there", "check the API URL", true};
    char target[64];
    int port, held = bad_server_closed_port(&port);
    (void)snprintf(target, sizeof target, "127.0.0.1:%d", port);
    check_target(_i, target, 0, &wanted, "with retries");
    check_target(_i, target, -1, &wanted, "without");
    close(held);
}
END_TEST

START_TEST(no_such_host)
{
    static const outcome wanted = {"the host name does not resolve", "check the API URL", true};
    check_target(_i, "no-such-host.invalid:9443", -1, &wanted, "no such host");
}
END_TEST

static const struct {
    const char *name;
    bad_act act;
    outcome wanted;
} strangers[] = {
    {"closes at once", {.behaviour = BAD_CLOSE}, {"the connection was ", "TLS server (https://)", true}},
    {"speaks HTTP/1",
     {.behaviour = BAD_HTTP, .text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\nwhat"},
     {"HTTP/1", "check that this is the API's port", true}},
    {"speaks something else",
     {.behaviour = BAD_BYTES,
      .text = "SSH-2.0-OpenSSH_9.6 and many more words that are no frame of HTTP/2 at all\r\n"},
     {"does not speak gRPC", "check that this is the API's port", true}},
};

START_TEST(no_boxd_service)
{
    for (size_t i = 0; i < COUNT(strangers); i++) {
        bad_server *server = bad_server_start(&strangers[i].act, 1);
        char target[64];
        (void)snprintf(target, sizeof target, "127.0.0.1:%d", bad_server_port(server));
        check_target(_i, target, -1, &strangers[i].wanted, strangers[i].name);
        ck_assert_int_ge(bad_server_connections(server), 1);
        bad_server_stop(server);
    }
}
END_TEST

/* The deadline ends the call; without a deadline the connection attempt ends after 10 s. */
START_TEST(silent_server)
{
    static const outcome wanted = {"does not speak gRPC", "check that this is the API's port", true};
    bad_server *server = bad_server_start_one(BAD_SILENT, NULL);
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    boxd_box_create_options create = BOXD_BOX_CREATE_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    char target[64];
    (void)snprintf(target, sizeof target, "127.0.0.1:%d", bad_server_port(server));
    open_target(_i, target, -1);
    call.timeout_ms = create.call.timeout_ms = 150;
    ck_assert_ptr_null(on->compute_whoami(compute, &call, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "Whoami timed out after 150 ms");
    ck_assert_msg(strstr(error.message, target), "%s", error.message);
    ck_assert(error.retryable && error.sent != BOXD_SENT_YES);
    ck_assert_ptr_null(on->box_create(compute, &create, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "CreateVm of a box timed out after 150 ms");
    ck_assert(error.sent != BOXD_SENT_YES && error.retryable == (error.sent == BOXD_SENT_NO));
    e2e_close();
    check_target(_i, target, -1, &wanted, "silent");
    bad_server_stop(server);
}
END_TEST

START_TEST(unknown_method)
{
    start_fresh();
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    emulator_fault(&emulator, "{\"rpc\":\"StopVm\",\"code\":12,\"message\":\"what?\",\"count\":1}");
    ck_assert_int_eq((int)on->box_stop(box, NULL, &error), (int)BOXD_ERR_UNSUPPORTED);
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "StopVm of box \"");
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "\": this server does not have StopVm");
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "check that the API URL is boxd's");
    ck_assert(error.sent == BOXD_SENT_YES && !error.retryable && error.grpc_code == 12);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- a server that ends during a call ---- */

/* An emulator of the test with a state directory of its own, which a killed emulator does not remove. */
typedef struct own_emulator {
    emulator_process process;
    char directory[64];
    char port[8], http_port[8];
} own_emulator;

static void port_of(char *port, const char *url)
{
    const char *colon = strrchr(url, ':');
    size_t length = strspn(colon + 1, "0123456789");
    ck_assert_uint_lt(length, 8);
    memcpy(port, colon + 1, length);
    port[length] = '\0';
}

static void own_emulator_start(own_emulator *m, const char *port, const char *http_port, const char *api_key)
{
    *m = (own_emulator){.directory = "/tmp/boxd-e2e-state-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(m->directory));
    emulator_start(&m->process, (const char *const[]){"--state-dir", m->directory, "--port", port,
                                                      "--http-port", http_port, "--api-key", api_key, NULL});
    port_of(m->port, m->process.api_url);
    port_of(m->http_port, strrchr(m->process.control_url, ':'));
}

static void own_emulator_clear(const own_emulator *m)
{
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf %s", m->directory);
    ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c): our own directory */
}

/* Opens a client of that emulator, and creates a box. */
static boxd_box *own_emulator_open(own_emulator *m, int i, int32_t read_retries)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.read_retries = read_retries;
    own_emulator_start(m, "0", "0", "aKeyOfBothServers");
    options.api_url = m->process.api_url;
    options.exchange_url = m->process.exchange_url;
    options.api_key = m->process.api_key;
    e2e_open(i, &options);
    return e2e_box();
}

/* A call that the end of the server interrupts, and a way for another client to see that the call is in
 * progress. */
typedef struct last_call {
    const char *name, *rpc;
    /* Makes the call, with local files in or beside the directory `local`. */
    bool (*call)(boxd_box *box, const char *local, boxd_error *error);
    /* A command that prints something once the call is in progress; NULL: a file appears in the local
     * directory. */
    const char *sign;
    /* The next step in the message. */
    const char *next;
} last_call;

static bool exec_silent(boxd_box *box, const char *local, boxd_error *error)
{
    (void)local;
    return on->box_exec_shell(box, "touch /tmp/running; sleep 1000", NULL, error) != NULL;
}

static bool exec_loud(boxd_box *box, const char *local, boxd_error *error)
{
    (void)local;
    return on->box_exec_shell(box, "while echo loud; do touch /tmp/running; sleep 0.01; done", NULL, error) !=
           NULL;
}

static bool upload(boxd_box *box, const char *local, boxd_error *error)
{
    char from[96];
    (void)snprintf(from, sizeof from, "%s-from", local);
    FILE *file = fopen(from, "w");
    ck_assert(file && fclose(file) == 0 && truncate(from, (off_t)4 << 30) == 0);
    bool good = on->box_upload(box, from, "/tmp/to/it", NULL, error) == BOXD_OK;
    unlink(from);
    return good;
}

static bool download(boxd_box *box, const char *local, boxd_error *error)
{
    char to[96];
    e2e_do(box, "truncate -s 4G /tmp/from");
    (void)snprintf(to, sizeof to, "%s/to", local);
    return on->box_download(box, "/tmp/from", to, NULL, error) == BOXD_OK;
}

static const last_call last_calls[] = {
    {"a silent command", "Exec", exec_silent, "ls /tmp | grep running", "may have had its effect"},
    {"a loud command", "Exec", exec_loud, "ls /tmp | grep running", "may have had its effect"},
    {"an upload", "UploadFileStream", upload, "ls -A /tmp/to", "may have had its effect"},
    {"a download", "DownloadFileStream", download, NULL, "try again"},
};

static int entries_of(const char *directory)
{
    DIR *open = opendir(directory);
    int count = -2; /* . and .. */
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

typedef struct killer {
    own_emulator *target;
    const last_call *last;
    const char *box_id, *local;
    bool seen;
} killer;

static bool under_way(const killer *k, boxd_box *box)
{
    if (!k->last->sign)
        return entries_of(k->local) > 0;
    boxd_exec_result *result = boxd_box_exec_shell(box, k->last->sign, NULL, NULL);
    bool seen = result && result->out.size > 0;
    boxd_exec_result_free(result);
    return seen;
}

/* Runs on a thread, because the call blocks that of the test. */
static void *kill_when_under_way(void *data)
{
    killer *k = data;
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.api_url = k->target->process.api_url;
    options.exchange_url = k->target->process.exchange_url;
    options.api_key = k->target->process.api_key;
    boxd_compute *own = boxd_compute_open(&options, NULL);
    boxd_box *box = boxd_box_get(own, k->box_id, NULL, NULL);
    for (int i = 0; i < 60000 && box && !k->seen; i++) {
        k->seen = under_way(k, box);
        poll(NULL, 0,
             k->seen ? 0 : 1); /* repeats the question, because no event reports the beginning of the call */
    }
    emulator_kill(&k->target->process);
    boxd_box_free(box);
    boxd_compute_close(own);
    return NULL;
}

static void check_dead(const own_emulator *m, const boxd_error *error, const last_call *last)
{
    const char *target = m->process.api_url + strlen("http://");
    ck_assert_msg(error->status == BOXD_ERR_CONNECTION, "%s: %s: %s", last->name,
                  boxd_status_name(error->status), error->message);
    const char *const parts[] = {target, last->rpc, " of box \"", last->next};
    for (size_t i = 0; i < COUNT(parts); i++)
        ck_assert_msg(strstr(error->message, parts[i]), "%s: no \"%s\" in: %s", last->name, parts[i],
                      error->message);
    ck_assert_msg(!strstr(error->message, "TLS"), "%s: a wrong guess: %s", last->name, error->message);
    ck_assert_msg(error->grpc_code == 14, "%s: %d", last->name, error->grpc_code);
    ck_assert_msg(error->sent != BOXD_SENT_NO, "%s", last->name);
    ck_assert_msg(error->retryable == (strcmp(last->next, "try again") == 0), "%s: retryable", last->name);
}

/* Newer gRPC may start calls on the connection that was just lost. */
static void expect_nothing_listens(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    for (int i = 0; i < 20 && !strstr(error.message, "nothing listens there"); i++)
        ck_assert_ptr_null(on->box_list(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_CONNECTION, "nothing listens there");
}

static void run_last_call(const last_call *last, int i)
{
    own_emulator m;
    boxd_error error = BOXD_ERROR_INIT;
    char local[] = "/tmp/boxd-e2e-local-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(local));
    boxd_box *box = own_emulator_open(&m, i, -1);
    e2e_do(box, "mkdir /tmp/to");
    killer k = {.target = &m, .last = last, .box_id = boxd_box_id(box), .local = local};
    pthread_t thread;
    pthread_create(&thread, NULL, kill_when_under_way, &k);
    bool ended_well = last->call(box, local, &error);
    pthread_join(thread, NULL);
    ck_assert_msg(k.seen && !ended_well, "%s", last->name);
    check_dead(&m, &error, last);
    ck_assert_int_eq(entries_of(local), 0); /* no incomplete file is left */
    ck_assert_int_eq((int)on->box_stop(box, NULL, &error), (int)BOXD_ERR_CONNECTION);
    e2e_expect(&error, BOXD_ERR_CONNECTION, "StopVm of box \"");
    expect_nothing_listens();
    boxd_box_free(box);
    e2e_close();
    own_emulator_clear(&m);
    ck_assert_int_eq(rmdir(local), 0);
}

START_TEST(killed)
{
    for (size_t i = 0; i < COUNT(last_calls); i++)
        run_last_call(&last_calls[i], _i);
}
END_TEST

/* A new server on the same port, which knows neither the tokens nor the boxes of the old one. */
START_TEST(comes_back)
{
    own_emulator first, second;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = NULL;
    boxd_box *box = own_emulator_open(&first, _i, 0);
    emulator_kill(&first.process);
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_CONNECTION, first.process.api_url + strlen("http://"));
    own_emulator_start(&second, first.port, first.http_port, "aKeyOfBothServers");
    ck_assert_str_eq(first.process.api_url, second.process.api_url);
    for (int i = 0; i < 20 && !who; i++) /* each client has pauses of its own */
        who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    ck_assert_int_eq((int)on->box_stop(box, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    boxd_box_free(box);
    e2e_drop(e2e_box());
    e2e_close();
    emulator_stop(&second.process);
    own_emulator_clear(&first);
    own_emulator_clear(&second);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("failures");
    e2e_add_once(suite, no_credential);
    e2e_add_once(suite, unknown_environment);
    e2e_add_once(suite, malformed_urls);
    e2e_add_once(suite, options_of_a_newer_header);
    e2e_add_once(suite, bad_certificate_files);
    e2e_add(suite, nothing_listens);
    e2e_add(suite, no_such_host);
    e2e_add(suite, no_boxd_service);
    e2e_add(suite, silent_server);
    e2e_add(suite, unknown_method);
    e2e_add(suite, killed);
    e2e_add(suite, comes_back);
    return e2e_main(suite, NULL);
}
