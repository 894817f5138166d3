/* failure.c: turns the end of an RPC into an error: a status, and a sentence that names the object and the
 * next step. Called by call.c and by boxd/stream when an RPC has ended, on the core thread. */
#include "boxd/client/failure.h"

#include "boxd/client/box.h"
#include "boxd/client/connection_hint.h"
#include "errors.h"
#include "printable.h"
#include "secrets.h"

#include <stdio.h>
#include <string.h>

enum { SUBJECT_SIZE = 256 };

/* "CreateVm of box "web-7"", in the caller's buffer. */
static const char *describe(const request *owner, const method *m, char *buffer, size_t size)
{
    if (owner->subject)
        (void)snprintf(buffer, size, "%s of %s", m->name, owner->subject);
    else
        (void)snprintf(buffer, size, "%s", m->name);
    return buffer;
}

/* The possible effect of a call that was sent, or the advice that it can be repeated. */
static const char *describe_effect(const method *m, boxd_sent sent)
{
    if (sent == BOXD_SENT_NO)
        return "it was not sent";
    if (m->read || m->harmless)
        return "try again";
    return sent == BOXD_SENT_YES ? "the server received it: it may have had its effect"
                                 : "it may have been sent, and may have had its effect";
}

static bool is_repeatable(const method *m, boxd_sent sent)
{
    return m->read || m->harmless || sent == BOXD_SENT_NO;
}

/* "GetVm of box "web-7" timed out after 40 ms, before it was sent". */
static void set_timeout(boxd_error *error, const request *owner, const method *m, const char *what,
                        boxd_sent sent)
{
    const long long timeout_ms = (long long)request_timeout_ms(owner);
    if (sent == BOXD_SENT_NO)
        error_set_sent(error, BOXD_ERR_TIMEOUT, sent, "%s timed out after %lld ms, before it was sent", what,
                       timeout_ms);
    else
        error_set_sent(error, BOXD_ERR_TIMEOUT, sent, "%s timed out after %lld ms; %s", what, timeout_ms,
                       describe_effect(m, sent));
    error->retryable = is_repeatable(m, sent);
}

/* Only a timeout is worth another attempt: a fired token stays fired, a closed client closed. */
void failure_stopped(boxd_error *error, const request *owner, const method *m, boxd_sent sent)
{
    char what[SUBJECT_SIZE];
    describe(owner, m, what, sizeof what);
    const boxd_error *reason = request_stop_reason(owner);
    const bool may_have_effect = sent != BOXD_SENT_NO && !m->read && !m->harmless;
    if (reason->status == BOXD_ERR_TIMEOUT) {
        set_timeout(error, owner, m, what, sent);
        return;
    }
    error_set_sent(error, reason->status ? reason->status : BOXD_ERR_CANCELLED, sent, "%s ended early: %s",
                   what, reason->status ? reason->message : "it was stopped");
    if (may_have_effect)
        error_append(error, "; %s", describe_effect(m, sent));
}

typedef enum { ANY_CHANNEL, PLAINTEXT, TLS } channel_kind;

/* Hints for connections that could not be made, selected by a part of gRPC's message. The last one fits
 * every message. */
static const struct hint {
    const char *symptom;
    channel_kind kind;
    /* The failure does not go away by itself. */
    bool lasting;
    const char *text;
} hints[] = {
    {"WRONG_VERSION_NUMBER", TLS, true,
     "the server does not speak TLS; check whether the URL should be http://"},
    {"wrong version number", TLS, true,
     "the server does not speak TLS; check whether the URL should be http://"},
    {"CERTIFICATE_VERIFY_FAILED", TLS, true,
     "the server's certificate does not verify; set ca_file to the authority that signed it"},
    {"certificate verify failed", TLS, true,
     "the server's certificate does not verify; set ca_file to the authority that signed it"},
    {"Peer name", TLS, true, "the server's certificate is for another host; check the API URL"},
    {"Hostname", TLS, true, "the server's certificate is for another host; check the API URL"},
    {"Cannot check peer", TLS, true,
     "the server does not speak HTTP/2 over TLS; check that this is the API's port"},
    {"andshake read failed", TLS, false,
     "the server does not answer in TLS; check that this is the API's port, and that it is a TLS port"},
    {"handshak", TLS, false,
     "the TLS handshake failed; check that this is a TLS port (https://), and that ca_file verifies its "
     "certificate"},
    {"Socket closed", TLS, false,
     "the connection was closed; if the server wants a client certificate, set client_cert_file and "
     "client_key_file"},
    {"http1.x server", ANY_CHANNEL, false,
     "the server speaks HTTP/1, not gRPC; check that this is the API's port"},
    {"settings frame", ANY_CHANNEL, false,
     "the server does not speak gRPC; check that this is the API's port"},
    {"SETTINGS frame", ANY_CHANNEL, false,
     "the server does not speak gRPC; check that this is the API's port"},
    {"Failed parsing HTTP/2", ANY_CHANNEL, false,
     "the server does not speak gRPC; check that this is the API's port"},
    {"onnection refused", ANY_CHANNEL, false,
     "nothing listens there; check the API URL and that the service is up"},
    {"DNS resolution failed", ANY_CHANNEL, false, "the host name does not resolve; check the API URL"},
    {"etwork is unreachable", ANY_CHANNEL, false, "there is no route to the server; check the network"},
    {"Socket closed", PLAINTEXT, false,
     "the connection was closed; check whether this is a TLS server (https://), and that it speaks gRPC"},
    {"onnection reset", PLAINTEXT, false,
     "the connection was reset; check whether this is a TLS server (https://), and that it speaks gRPC"},
    {"", ANY_CHANNEL, false, "the service cannot be reached; check the API URL and the network"},
};

static const struct hint *find_hint(const char *details, bool tls)
{
    const struct hint *h = hints;
    while ((h->kind != ANY_CHANNEL && (h->kind == TLS) != tls) || !strstr(details, h->symptom))
        h++;
    return h;
}

/* gRPC reads certificates at the first connection; when they are unusable, its message is that it has no
 * address. */
static bool certificates_refused(const config *settings, const char *details)
{
    return settings->api.tls && (settings->ca_file || settings->client_cert_file) &&
           strstr(details, "empty address list");
}

static void set_unavailable(boxd_error *error, const request *owner, const method *m, const char *what,
                            const char *details, boxd_sent sent)
{
    const config *settings = &owner->compute->config;
    char server[CONNECTION_NAME_SIZE];
    connection_name(settings, server, sizeof server);
    if (sent != BOXD_SENT_NO) {
        error_set_sent(error, BOXD_ERR_CONNECTION, sent, "the connection to %s failed during %s: %.160s; %s",
                       server, what, details, describe_effect(m, sent));
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
        const struct hint *hint = find_hint(details, settings->api.tls);
        bool lasting = hint->lasting;
        const char *proxy_hint = connection_proxy_hint(settings, details, &lasting);
        const char *last = strstr(details, "last error: ");
        error_set_sent(error, BOXD_ERR_CONNECTION, sent, "no connection to %s for %s: %s (%.160s)", server, what,
                       proxy_hint ? proxy_hint : hint->text, last ? last + strlen("last error: ") : details);
        error->retryable = !lasting;
    }
}

/* The next step after the server rejected the token. */
static const char *token_hint(const config *settings)
{
    if (settings->token)
        return "get a new one, or open the client with an API key";
    if (settings->in_machine)
        return "the machine's credential was rejected, also after a refresh; set BOXD_API_KEY or BOXD_TOKEN";
    return "check that key and API URL belong to the same service";
}

/* gRPC's description of the failure, or the service's, without the secrets of the client. */
static void read_details(const request *owner, const rpc *r, char *details, size_t size)
{
    char raw[SECRET_TEXT_MAX];
    size_t length = GRPC_SLICE_LENGTH(r->details);
    if (length >= sizeof raw)
        length = sizeof raw - 1;
    memcpy(raw, GRPC_SLICE_START_PTR(r->details), length);
    raw[length] = '\0';
    auth_cover_secrets(&owner->compute->thread_data.auth, raw);
    name_printable(raw, details, size);
}

void failure_of_rpc(boxd_error *error, const request *owner, const method *m, const rpc *r)
{
    char what[SUBJECT_SIZE], details[BOXD_ERROR_MESSAGE_SIZE];
    describe(owner, m, what, sizeof what);
    read_details(owner, r, details, sizeof details);
    const boxd_sent sent = rpc_sent(r);
    const boxd_status status = error_status_of_grpc((int)r->status);
    switch (r->status) {
    case GRPC_STATUS_UNAVAILABLE:
        set_unavailable(error, owner, m, what, details, sent);
        break;
    case GRPC_STATUS_UNIMPLEMENTED:
        error_set_sent(error, status, BOXD_SENT_YES, "this server does not have %s (UNIMPLEMENTED)%s%s",
                       m->name,
                       m->instead ? "; use " : "; use a newer server, or check that the API URL is boxd's: ",
                       m->instead ? m->instead : details);
        break;
    case GRPC_STATUS_DEADLINE_EXCEEDED:
        if (request_timeout_ms(owner) > 0) {
            set_timeout(error, owner, m, what, sent);
        } else {
            error_set_sent(error, status, sent, "%s exceeded a deadline of the server: %s; %s", what, details,
                           describe_effect(m, sent));
            error->retryable = is_repeatable(m, sent);
        }
        break;
    case GRPC_STATUS_UNAUTHENTICATED:
        error_set_sent(error, status, BOXD_SENT_YES, "the server rejected the token for %s: %s; %s", what,
                       details, token_hint(&owner->compute->config));
        break;
    default:
        error_set_sent(error, status, sent == BOXD_SENT_NO ? BOXD_SENT_UNKNOWN : sent, "%s: %s", what,
                       *details ? details : error_grpc_name((int)r->status));
        break;
    }
    if (r->status == GRPC_STATUS_NOT_FOUND && owner->box && box_is_identified(owner->box))
        error_append(error,
                     "; the handle was made from a name and keeps the id of the first box that was found: "
                     "if that box was destroyed, make a new handle");
    error->grpc_code = (int)r->status;
}
