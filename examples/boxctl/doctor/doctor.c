/* The command doctor: checks the connection to the service and prints a line for each check. */
#include "doctor/doctor.h"
#include "commands/service_version.h"
#include "commands/table.h"

#include <boxd/rpc.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_LIMIT_MS = 15000, BIG_SKEW_S = 60 };

/* ---- the rows ---- */

static void add_row(doctor *d, const char *check, const char *status, const char *next, const char *format,
                    va_list arguments) __attribute__((format(printf, 5, 0)));

static void add_row(doctor *d, const char *check, const char *status, const char *next, const char *format,
                    va_list arguments)
{
    char message[DOCTOR_DETAIL_SIZE], detail[2 * DOCTOR_DETAIL_SIZE];
    vsnprintf(message, sizeof message, format, arguments);
    cli_adapt(message, detail, sizeof detail);
    json_array_append_new(d->rows, json_pack("{s:s, s:s, s:o, s:o}", "check", check, "status", status,
                                             "detail", json_text(detail), "next", json_text(next)));
    if (d->c->json)
        return;
    const char *colour = strcmp(status, "ok") == 0       ? "\033[32m"
                         : strcmp(status, "failed") == 0 ? "\033[31m"
                                                         : "\033[33m";
    const bool coloured = colours_on(stdout);
    printf("%s%-8s%s %-14s ", coloured ? colour : "", status, coloured ? "\033[0m" : "", check);
    print_line("%s", detail);
    if (next)
        print_line("%-8s %-14s next: %s", "", "", next);
    output_flush(); /* the next check can take long */
}

void doctor_ok(doctor *d, const char *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_row(d, check, "ok", NULL, format, arguments);
    va_end(arguments);
}

void doctor_skipped(doctor *d, const char *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_row(d, check, "skipped", NULL, format, arguments);
    va_end(arguments);
}

void doctor_failed(doctor *d, const char *check, const char *next, const char *format, ...)
{
    va_list arguments;
    d->failed = true;
    va_start(arguments, format);
    add_row(d, check, "failed", next, format, arguments);
    va_end(arguments);
}

/* ---- checks that make calls ---- */

int64_t doctor_limit_ms(const doctor *d)
{
    return d->c->timeout_ms > 0 ? d->c->timeout_ms : ANSWER_LIMIT_MS;
}

static boxd_call_options limited(const doctor *d)
{
    boxd_call_options call = cli_call(d->c);
    call.timeout_ms = doctor_limit_ms(d);
    return call;
}

/* Makes a call with an invalid token. The service refuses it without any effect; every answer of the service
 * proves that TLS and gRPC work. */
static void check_grpc(doctor *d)
{
    if (!d->may_connect) {
        doctor_skipped(d, "tls", "no connection");
        doctor_skipped(d, "grpc", "no connection");
        return;
    }
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute_options options;
    cli_client_options(d->c, &options, false);
    options.api_url = d->url;
    options.token = "boxctl-doctor";
    options.read_retries = -1;
    boxd_compute *probe = boxd_compute_open(&options, &error);
    const boxd_call_options call = limited(d);
    boxd_service_config *config = probe ? boxd_compute_config(probe, &call, &error) : NULL;
    boxd_service_config_free(config);
    boxd_compute_close(probe);
    d->answered = config || boxd_status_class(error.status) == BOXD_ERR_AUTHENTICATION;
    if (!d->tls)
        doctor_skipped(d, "tls", "not used: the URL is plaintext");
    else if (d->answered)
        doctor_ok(d, "tls", "the certificate is valid");
    else
        doctor_failed(d, "tls", "check that the port uses TLS; for a private CA set BOXD_CA_FILE", "%s",
                      error.message);
    if (d->answered)
        doctor_ok(d, "grpc", "the service answers");
    else if (d->tls)
        doctor_skipped(d, "grpc", "no TLS connection");
    else
        doctor_failed(d, "grpc", "check that this is the port of the API, not of a web server", "%s",
                      error.message);
}

/* The first call with the real credential. With an API key, a failure without a gRPC status is a failure of
 * the exchange. */
static void check_identity(doctor *d)
{
    if (!d->answered || !d->c->compute) {
        doctor_skipped(d, "exchange", d->answered ? "no credential" : "the service does not answer");
        doctor_skipped(d, "identity", d->answered ? "no credential" : "the service does not answer");
        return;
    }
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = limited(d);
    boxd_identity *identity = boxd_compute_whoami(d->c->compute, &call, &error);
    d->exchanged_at_ms = clock_ms(CLOCK_REALTIME);
    d->identified = identity != NULL;
    const bool exchange_failed = d->has_key && !identity && error.grpc_code < 0;
    if (exchange_failed)
        doctor_failed(d, "exchange",
                      d->exchange_proxy_works ? "check the API key and BOXD_EXCHANGE_URL"
                                              : "see the check exchange-proxy",
                      "%s", error.message);
    else if (d->has_key)
        doctor_ok(d, "exchange", "the key was exchanged for a token");
    else
        doctor_skipped(d, "exchange", "not used: the credential is a token");
    if (identity)
        doctor_ok(d, "identity", "%s%s%s", identity->display_name ? identity->display_name : "",
                  identity->display_name ? ", " : "", identity->user_id ? identity->user_id : "(no id)");
    else if (exchange_failed)
        doctor_skipped(d, "identity", "no token");
    else
        doctor_failed(d, "identity", "check whether the token has expired or was revoked", "%s",
                      error.message);
    boxd_identity_free(identity);
}

/* Compares the clocks: the newest token was created by the exchange just now. Its creation time is the time
 * of the service. No other public function returns the time of the service. */
static void check_clock(doctor *d)
{
    if (!d->identified || !d->has_key) {
        doctor_skipped(d, "clock", "not checked: no token was created by this run");
        return;
    }
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = limited(d);
    boxd_tokens *tokens = boxd_token_list(d->c->compute, &call, &error);
    int64_t newest = 0;
    for (size_t i = 0; tokens && i < tokens->count; i++)
        if (tokens->items[i]->created_at_ms > newest)
            newest = tokens->items[i]->created_at_ms;
    boxd_tokens_free(tokens);
    const int64_t skew_s = (d->exchanged_at_ms - newest) / 1000;
    if (newest == 0)
        doctor_skipped(d, "clock", "not checked: %s", tokens ? "the service lists no tokens" : error.message);
    else if (llabs(skew_s) > BIG_SKEW_S)
        doctor_failed(d, "clock", "set the clock of this machine (NTP)", "%lld s %s the clock of the service",
                      llabs(skew_s), skew_s > 0 ? "ahead of" : "behind");
    else
        doctor_ok(d, "clock", "within %d s of the clock of the service", llabs(skew_s) > 2 ? BIG_SKEW_S : 2);
}

static void check_schema(doctor *d)
{
    if (!d->identified) {
        doctor_skipped(d, "schema", "not authenticated");
        return;
    }
    const char *missing = NULL;
    const boxd_call_options call = limited(d);
    boxd_error error = BOXD_ERROR_INIT;
    const char *version = service_version(d->c->compute, &call, &missing, &error);
    if (!version)
        doctor_failed(d, "schema", "try again", "%s", error.message);
    else if (missing)
        doctor_ok(d, "schema", "the service has version %s; %s and newer RPCs return \"unsupported\"",
                  version, missing);
    else
        doctor_ok(d, "schema", "the service has version %s, the newest that boxctl knows", version);
}

static void check_quota(doctor *d)
{
    static const boxd_rpc_method WHOAMI =
        BOXD_RPC_METHOD("Whoami", boxd_pb__whoami_request, boxd_pb__whoami_response, BOXD_RPC_READ);
    if (!d->identified) {
        doctor_skipped(d, "quota", "not authenticated");
        return;
    }
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = limited(d);
    ProtobufCMessage *reply = boxd_rpc_call(d->c->compute, &WHOAMI, NULL, &call, &error);
    boxd_boxes *boxes = reply ? boxd_box_list(d->c->compute, &call, &error) : NULL;
    const BoxdPb__BillingInfo *billing =
        reply ? ((const BoxdPb__WhoamiResponse *)(const void *)reply)->billing : NULL;
    if (!boxes)
        doctor_failed(d, "quota", "try again", "%s", error.message);
    else if (!billing || billing->max_vms == 0)
        doctor_skipped(d, "quota", "the service reports no limit; boxes: %zu", boxes->count);
    else if (boxes->count >= billing->max_vms)
        doctor_failed(d, "quota", "remove boxes: boxctl rm BOX", "%zu of at most %" PRIu32 " boxes",
                      boxes->count, billing->max_vms);
    else
        doctor_ok(d, "quota", "%zu of at most %" PRIu32 " boxes", boxes->count, billing->max_vms);
    boxd_boxes_free(boxes);
    boxd_rpc_reply_free(reply);
}

static int run(cli *c, char **args, int count)
{
    static void (*const CHECKS[])(doctor *) = {
        check_configuration, check_proxies,     check_dns,   check_tcp,    check_grpc,
        check_identity,      check_token_cache, check_clock, check_schema, check_quota};
    (void)args;
    (void)count;
    doctor d = {.c = c, .rows = json_array()};
    for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS && !interrupted_by(); i++)
        CHECKS[i](&d);
    if (c->json)
        print_json(d.rows, false);
    else
        json_decref(d.rows);
    if (interrupted_by())
        return cli_error(EXIT_SIGNAL + interrupted_by(), "interrupted");
    return d.failed ? EXIT_FAILED : EXIT_OK;
}

const command DOCTOR_COMMANDS[] = {
    {.name = "doctor",
     .summary = "Check the configuration and the connection to the service",
     .details =
         "The result of each check is ok, failed (with advice) or skipped. The exit code is 1 if a check "
         "failed. "
         "No check changes anything, and no credential is printed.",
     .run = run},
    {0},
};
