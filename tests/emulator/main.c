/*
 * main.c: starts all parts, prints the banner, runs the core thread, and shuts everything down.
 *
 * Order of the shutdown: refuse new calls and cancel the others; destroy the machines; join the workers, the
 * watch thread and HTTP; destroy the completion queue. A watchdog limits the time of every wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auth.h"
#include "base/differ.h"
#include "base/faults.h"
#include "base/request_log.h"
#include "base/secret.h"
#include "base/tls.h"
#include "base/watch.h"
#include "base/workers.h"
#include "control.h"
#include "drukbox/drukbox.h"
#include "exec/synthetic.h"
#include "http/metadata.h"
#include "http/server.h"
#include "machine/machines.h"
#include "options.h"
#include "ready_file.h"
#include "rpc/call.h"
#include "rpc/generation.h"
#include "rpc/methods.h"
#include "rpc/server.h"
#include "sandbox/sandbox.h"
#include "service/service.h"

enum { SHUTDOWN_LIMIT_MS = 20000, WHY_BYTES = 512 };

typedef struct {
    options options;
    char *state_dir;
    char *cert, *key, *client_ca, *ca_file;
    char *random_key, control_token[33];
    int port, http_port, metadata_port;
    char api_url[300];
    sandbox_isolation isolation;
    char isolation_note[WHY_BYTES];
} emulator;

/* ---- shutdown; core thread ---- */

static const char *own_state_dir; /* removed at the end; NULL: the directory belongs to the user */

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static void remove_state_dir(void)
{
    if (own_state_dir != NULL)
        (void)nftw(own_state_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS); /* NOLINT(concurrency-mt-unsafe) */
    own_state_dir = NULL;
}

static loop_timer watchdog, drain_timer;
static bool ending, calls_drained;

static void check_drained(loop_timer *timer)
{
    (void)timer;
    if (calls_drained && call_count() == 0 && machines_count() == 0)
        loop_stop();
    else
        loop_timer_start(&drain_timer, 5, check_drained);
}

static void abort_shutdown(loop_timer *timer)
{
    (void)timer;
    (void)fprintf(stderr, "boxd-emulator: timed out while %zu calls and %zu boxes were ending\n",
                  call_count(), machines_count());
    sandbox_shutdown();
    remove_state_dir();
    _exit(1);
}

static void ignore_result(void *data, int code, const char *why)
{
    (void)data;
    (void)code;
    (void)why;
}

static void drained(void)
{
    calls_drained = true;
}

static void end(void)
{
    if (ending)
        return;
    ending = true;
    ready_file_remove();
    faults_clear();
    loop_timer_start(&watchdog, SHUTDOWN_LIMIT_MS, abort_shutdown);
    machine_settings.silent_death = false; /* silent streams must end too */
    for (machine *m = machines_first(), *next; m != NULL; m = next) {
        next = machine_next(m);
        machine_change_start(m, CHANGE_DESTROY, ignore_result, NULL);
    }
    snapshots_release();
    server_shutdown(drained);
    check_drained(&drain_timer);
}

static void end_item(loop_item *item)
{
    (void)item;
    end();
}

/* POST /emulator/shutdown; an HTTP thread. */
static void request_end(void)
{
    static loop_item item = {NULL, end_item};
    static atomic_flag asked = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&asked))
        loop_post(&item);
}

/* ---- signals ---- */

static watch signal_watch;

static void on_signal(watch *w)
{
    struct signalfd_siginfo info;
    while (read(w->fd, &info, sizeof info) == (ssize_t)sizeof info) {
    }
    end();
    watch_arm(w, EPOLLIN);
}

/* Before any thread starts, so that all inherit the mask. */
static int block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- start ---- */

static const fault_targets fault_targets_served = {
    .is_rpc = methods_contain, .is_http_route = drukbox_has_route, .is_host_status = drukbox_is_host_status};

static bool fail(const char *why)
{
    (void)fprintf(stderr, "boxd-emulator: %s\n", why);
    return false;
}

static bool fail_path(const char *why, const char *path, int error)
{
    (void)fprintf(stderr, "boxd-emulator: %s %s: %s\n", why, path, error_text(error));
    return false;
}

/* 10,000 running commands need some 60,000 descriptors. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit = {1 << 20, 1 << 20};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool make_state_dir(emulator *e)
{
    const char *path = e->options.state_dir;
    if (path != NULL) {
        e->state_dir = realpath(path, NULL);
        if (e->state_dir == NULL && mkdir(path, 0700) == 0)
            e->state_dir = realpath(path, NULL);
        return e->state_dir != NULL || fail_path("cannot create the state directory", path, errno);
    }
    const char *tmp = secure_getenv("TMPDIR");
    e->state_dir = xprintf("%s/boxd-emulator-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    own_state_dir = mkdtemp(e->state_dir);
    return own_state_dir != NULL || fail_path("cannot create the state directory", e->state_dir, errno);
}

static bool load_tls(emulator *e)
{
    options *o = &e->options;
    char why[WHY_BYTES];
    char *cert = NULL, *key = NULL;
    if (o->tls_self_signed != NULL) {
        if (!tls_self_signed(o->tls_self_signed, why, sizeof why))
            return fail(why);
        cert = xprintf("%s/cert.pem", o->tls_self_signed);
        key = xprintf("%s/key.pem", o->tls_self_signed);
        e->ca_file = xprintf("%s/ca.pem", o->tls_self_signed);
    } else if (o->tls_cert != NULL) {
        cert = xstrdup(o->tls_cert);
        key = xstrdup(o->tls_key);
        e->ca_file = xstrdup(o->tls_cert);
    }
    if (cert == NULL)
        return true;
    e->cert = tls_read_file(cert, why, sizeof why);
    e->key = e->cert ? tls_read_file(key, why, sizeof why) : NULL;
    if (e->key != NULL && o->client_ca != NULL)
        e->client_ca = tls_read_file(o->client_ca, why, sizeof why);
    free(cert);
    free(key);
    return (e->key != NULL && (o->client_ca == NULL || e->client_ca != NULL)) || fail(why);
}

static void add_keys(emulator *e)
{
    auth_init(differs(DIFFER_TOKEN_LIFETIME) ? 900 : e->options.token_ttl_secs);
    for (size_t i = 0; i < e->options.api_key_count; i++)
        auth_add_key(e->options.api_keys[i]);
    if (e->options.api_key_count == 0) {
        char digits[33];
        random_hex(digits, 32);
        e->random_key = xprintf("bxk_%s", digits);
        auth_add_key(e->random_key);
    }
    random_hex(e->control_token, 32);
}

static bool start_servers(emulator *e)
{
    const options *o = &e->options;
    char why[WHY_BYTES] = "";
    server_options grpc_side = {.host = o->host,
                                .port = o->port,
                                .max_receive_bytes = o->max_message_bytes,
                                .max_concurrent_streams = o->max_concurrent_streams,
                                .latency_ms = o->latency_ms,
                                .cert_pem = e->cert,
                                .key_pem = e->key,
                                .client_ca_pem = e->client_ca};
    http_options http_side = {.host = o->host,
                              .port = o->http_port,
                              .cert_pem = e->cert,
                              .key_pem = e->key,
                              .control_token = o->control ? e->control_token : NULL,
                              .control = control_route,
                              .fallback = o->drukbox.token ? drukbox_route : NULL,
                              .idle_ms = o->drukbox.idle_ms};
    call_sdk_latest = o->sdk_latest;
    if (o->drukbox.token != NULL)
        drukbox_start(&o->drukbox);
    e->http_port = http_start(&http_side, why, sizeof why);
    if (e->http_port > 0)
        e->port = server_start(&grpc_side, why, sizeof why);
    if (e->port <= 0 || e->http_port <= 0)
        return fail(why);
    (void)snprintf(e->api_url, sizeof e->api_url, strchr(o->host, ':') ? "%s://[%s]:%d" : "%s://%s:%d",
                   e->cert ? "https" : "http", o->host, e->port);
    machine_settings.endpoint = e->api_url;
    if (o->metadata_port >= 0)
        e->metadata_port = metadata_start(o->host, o->metadata_port, e->api_url, why, sizeof why);
    return e->metadata_port >= 0 || fail(why);
}

/* Prints an assignment whose value is in single quotes for a shell. */
static void print_export(FILE *out, const char *name, const char *value)
{
    (void)fprintf(out, "export %s='", name);
    for (; *value != '\0'; value++)
        (void)fprintf(out, *value == '\'' ? "'\\''" : "%c", *value);
    (void)fputs("'\n", out);
}

static void print_banner(const emulator *e, FILE *out, bool notes)
{
    const options *o = &e->options;
    const char *scheme = e->cert ? "https" : "http";
    char host[256], text[512];
    (void)snprintf(host, sizeof host, strchr(o->host, ':') ? "[%.200s]" : "%.200s", o->host);
    print_export(out, "BOXD_API_URL", e->api_url);
    (void)snprintf(text, sizeof text, "%s://%s:%d/api/v1/auth/token", scheme, host, e->http_port);
    print_export(out, "BOXD_EXCHANGE_URL", text);
    print_export(out, "BOXD_API_KEY", e->random_key ? e->random_key : o->api_keys[0]);
    if (e->cert != NULL)
        print_export(out, "BOXD_CA_FILE", e->ca_file);
    if (o->control) {
        (void)snprintf(text, sizeof text, "%s://%s:%d/emulator", scheme, host, e->http_port);
        print_export(out, "BOXD_EMULATOR_CONTROL_URL", text);
        print_export(out, "BOXD_EMULATOR_CONTROL_TOKEN", e->control_token);
    }
    if (o->drukbox.token != NULL) {
        (void)snprintf(text, sizeof text, "%s://%s:%d", scheme, host, e->http_port);
        print_export(out, "SANDBOX_SERVICE_URL", text);
        print_export(out, "SANDBOX_SERVICE_TOKEN", o->drukbox.token);
    }
    if (o->metadata_port >= 0) {
        (void)snprintf(text, sizeof text, "http://%s:%d", host, e->metadata_port);
        print_export(out, "BOXD_EMULATOR_METADATA_URL", text);
    }
    if (notes) {
        (void)fprintf(out, "# isolation: %s%s%s\n",
                      e->isolation == SANDBOX_ISOLATION_NAMESPACES ? "namespaces" : "directory",
                      e->isolation_note[0] ? ": " : "", e->isolation_note);
        (void)fprintf(out, "# generation: %s\n", generation_name());
        if (o->drukbox.token != NULL)
            (void)fprintf(out, "# drukbox: generation %s; its hosts are simulated, no machine is started\n",
                          o->drukbox.generation);
        (void)fprintf(out, "# files: %s\n", e->state_dir);
        (void)fprintf(out, "# log: %s\n", o->log_file ? o->log_file : "in memory only");
    }
    (void)fputs("# ready\n", out);
    (void)fflush(out);
}

static void print_ready_file(FILE *out, const void *data)
{
    print_banner(data, out, true);
}

static bool write_ready_file(const emulator *e)
{
    const char *path = e->options.ready_file;
    return path == NULL || ready_file_write(path, print_ready_file, e);
}

/* Also if the mode was requested: the person who reads the errors may not be the one who set the variable. */
static void warn_about_isolation(const emulator *e)
{
    if (e->isolation == SANDBOX_ISOLATION_NAMESPACES)
        return;
    (void)fprintf(
        stderr,
        "boxd-emulator: warning: %s\n"
        "boxd-emulator: commands run in the file system of this machine, and only RPCs for files reach "
        "/home/boxd of a box: cwd=/home/boxd, copies of directories, and boxctl cp, fs and sync fail\n"
        "boxd-emulator: to isolate boxes: \"docker run --privileged -v /tmp\"; on Ubuntu, as root, "
        "\"sysctl kernel.apparmor_restrict_unprivileged_userns=0\"; pivot_root in place of chroot; "
        "see \"In containers and on CI\" in docs/testing.md\n",
        e->isolation_note);
}

static bool start_all(emulator *e, int signal_fd)
{
    const options *o = &e->options;
    int error =
        sandbox_init(e->state_dir, o->isolation, &e->isolation, e->isolation_note, sizeof e->isolation_note);
    if (error != 0)
        return fail(e->isolation_note[0] ? e->isolation_note : error_text(error));
    warn_about_isolation(e);
    error = request_log_open(o->log_file);
    if (error != 0)
        return fail_path("cannot open the log file", o->log_file, error);
    machine_settings.max_machines = o->max_boxes;
    machine_settings.zone = o->zone;
    machine_settings.image = o->image;
    machine_settings.known_images = o->known_images;
    machine_settings.known_image_count = o->known_image_count;
    machine_settings.silent_death = !o->dead_streams_end;
    synthetic_enabled = o->synthetic_exec;
    methods_init(service_rpcs);
    machines_set_extensions(service_extensions);
    faults_set_targets(&fault_targets_served);
    control_init(request_end);
    add_keys(e);
    if (workers_start((unsigned)o->workers) != 0 || watch_start() != 0)
        return fail("cannot start the threads");
    watch_init(&signal_watch, signal_fd, on_signal);
    watch_arm(&signal_watch, EPOLLIN);
    return start_servers(e) && write_ready_file(e);
}

static void stop_all(void)
{
    metadata_stop();
    http_stop();
    drukbox_stop();
    workers_stop();
    watch_end(&signal_watch);
    watch_stop();
    server_destroy();
    loop_timer_stop(&watchdog);
    loop_timer_stop(&drain_timer);
    methods_destroy();
    machines_destroy();
    sandbox_shutdown();
    faults_clear();
    request_log_close();
    auth_destroy();
    remove_state_dir();
}

static void free_emulator(emulator *e)
{
    free(e->state_dir);
    free(e->cert);
    free(e->key);
    free(e->client_ca);
    free(e->ca_file);
    free(e->random_key);
    options_free(&e->options);
}

static int run(emulator *e, int signal_fd)
{
    raise_descriptor_limit();
    /* The emulator reports its errors itself. NOLINTNEXTLINE(concurrency-mt-unsafe): no threads yet */
    (void)setenv("GRPC_VERBOSITY", "NONE", 0);
    if (!make_state_dir(e) || !load_tls(e)) {
        remove_state_dir();
        return 1;
    }
    /* The sandboxes first: they fork helpers, which must happen before gRPC starts threads. */
    loop_init();
    bool started = start_all(e, signal_fd);
    if (started)
        print_banner(e, stdout, !e->options.print_env);
    else if (e->port > 0)
        end();
    if (e->port > 0)
        loop_run();
    stop_all();
    loop_destroy();
    return started ? 0 : 1;
}

int main(int argc, char **argv)
{
    emulator e = {.options = {0}};
    int code;
    if (sandbox_init_main(argc, argv, &code)) /* this process is a helper of the sandboxes */
        return code;
    bool good = options_parse(argc, argv, &e.options, &code);
    if (!good && code == 0) { /* --help */
        options_free(&e.options);
        return 0;
    }
    /* Before anything that can fail, and also if an option is wrong: a program that waits for the file must
     * not find the file of an earlier emulator. */
    if (!ready_file_clear(e.options.ready_file) || !good) {
        options_free(&e.options);
        return good ? 1 : code;
    }
    pid_t parent = getppid();
    if (e.options.exit_with_parent) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            return 0; /* the parent ended before prctl */
    }
    json_set_alloc_funcs(xmalloc, secret_free); /* see util.h and secret.h */
    int signal_fd = block_signals();
    code = run(&e, signal_fd);
    free_emulator(&e);
    close(signal_fd);
    return code;
}
