/*
 * options.c: parses the command line and the environment. Called by main() before any thread starts.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/differ.h"
#include "base/util.h"
#include "rpc/generation.h"

/* In parts: C11 guarantees only string literals of up to 4095 bytes. */
static const char help[] =
    "boxd-emulator: a boxd server on this machine, for examples, tests and users without an account.\n"
    "\n"
    "Usage: boxd-emulator [OPTION]...\n"
    "\n"
    "The emulator speaks the boxd wire contract: gRPC with server reflection, and HTTP for the token\n"
    "exchange. Each box is a private root file system with real processes, which run as the user who\n"
    "starts the emulator, or as an unprivileged user if that is root. The emulator is test equipment: it\n"
    "has one node and one user, and it removes its files when it ends.\n"
    "\n"
    "When it is ready, it prints lines for a shell to standard output, and then \"# ready\". In a script:\n"
    "    rm -f boxd.env\n"
    "    boxd-emulator --ready-file boxd.env >emulator.log &\n"
    "    until [ -f boxd.env ]; do sleep 0.1; done\n"
    "    . ./boxd.env\n"
    "\n"
    "Addresses\n"
    "  --port N                  gRPC port; 0: the kernel chooses (default 9443, or $PORT)\n"
    "  --http-port N             HTTP port; 0: the kernel chooses (default 9480, or $HTTP_PORT)\n"
    "  --metadata-port N         also serve the metadata service, whose route GET /v1/auth/token gives\n"
    "                            programs inside a box a token; 0: the kernel chooses (the real\n"
    "                            service: port 9002 of the gateway)\n"
    "  --host ADDRESS            address to listen on (default 127.0.0.1)\n"
    "  --allow-remote            allow an address beyond loopback: anyone who can connect and has the\n"
    "                            key can run commands on this machine\n"
    "\n"
    "TLS (for gRPC and HTTP)\n"
    "  --tls-cert FILE           the server's certificate chain, PEM\n"
    "  --tls-key FILE            the private key of the certificate, PEM\n"
    "  --client-ca FILE          mutual TLS: gRPC clients need a certificate of this CA\n"
    "  --tls-self-signed DIR     create a CA, a certificate for localhost and a client certificate, and\n"
    "                            use them; writes ca.pem cert.pem key.pem client.pem client-key.pem to DIR\n"
    "\n"
    "Accounts\n"
    "  --api-key KEY             accept this API key (repeatable; default: a random key, which is printed\n"
    "                            at the start)\n"
    "  --token-ttl SECONDS       lifetime of an exchanged token (default 3600)\n"
    "  --max-boxes N             quota of boxes (default 20000)\n"
    "\n"
    "Behaviour\n"
    "  --generation 0.1|0.2|both\n"
    "                            the generation of the service: 0.1 (the Python package 0.1.2), 0.2 (the\n"
    "                            Python package 0.2.19), or one with the RPCs and fields of both (default)\n"
    "  --image NAME              default image (default ubuntu:24.04)\n"
    "  --known-image NAME        also accept this image (repeatable). Without it a box can be created from\n"
    "                            common official images (ubuntu, debian:12, ...) and from every image with\n"
    "                            a registry in its name (ghcr.io/org/image:tag); all have the files of\n"
    "                            this host\n"
    "  --zone NAME               zone (default local)\n"
    "  --max-message BYTES       largest accepted message (default 67108864; the real service: 4194304)\n"
    "  --max-concurrent-streams N\n"
    "                            limit per connection (default 100)\n"
    "  --latency MS              delay of every unary reply (default 0)\n"
    "  --dead-streams silent|end what happens to an Exec stream when its box goes down: silent keeps it\n"
    "                            open without data, as the real service does (default); end ends it with\n"
    "                            UNAVAILABLE\n"
    "  --synthetic-exec          reply to these commands without a process: true, exit N, echo WORDS, cat,\n"
    "                            cat >/dev/null, wc -c, sleep SECONDS, head -c BYTES /dev/zero, and\n"
    "                            head -c BYTES /dev/zero | tee /dev/stderr. For benchmarks of clients, and\n"
    "                            for 10,000 concurrent commands under a low limit of open files (a real\n"
    "                            command needs four descriptors)\n"
    "  --sdk-latest VERSION      send this version in x-boxd-py-sdk-latest and x-boxd-c-sdk-latest\n"
    "\n";

static const char help_drukbox[] =
    "Drukbox (on the HTTP port)\n"
    "  --drukbox-token TOKEN     also serve the Drukbox host API, with this service token, which is the\n"
    "                            admin key of newer generations (default $DRUKBOX_TOKEN; without a token\n"
    "                            there are no Drukbox routes). Hosts are simulated: they have well-formed\n"
    "                            keys, but no machine is started\n"
    "  --drukbox-generation 0.0.4|0.0.7|0.5.1|newest\n"
    "                            the generation of Drukbox (default newest); each includes the previous one\n"
    "                            0.0.4: hosts (create, get, list, delete) and doctor; hosts have the 17\n"
    "                            fields of the Python SDK 0.0.4, without instance_type and disk_gb\n"
    "                            0.0.7: the service of July 2026, with renewal and HTTP proxies; hosts have\n"
    "                            19 fields; `template` and `secrets` of a new host are ignored\n"
    "                            0.5.1: with templates, secrets, service accounts, and the field\n"
    "                            service_account; the doctor reports tailnet instead of tailscale_enabled\n"
    "                            newest: with the field lease_deadline\n"
    "  --drukbox-provider NAME   the active provider: exe (default; the only one with HTTP proxies), aws,\n"
    "                            hetzner, docker or exoscale (no templates). aws and exoscale have\n"
    "                            instance_type and disk_gb, hetzner instance_type. The hosts of exe have no\n"
    "                            private key\n"
    "  --drukbox-max-hosts N     beyond it POST /hosts responds with 502 PROVISIONING_FAILED, in newer\n"
    "                            generations with 503 CAPACITY (default 20000)\n"
    "  --drukbox-lease SECONDS   default lease of a host (default 86400). Hosts whose lease has ended stay\n"
    "                            until POST /emulator/drukbox/janitor\n"
    "  --drukbox-lifetime SECONDS\n"
    "                            longest total lease of a host (newer generations; default 0: no limit)\n"
    "  --drukbox-provision-ms N  duration of creating a host or a template (default 0)\n"
    "  --drukbox-tailnet         hosts have internal_ssh_host and tailscale_device_id, and no private key;\n"
    "                            those of aws have no external_ssh_host. docker has no tailnet: POST /hosts\n"
    "                            responds with 502, in newer generations the host does not join it\n"
    "  --drukbox-pool N          N hosts of the active provider wait to be claimed by requests without\n"
    "                            image, env, sizes, template and secrets; they have no private key\n"
    "  --drukbox-idle-ms N       close a connection that is idle for that long after a Drukbox response\n"
    "                            (default 5000, as the real service; 0: never)\n"
    "\n";

static const char help_tests[] =
    "Tests\n"
    "  --control                 serve HTTP routes under /emulator/: faults, log, proxies,\n"
    "                            tokens/expire-all, shutdown and drukbox/... They need the control token\n"
    "                            that is printed at the start\n"
    "  --log FILE                write a line of JSON per request; -: standard error\n"
    "  --ready-file FILE         write the lines for the shell to FILE when the emulator is ready. The file\n"
    "                            appears complete. The emulator removes it at its end, and an older file of\n"
    "                            this name at its start\n"
    "  --print-env               print only the lines for the shell\n"
    "  --exit-with-parent        end when the parent process ends\n"
    "  --state-dir DIR           directory for the files of the boxes (default: a new directory, which is\n"
    "                            removed at the end). Root's boxes run as an unprivileged user: root gives\n"
    "                            others the permission x for DIR\n"
    "  --isolation auto|namespaces|directory\n"
    "                            namespaces: each box has a root file system and processes of its own.\n"
    "                            directory: a box is a directory, and its commands run in the file system "
    "of\n"
    "                            this machine, so that many operations fail; refused if this machine has\n"
    "                            /home/boxd. auto: namespaces, or directory if the kernel refuses those\n"
    "                            (default auto, or $EMULATOR_ISOLATION)\n"
    "  --workers N               threads for blocking work (default 8)\n"
    "  --differ NAME[,NAME...]   break the contract on purpose, to test the programs of tests/live;\n"
    "                            --differ help lists the names\n";

static const char help_end[] =
    "\n"
    "  --version, --help\n"
    "\n"
    "SIGTERM and SIGINT end the emulator: it kills all processes, removes its files and exits with 0.\n";

enum {
    OPT_PORT = 256,
    OPT_HTTP_PORT,
    OPT_METADATA_PORT,
    OPT_HOST,
    OPT_ALLOW_REMOTE,
    OPT_TLS_CERT,
    OPT_TLS_KEY,
    OPT_CLIENT_CA,
    OPT_SELF_SIGNED,
    OPT_API_KEY,
    OPT_TOKEN_TTL,
    OPT_MAX_BOXES,
    OPT_GENERATION,
    OPT_IMAGE,
    OPT_KNOWN_IMAGE,
    OPT_ZONE,
    OPT_MAX_MESSAGE,
    OPT_MAX_STREAMS,
    OPT_LATENCY,
    OPT_DEAD_STREAMS,
    OPT_SDK_LATEST,
    OPT_SYNTHETIC_EXEC,
    OPT_CONTROL,
    OPT_LOG,
    OPT_READY_FILE,
    OPT_PRINT_ENV,
    OPT_EXIT_WITH_PARENT,
    OPT_STATE_DIR,
    OPT_ISOLATION,
    OPT_WORKERS,
    OPT_DIFFER,
    OPT_DRUKBOX_TOKEN,
    OPT_DRUKBOX_GENERATION,
    OPT_DRUKBOX_PROVIDER,
    OPT_DRUKBOX_MAX_HOSTS,
    OPT_DRUKBOX_LEASE,
    OPT_DRUKBOX_LIFETIME,
    OPT_DRUKBOX_PROVISION,
    OPT_DRUKBOX_TAILNET,
    OPT_DRUKBOX_POOL,
    OPT_DRUKBOX_IDLE,
    OPT_VERSION,
    OPT_HELP,
};

static const struct option names[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"http-port", required_argument, NULL, OPT_HTTP_PORT},
    {"metadata-port", required_argument, NULL, OPT_METADATA_PORT},
    {"host", required_argument, NULL, OPT_HOST},
    {"allow-remote", no_argument, NULL, OPT_ALLOW_REMOTE},
    {"tls-cert", required_argument, NULL, OPT_TLS_CERT},
    {"tls-key", required_argument, NULL, OPT_TLS_KEY},
    {"client-ca", required_argument, NULL, OPT_CLIENT_CA},
    {"tls-self-signed", required_argument, NULL, OPT_SELF_SIGNED},
    {"api-key", required_argument, NULL, OPT_API_KEY},
    {"token-ttl", required_argument, NULL, OPT_TOKEN_TTL},
    {"max-boxes", required_argument, NULL, OPT_MAX_BOXES},
    {"generation", required_argument, NULL, OPT_GENERATION},
    {"image", required_argument, NULL, OPT_IMAGE},
    {"known-image", required_argument, NULL, OPT_KNOWN_IMAGE},
    {"zone", required_argument, NULL, OPT_ZONE},
    {"max-message", required_argument, NULL, OPT_MAX_MESSAGE},
    {"max-concurrent-streams", required_argument, NULL, OPT_MAX_STREAMS},
    {"latency", required_argument, NULL, OPT_LATENCY},
    {"dead-streams", required_argument, NULL, OPT_DEAD_STREAMS},
    {"sdk-latest", required_argument, NULL, OPT_SDK_LATEST},
    {"synthetic-exec", no_argument, NULL, OPT_SYNTHETIC_EXEC},
    {"control", no_argument, NULL, OPT_CONTROL},
    {"log", required_argument, NULL, OPT_LOG},
    {"ready-file", required_argument, NULL, OPT_READY_FILE},
    {"print-env", no_argument, NULL, OPT_PRINT_ENV},
    {"exit-with-parent", no_argument, NULL, OPT_EXIT_WITH_PARENT},
    {"state-dir", required_argument, NULL, OPT_STATE_DIR},
    {"isolation", required_argument, NULL, OPT_ISOLATION},
    {"workers", required_argument, NULL, OPT_WORKERS},
    {"differ", required_argument, NULL, OPT_DIFFER},
    {"drukbox-token", required_argument, NULL, OPT_DRUKBOX_TOKEN},
    {"drukbox-generation", required_argument, NULL, OPT_DRUKBOX_GENERATION},
    {"drukbox-provider", required_argument, NULL, OPT_DRUKBOX_PROVIDER},
    {"drukbox-max-hosts", required_argument, NULL, OPT_DRUKBOX_MAX_HOSTS},
    {"drukbox-lease", required_argument, NULL, OPT_DRUKBOX_LEASE},
    {"drukbox-lifetime", required_argument, NULL, OPT_DRUKBOX_LIFETIME},
    {"drukbox-provision-ms", required_argument, NULL, OPT_DRUKBOX_PROVISION},
    {"drukbox-tailnet", no_argument, NULL, OPT_DRUKBOX_TAILNET},
    {"drukbox-pool", required_argument, NULL, OPT_DRUKBOX_POOL},
    {"drukbox-idle-ms", required_argument, NULL, OPT_DRUKBOX_IDLE},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static bool reject(const char *message, const char *value)
{
    (void)fprintf(stderr, "boxd-emulator: %s: \"%s\" (see --help)\n", message, value);
    return false;
}

static bool number(const char *name, const char *text, long long min, long long max, long long *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *out < min || *out > max) {
        (void)fprintf(stderr, "boxd-emulator: %s must be a number from %lld to %lld, not \"%s\"\n", name, min,
                      max, text);
        return false;
    }
    return true;
}

typedef struct {
    int option;
    /* Where the text is stored. */
    const char **text;
} text_option;

static bool parse_text(options *o, int option, const char *value)
{
    const text_option texts[] = {
        {OPT_HOST, &o->host},
        {OPT_TLS_CERT, &o->tls_cert},
        {OPT_TLS_KEY, &o->tls_key},
        {OPT_CLIENT_CA, &o->client_ca},
        {OPT_SELF_SIGNED, &o->tls_self_signed},
        {OPT_IMAGE, &o->image},
        {OPT_ZONE, &o->zone},
        {OPT_SDK_LATEST, &o->sdk_latest},
        {OPT_LOG, &o->log_file},
        {OPT_READY_FILE, &o->ready_file},
        {OPT_STATE_DIR, &o->state_dir},
        {OPT_DRUKBOX_TOKEN, &o->drukbox.token},
        {OPT_DRUKBOX_GENERATION, &o->drukbox.generation},
        {OPT_DRUKBOX_PROVIDER, &o->drukbox.provider},
    };
    for (size_t i = 0; i < count_of(texts); i++) {
        if (texts[i].option == option) {
            *texts[i].text = value;
            return true;
        }
    }
    return false;
}

/* An option with a number, and the member of `options` where it is stored. */
typedef struct {
    int option;
    const char *name;
    long long min, max;
    size_t offset;
    /* sizeof(int) or sizeof(int64_t) */
    size_t size;
} number_option;

#define MEMBER(name) offsetof(options, name), sizeof(((options *)0)->name)

static const number_option number_options[] = {
    {OPT_PORT, "--port", 0, 65535, MEMBER(port)},
    {OPT_HTTP_PORT, "--http-port", 0, 65535, MEMBER(http_port)},
    {OPT_METADATA_PORT, "--metadata-port", 0, 65535, MEMBER(metadata_port)},
    {OPT_TOKEN_TTL, "--token-ttl", 1, 315360000, MEMBER(token_ttl_secs)},
    {OPT_MAX_BOXES, "--max-boxes", 0, 1000000, MEMBER(max_boxes)},
    {OPT_MAX_MESSAGE, "--max-message", 1024, INT_MAX, MEMBER(max_message_bytes)},
    {OPT_MAX_STREAMS, "--max-concurrent-streams", 1, INT_MAX, MEMBER(max_concurrent_streams)},
    {OPT_LATENCY, "--latency", 0, 600000, MEMBER(latency_ms)},
    {OPT_WORKERS, "--workers", 1, 32, MEMBER(workers)},
    {OPT_DRUKBOX_MAX_HOSTS, "--drukbox-max-hosts", 0, 1000000, MEMBER(drukbox.max_hosts)},
    {OPT_DRUKBOX_LEASE, "--drukbox-lease", 1, 315360000, MEMBER(drukbox.lease_secs)},
    {OPT_DRUKBOX_LIFETIME, "--drukbox-lifetime", 0, 315360000, MEMBER(drukbox.lifetime_secs)},
    {OPT_DRUKBOX_PROVISION, "--drukbox-provision-ms", 0, 600000, MEMBER(drukbox.provision_ms)},
    {OPT_DRUKBOX_POOL, "--drukbox-pool", 0, 1000, MEMBER(drukbox.pool)},
    {OPT_DRUKBOX_IDLE, "--drukbox-idle-ms", 0, 600000, MEMBER(drukbox.idle_ms)},
};

static void store_number(options *o, const number_option *found, long long n)
{
    const int as_int = (int)n;
    const int64_t as_int64 = n;
    if (found->size == sizeof as_int)
        memcpy((char *)o + found->offset, &as_int, sizeof as_int);
    else
        memcpy((char *)o + found->offset, &as_int64, sizeof as_int64);
}

static bool parse_number(options *o, int option, const char *value, bool *is_number)
{
    for (size_t i = 0; i < count_of(number_options); i++) {
        const number_option *found = &number_options[i];
        long long n;
        *is_number = found->option == option;
        if (!*is_number)
            continue;
        if (!number(found->name, value, found->min, found->max, &n))
            return false;
        store_number(o, found, n);
        return true;
    }
    return false;
}

static void append(const char ***list, size_t *count, const char *value)
{
    *list = xrealloc(*list, (*count + 1) * sizeof **list);
    (*list)[(*count)++] = value;
}

typedef struct {
    int option;
    bool *flag;
} flag_option;

static bool parse_flag(options *o, int option)
{
    const flag_option flags[] = {
        {OPT_ALLOW_REMOTE, &o->allow_remote},         {OPT_CONTROL, &o->control},
        {OPT_SYNTHETIC_EXEC, &o->synthetic_exec},     {OPT_PRINT_ENV, &o->print_env},
        {OPT_EXIT_WITH_PARENT, &o->exit_with_parent}, {OPT_DRUKBOX_TAILNET, &o->drukbox.tailnet},
    };
    for (size_t i = 0; i < count_of(flags); i++) {
        if (flags[i].option == option) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

static bool parse_isolation(options *o, const char *name, const char *value)
{
    if (sandbox_isolation_parse(value, &o->isolation))
        return true;
    (void)fprintf(stderr, "boxd-emulator: %s must be auto, namespaces or directory, not \"%s\"\n", name,
                  value);
    return false;
}

static bool parse_other(options *o, int option, const char *value)
{
    if (parse_flag(o, option))
        return true;
    switch (option) {
    case OPT_API_KEY:
        if (value[0] == '\0')
            return reject("--api-key must not be empty", value);
        append(&o->api_keys, &o->api_key_count, value);
        return true;
    case OPT_KNOWN_IMAGE:
        append(&o->known_images, &o->known_image_count, value);
        return true;
    case OPT_DIFFER:
        return differ_parse(value) || reject("--differ has an unknown name", value);
    case OPT_ISOLATION:
        return parse_isolation(o, "--isolation", value);
    case OPT_GENERATION:
        return generation_parse(value, &generation_served) ||
               reject("--generation must be 0.1, 0.2 or both", value);
    case OPT_DEAD_STREAMS:
        o->dead_streams_end = strcmp(value, "end") == 0;
        return o->dead_streams_end || strcmp(value, "silent") == 0 ||
               reject("--dead-streams must be silent or end", value);
    default:
        (void)fputs("boxd-emulator: see --help\n", stderr); /* getopt has printed the option */
        return false;
    }
}

static bool parse_environment(options *o)
{
    const char *port = secure_getenv("PORT"), *http_port = secure_getenv("HTTP_PORT");
    const char *isolation = secure_getenv("EMULATOR_ISOLATION");
    long long n;
    if (port != NULL && *port != '\0') {
        if (!number("PORT", port, 0, 65535, &n))
            return false;
        o->port = (int)n;
    }
    if (http_port != NULL && *http_port != '\0') {
        if (!number("HTTP_PORT", http_port, 0, 65535, &n))
            return false;
        o->http_port = (int)n;
    }
    return isolation == NULL || *isolation == '\0' || parse_isolation(o, "EMULATOR_ISOLATION", isolation);
}

/* True if the text can be sent in a header. */
static bool is_token(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] >= 127)
            return false;
    }
    return length > 0;
}

static bool check_drukbox(const drukbox_options *d)
{
    if (d->token != NULL && !is_token(d->token)) {
        (void)fputs("boxd-emulator: --drukbox-token must be printable ASCII without blanks\n", stderr);
        return false; /* not reject(): that would print the token */
    }
    if (!drukbox_is_generation(d->generation))
        return reject("--drukbox-generation must be 0.0.4, 0.0.7, 0.5.1 or newest", d->generation);
    return drukbox_is_provider(d->provider) ||
           reject("--drukbox-provider must be exe, aws, hetzner, docker or exoscale", d->provider);
}

static bool is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0;
}

static bool check(const options *o)
{
    if (!is_loopback(o->host) && !o->allow_remote)
        return reject(
            "--host beyond loopback needs --allow-remote: anyone who can connect can run commands here",
            o->host);
    if ((o->tls_cert == NULL) != (o->tls_key == NULL))
        return reject("--tls-cert and --tls-key need each other", o->tls_cert ? o->tls_cert : o->tls_key);
    if (o->tls_cert != NULL && o->tls_self_signed != NULL)
        return reject("--tls-self-signed creates its own certificate: remove --tls-cert", o->tls_cert);
    if (o->client_ca != NULL && o->tls_cert == NULL && o->tls_self_signed == NULL)
        return reject("--client-ca needs --tls-cert and --tls-key", o->client_ca);
    return check_drukbox(&o->drukbox);
}

static void print_help(void)
{
    (void)printf("%s%s%s%s", help, help_drukbox, help_tests, help_end);
}

/* --help and the like. */
static bool print_information(int option, const char *value)
{
    if (option == OPT_HELP)
        print_help();
    else if (option == OPT_VERSION)
        (void)puts("boxd-emulator " EMULATOR_VERSION);
    else if (option == OPT_DIFFER && strcmp(value, "help") == 0)
        differ_print(stdout);
    else
        return false;
    return true;
}

static bool parse_option(options *o, int option, const char *value)
{
    bool is_number;
    if (parse_text(o, option, value))
        return true;
    bool good = parse_number(o, option, value, &is_number);
    return is_number ? good : parse_other(o, option, value);
}

bool options_parse(int argc, char **argv, options *o, int *exit_code)
{
    *o = (options){.host = "127.0.0.1",
                   .port = 9443,
                   .http_port = 9480,
                   .metadata_port = -1,
                   .token_ttl_secs = 3600,
                   .max_boxes = 20000,
                   .max_message_bytes = 64 * 1024 * 1024,
                   .max_concurrent_streams = 100,
                   .zone = "local",
                   .image = "ubuntu:24.04",
                   .workers = 8,
                   .drukbox = {.token = secure_getenv("DRUKBOX_TOKEN"),
                               .generation = "newest",
                               .provider = "exe",
                               .lease_secs = 86400,
                               .idle_ms = 5000,
                               .max_hosts = 20000}};
    *exit_code = 2;
    bool good = parse_environment(o);
    int option;
    opterr = good;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) { /* NOLINT(concurrency-mt-unsafe) */
        if (!good && option != OPT_READY_FILE) /* main() needs the path also after an error */
            continue;
        if (print_information(option, optarg)) {
            *exit_code = 0;
            return false;
        }
        good = parse_option(o, option, optarg) && good;
        opterr = good;
    }
    if (good && optind < argc)
        return reject("unexpected argument", argv[optind]);
    return good && check(o);
}

void options_free(options *o)
{
    free(o->api_keys);
    free(o->known_images);
    o->api_keys = o->known_images = NULL;
}
