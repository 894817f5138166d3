#include "boxd/client/failure.h"

#include "boxd/client/box.h"
#include "errors.h"
#include "names.h"

#include <stdio.h>
#include <string.h>

enum { SUBJECT_SIZE = 256 };

/* "CreateVm of box "web-7"", in a buffer of the caller's. */
static const char *describe(const request *owner, const method *m, char *buffer, size_t size)
{
    if (owner->subject)
        (void)snprintf(buffer, size, "%s of %s", m->name, owner->subject);
    else
        (void)snprintf(buffer, size, "%s", m->name);
    return buffer;
}

static const char *describe_sent(const method *m, boxd_sent sent)
{
    if (sent == BOXD_SENT_NO)
        return "it was not sent";
    if (m->read || m->harmless)
        return "try again";
    return sent == BOXD_SENT_YES ? "the server has it: it may have had its effect"
                                 : "it may have been sent, and may have had its effect";
}

static bool is_repeatable(const method *m, boxd_sent sent)
{
    return m->read || m->harmless || sent == BOXD_SENT_NO;
}

/* Only a timeout may go better next time: a fired token stays fired, a closed client closed. */
void failure_stopped(boxd_error *error, const request *owner, const method *m, boxd_sent sent)
{
    char what[SUBJECT_SIZE];
    describe(owner, m, what, sizeof what);
    const boxd_error *reason = &owner->op.thread_data.stop_error;
    const bool may_have_effect = sent != BOXD_SENT_NO && !m->read && !m->harmless;
    if (reason->status == BOXD_ERR_TIMEOUT) {
        error_set_sent(error, BOXD_ERR_TIMEOUT, sent, "%s did not %s within %lld ms; %s", what,
                       m->stream ? "end" : "answer", (long long)owner->op.timeout_ms, describe_sent(m, sent));
        error->retryable = is_repeatable(m, sent);
    } else {
        error_set_sent(error, reason->status ? reason->status : BOXD_ERR_CANCELLED, sent,
                       "%s ended early: %s", what, reason->status ? reason->message : "it was stopped");
        if (may_have_effect)
            error_append(error, "; %s", describe_sent(m, sent));
    }
}

typedef enum { ANY_CHANNEL, PLAINTEXT, TLS } channel_kind;

/* What gRPC says of a connection that could not be made, and what that means to whoever set the URL. */
static const struct advice {
    const char *symptom;
    channel_kind kind;
    bool lasting; /* it will not heal by itself */
    const char *text;
} advices[] = {
    {"WRONG_VERSION_NUMBER", TLS, true, "the server does not speak TLS; is it an http:// URL?"},
    {"wrong version number", TLS, true, "the server does not speak TLS; is it an http:// URL?"},
    {"CERTIFICATE_VERIFY_FAILED", TLS, true,
     "the server's certificate does not verify; set ca_file to the authority that signed it"},
    {"certificate verify failed", TLS, true,
     "the server's certificate does not verify; set ca_file to the authority that signed it"},
    {"Peer name", TLS, true, "the server's certificate is for another host; check the API URL"},
    {"Hostname", TLS, true, "the server's certificate is for another host; check the API URL"},
    {"Cannot check peer", TLS, true, "the server does not speak HTTP/2 over TLS; is this the API's port?"},
    {"andshake read failed", TLS, false,
     "the server does not answer in TLS; is this the API's port, and a TLS one?"},
    {"handshak", TLS, false,
     "the TLS handshake failed; is this a TLS port (https://) with a certificate that ca_file verifies?"},
    {"Socket closed", TLS, false,
     "the connection was closed; does the server want a client certificate? Then set client_cert_file and "
     "client_key_file"},
    {"http1.x server", ANY_CHANNEL, false, "the server speaks HTTP/1, not gRPC; is this the API's port?"},
    {"settings frame", ANY_CHANNEL, false, "the server does not speak gRPC; is this the API's port?"},
    {"SETTINGS frame", ANY_CHANNEL, false, "the server does not speak gRPC; is this the API's port?"},
    {"Failed parsing HTTP/2", ANY_CHANNEL, false, "the server does not speak gRPC; is this the API's port?"},
    {"onnection refused", ANY_CHANNEL, false,
     "nothing listens there; check the API URL and that the service is up"},
    {"DNS resolution failed", ANY_CHANNEL, false, "the host name does not resolve; check the API URL"},
    {"etwork is unreachable", ANY_CHANNEL, false, "there is no route to it; check the network"},
    {"Socket closed", PLAINTEXT, false,
     "the connection was closed; is it a TLS server (https://), or no gRPC server at all?"},
    {"onnection reset", PLAINTEXT, false,
     "the connection was reset; is it a TLS server (https://), or no gRPC server at all?"},
    {"", ANY_CHANNEL, false, "the service cannot be reached; check the API URL and the network"},
};

static const struct advice *advise(const char *details, bool tls)
{
    const struct advice *a = advices;
    while ((a->kind != ANY_CHANNEL && (a->kind == TLS) != tls) || !strstr(details, a->symptom))
        a++; /* the last one fits everything */
    return a;
}

/* gRPC takes certificates at the first connection, and says no more than that it then knows no address. */
static bool certificates_refused(const config *settings, const char *details)
{
    return settings->api.tls && (settings->ca_file || settings->client_cert_file) &&
           strstr(details, "empty address list");
}

static void set_unavailable(boxd_error *error, const request *owner, const method *m, const char *what,
                            const char *details, boxd_sent sent)
{
    const config *settings = &owner->compute->config;
    if (sent != BOXD_SENT_NO) {
        error_set_sent(error, BOXD_ERR_CONNECTION, sent, "the connection to %s failed during %s: %.160s; %s",
                       settings->api.target, what, details, describe_sent(m, sent));
        error->retryable = is_repeatable(m, sent);
    } else if (certificates_refused(settings, details)) {
        error_set_sent(
            error, BOXD_ERR_LOCAL_FILE, sent,
            "the certificates for %s cannot be used: check ca_file (%.100s), client_cert_file (%.100s) and "
            "client_key_file (%.100s)",
            settings->api.target, settings->ca_file ? settings->ca_file : "not set",
            settings->client_cert_file ? settings->client_cert_file : "not set",
            settings->client_key_file ? settings->client_key_file : "not set");
    } else {
        const struct advice *a = advise(details, settings->api.tls);
        const char *last = strstr(details, "last error: ");
        error_set_sent(error, BOXD_ERR_CONNECTION, sent, "no connection to %s for %s: %s (%.160s)",
                       settings->api.target, what, a->text, last ? last + strlen("last error: ") : details);
        error->retryable = !a->lasting;
    }
}

/* What to do about a token that was refused. */
static const char *whose_token(const config *settings)
{
    if (settings->token)
        return "get a new one, or open the client with an API key";
    if (settings->in_machine)
        return "the machine's own, and a fresh one, are not good for this; set BOXD_API_KEY or BOXD_TOKEN";
    return "check that key and API URL belong to the same service";
}

void failure_of_rpc(boxd_error *error, const request *owner, const method *m, const rpc *r)
{
    char what[SUBJECT_SIZE], details[BOXD_ERROR_MESSAGE_SIZE], raw[BOXD_ERROR_MESSAGE_SIZE];
    describe(owner, m, what, sizeof what);
    size_t length = GRPC_SLICE_LENGTH(r->details);
    if (length >= sizeof raw)
        length = sizeof raw - 1;
    memcpy(raw, GRPC_SLICE_START_PTR(r->details), length);
    raw[length] = '\0';
    name_printable(raw, details, sizeof details); /* it reaches terminals */
    boxd_sent sent = rpc_sent(r);
    boxd_status status = error_status_of_grpc((int)r->status);
    switch (r->status) {
    case GRPC_STATUS_UNAVAILABLE:
        set_unavailable(error, owner, m, what, details, sent);
        break;
    case GRPC_STATUS_UNIMPLEMENTED:
        error_set_sent(error, status, BOXD_SENT_YES, "this server has no %s (UNIMPLEMENTED)%s%s", m->name,
                       m->instead ? "; use " : "; ask for a newer one, or check that the API URL is boxd's: ",
                       m->instead ? m->instead : details);
        break;
    case GRPC_STATUS_DEADLINE_EXCEEDED:
        if (owner->op.timeout_ms > 0)
            error_set_sent(error, status, sent, "%s did not answer within %lld ms; %s", what,
                           (long long)owner->op.timeout_ms, describe_sent(m, sent));
        else
            error_set_sent(error, status, sent, "%s took the server too long: %s; %s", what, details,
                           describe_sent(m, sent));
        error->retryable = is_repeatable(m, sent);
        break;
    case GRPC_STATUS_UNAUTHENTICATED:
        error_set_sent(error, status, BOXD_SENT_YES, "the server refused the token for %s: %s; %s", what,
                       details, whose_token(&owner->compute->config));
        break;
    default:
        error_set_sent(error, status, sent == BOXD_SENT_NO ? BOXD_SENT_UNKNOWN : sent, "%s: %s", what,
                       *details ? details : error_grpc_name((int)r->status));
        break;
    }
    if (r->status == GRPC_STATUS_NOT_FOUND && owner->box && box_was_found(owner->box))
        error_append(error, "; if it is the box that is gone: the handle keeps to the machine that its name "
                            "was first found to be, make a new one");
    error->grpc_code = (int)r->status;
}
