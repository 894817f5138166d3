/* doctor: what works and what does not, a line each, with the next step. */
#include "doctor.h"

#include <boxd/rpc.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALL_LIMIT_MS = 15000, BIG_SKEW_S = 60 };

/* ---- the rows ---- */

static void add_row(doctor *d, const char *check, const char *status, const char *next, const char *format,
                    va_list arguments)
{
    char detail[BOXD_ERROR_MESSAGE_SIZE + 128];
    vsnprintf(detail, sizeof detail, format, arguments);
    json_array_append_new(d->rows, json_pack("{s:s, s:s, s:o, s:o}", "check", check, "status", status,
                                             "detail", json_text(detail), "next", json_text(next)));
    if (d->c->json)
        return;
    const char *colour = strcmp(status, "ok") == 0       ? "\033[32m"
                         : strcmp(status, "failed") == 0 ? "\033[31m"
                                                         : "\033[33m";
    const bool coloured = colours_on(stdout);
    printf("%s%-8s%s %-14s %s\n", coloured ? colour : "", status, coloured ? "\033[0m" : "", check, detail);
    if (next)
        printf("%-8s %-14s next: %s\n", "", "", next);
    fflush(stdout); /* the next one may take its time */
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

/* ---- the service's own answers ---- */

static boxd_call_options limited(const doctor *d)
{
    boxd_call_options call = cli_call(d->c);
    if (call.timeout_ms == 0)
        call.timeout_ms = CALL_LIMIT_MS;
    return call;
}

/* Whether anything answers gRPC there: a call with a token that is none. Any answer of the service will do,
 * and it refuses before it does anything. */
static void check_grpc(doctor *d)
{
    if (!d->connected) {
        doctor_skipped(d, "tls", "there is no connection");
        doctor_skipped(d, "grpc", "there is no connection");
        return;
    }
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *probe = boxd_compute_open(
        BOXD_OPTIONS(boxd_compute_options, .api_url = d->url, .token = "boxctl-doctor", .read_retries = -1),
        &error);
    const boxd_call_options call = limited(d);
    boxd_service_config *config = probe ? boxd_compute_config(probe, &call, &error) : NULL;
    boxd_service_config_free(config);
    boxd_compute_close(probe);
    d->answered = config || boxd_status_class(error.status) == BOXD_ERR_AUTHENTICATION;
    if (!d->tls)
        doctor_skipped(d, "tls", "the URL is plaintext");
    else if (d->answered)
        doctor_ok(d, "tls", "the certificate is good");
    else
        doctor_failed(d, "tls",
                      "see whether the port speaks TLS, and BOXD_CA_FILE where it has a CA of its own", "%s",
                      error.message);
    if (d->answered)
        doctor_ok(d, "grpc", "the service answers");
    else if (d->tls)
        doctor_skipped(d, "grpc", "there is no TLS connection");
    else
        doctor_failed(d, "grpc", "see whether this port is the API's, and not a web server's", "%s",
                      error.message);
}

static int64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The first call with the real credential: a failure without an RPC's answer is the exchange's. */
static void check_identity(doctor *d)
{
    if (!d->answered || !d->c->compute) {
        doctor_skipped(d, "exchange", d->answered ? "there is no credential" : "the service does not answer");
        doctor_skipped(d, "identity", d->answered ? "there is no credential" : "the service does not answer");
        return;
    }
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = limited(d);
    boxd_identity *identity = boxd_compute_whoami(d->c->compute, &call, &error);
    d->exchanged_at_ms = unix_ms();
    d->identified = identity != NULL;
    const bool exchange_failed = d->has_key && !identity && error.grpc_code < 0;
    if (exchange_failed)
        doctor_failed(d, "exchange", "see whether the key is right, and BOXD_EXCHANGE_URL", "%s",
                      error.message);
    else if (d->has_key)
        doctor_ok(d, "exchange", "the key was exchanged for a token");
    else
        doctor_skipped(d, "exchange", "there is no key; a token is sent as it is");
    if (identity)
        doctor_ok(d, "identity", "%s%s%s", identity->display_name ? identity->display_name : "",
                  identity->display_name ? ", " : "", identity->user_id ? identity->user_id : "(no id)");
    else if (exchange_failed)
        doctor_skipped(d, "identity", "there is no token");
    else
        doctor_failed(d, "identity", "see whether the token has expired, or was revoked", "%s",
                      error.message);
    boxd_identity_free(identity);
}

/* The token that the key was just exchanged for is the youngest one: when it was made, by the service's
 * clock, against when it came, by ours. Nothing else in the public surface tells the service's time. */
static void check_clock(doctor *d)
{
    if (!d->identified || !d->has_key) {
        doctor_skipped(d, "clock", "not checked: no token was made just now");
        return;
    }
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = limited(d);
    boxd_tokens *tokens = boxd_token_list(d->c->compute, &call, &error);
    int64_t youngest = 0;
    for (size_t i = 0; tokens && i < tokens->count; i++)
        if (tokens->items[i]->created_at_ms > youngest)
            youngest = tokens->items[i]->created_at_ms;
    boxd_tokens_free(tokens);
    const int64_t skew_s = (d->exchanged_at_ms - youngest) / 1000;
    if (youngest == 0)
        doctor_skipped(d, "clock", "not checked: %s", tokens ? "the service lists no tokens" : error.message);
    else if (llabs(skew_s) > BIG_SKEW_S)
        doctor_failed(d, "clock", "set this machine's clock (NTP)", "%lld s %s the service's", llabs(skew_s),
                      skew_s > 0 ? "ahead of" : "behind");
    else
        doctor_ok(d, "clock", "within %d s of the service's", llabs(skew_s) > 2 ? BIG_SKEW_S : 2);
}

/* One RPC of each generation, oldest first; none of them changes anything. */
static const struct {
    const char *since;
    boxd_rpc_method method;
} GENERATIONS[] = {
    {"0.1.6",
     BOXD_RPC_METHOD("ListOrgs", boxd_pb__list_orgs_request, boxd_pb__list_orgs_response, BOXD_RPC_READ)},
    {"0.2.0", BOXD_RPC_METHOD("SuggestVmName", boxd_pb__suggest_vm_name_request,
                              boxd_pb__suggest_vm_name_response, BOXD_RPC_READ)},
    {"0.2.5", BOXD_RPC_METHOD("ListCustomDomains", boxd_pb__list_custom_domains_request,
                              boxd_pb__list_custom_domains_response, BOXD_RPC_READ)},
    {"0.2.15",
     BOXD_RPC_METHOD("ListDir", boxd_pb__list_dir_request, boxd_pb__list_dir_response, BOXD_RPC_READ)},
    {"0.2.19",
     BOXD_RPC_METHOD("GetOrgIdleIgnoreOutboundDefault", boxd_pb__get_org_idle_ignore_outbound_default_request,
                     boxd_pb__get_org_idle_ignore_outbound_default_response, BOXD_RPC_READ)},
};
enum { GENERATION_COUNT = sizeof GENERATIONS / sizeof *GENERATIONS };

static void check_schema(doctor *d)
{
    const char *newest = "0.1.2", *lacks = NULL;
    if (!d->identified) {
        doctor_skipped(d, "schema", "nobody is signed in");
        return;
    }
    for (size_t i = 0; i < GENERATION_COUNT; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        const boxd_call_options call = limited(d);
        ProtobufCMessage *reply = boxd_rpc_call(d->c->compute, &GENERATIONS[i].method, NULL, &call, &error);
        boxd_rpc_reply_free(reply);
        if (error.status == BOXD_ERR_UNSUPPORTED)
            lacks = lacks ? lacks : GENERATIONS[i].method.name;
        else if (reply || error.sent == BOXD_SENT_YES)
            newest = GENERATIONS[i].since;
    }
    if (lacks)
        doctor_ok(d, "schema",
                  "the service is as of %s; it lacks %s and later ones, which end in \"unsupported\"", newest,
                  lacks);
    else
        doctor_ok(d, "schema", "the service is as of %s, as this program", newest);
}

static void check_quota(doctor *d)
{
    static const boxd_rpc_method WHOAMI =
        BOXD_RPC_METHOD("Whoami", boxd_pb__whoami_request, boxd_pb__whoami_response, BOXD_RPC_READ);
    if (!d->identified) {
        doctor_skipped(d, "quota", "nobody is signed in");
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
        doctor_skipped(d, "quota", "the service tells no limit; boxes: %zu", boxes->count);
    else if (boxes->count >= billing->max_vms)
        doctor_failed(d, "quota", "remove boxes: boxctl rm BOX", "%zu of at most %" PRIu32 " boxes",
                      boxes->count, billing->max_vms);
    else
        doctor_ok(d, "quota", "%zu of at most %" PRIu32 " boxes", boxes->count, billing->max_vms);
    boxd_boxes_free(boxes);
    boxd_rpc_reply_free(reply);
}

static int run(cli *c, char **operands, int count)
{
    static void (*const CHECKS[])(doctor *) = {check_configuration, check_dns,   check_tcp,    check_grpc,
                                               check_identity,      check_clock, check_schema, check_quota};
    (void)operands;
    (void)count;
    doctor d = {.c = c, .rows = json_array()};
    for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS && !interrupted_by(); i++)
        CHECKS[i](&d);
    if (c->json)
        print_json(d.rows, false);
    else
        json_decref(d.rows);
    if (interrupted_by())
        return cli_complain(EXIT_SIGNAL + interrupted_by(), "interrupted");
    return d.failed ? EXIT_REFUSED : EXIT_GOOD;
}

const command DOCTOR_COMMANDS[] = {
    {"doctor", NULL, "", "Tell what works and what does not, from here to the service",
     "Each check is ok, failed (with the next step) or skipped. The exit code is 1 if one failed. Nothing is "
     "changed,\n"
     "and no credential is shown.",
     NO_OPTIONS, 0, 0, false, false, run, NULL},
    {0},
};
