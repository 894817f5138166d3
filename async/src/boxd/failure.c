#include "failure.h"

#include "errors.h"
#include "names.h"

#include <stdio.h>
#include <string.h>

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
    if (m->read)
        return "try again";
    return sent == BOXD_SENT_YES ? "the server has it: it may have had its effect"
                                 : "it may have been sent and have had its effect";
}

void failure_stopped(boxd_error *error, const request *owner, const method *m, boxd_sent sent)
{
    char what[160];
    describe(owner, m, what, sizeof what);
    const boxd_error *reason = &owner->op.thread_data.stop_error;
    if (reason->status == BOXD_ERR_TIMEOUT)
        error_set_sent(error, BOXD_ERR_TIMEOUT, sent, "%s did not answer within %lld ms; %s", what,
                       (long long)owner->op.timeout_ms, describe_sent(m, sent));
    else
        error_set_sent(error, reason->status ? reason->status : BOXD_ERR_CANCELLED, sent,
                       "%s ended early: %s; %s", what, reason->status ? reason->message : "it was stopped",
                       describe_sent(m, sent));
    error->retryable = m->read || sent == BOXD_SENT_NO;
}

/* What gRPC says of a connection that cannot be, and what that means to whoever set the URL. */
static const struct {
    const char *symptom;
    int tls; /* 0: only on plaintext channels, 1: only with TLS, -1: both */
    const char *advice;
} advices[] = {
    {"WRONG_VERSION_NUMBER", 1, "the server does not speak TLS; is it an http:// URL?"},
    {"wrong version number", 1, "the server does not speak TLS; is it an http:// URL?"},
    {"CERTIFICATE_VERIFY_FAILED", 1,
     "the server's certificate does not verify; set ca_file to the authority that signed it"},
    {"certificate verify failed", 1,
     "the server's certificate does not verify; set ca_file to the authority that signed it"},
    {"Peer name", 1, "the server's certificate is for another host"},
    {"Hostname", 1, "the server's certificate is for another host"},
    {"Cannot check peer", 1, "the server does not speak HTTP/2 over TLS; is this the API's port?"},
    {"ertificate required", 1,
     "the server wants a client certificate; set client_cert_file and client_key_file"},
    {"CERTIFICATE_REQUIRED", 1,
     "the server wants a client certificate; set client_cert_file and client_key_file"},
    {"handshak", 1,
     "the TLS handshake failed; is this a TLS port (https://) with a certificate that ca_file verifies?"},
    {"http1.x server", -1, "the server speaks HTTP/1, not gRPC; is this the API's port?"},
    {"onnection refused", -1, "nothing listens there; check the API URL and that the service is up"},
    {"DNS resolution failed", -1, "the host name does not resolve; check the API URL"},
    {"etwork is unreachable", -1, "there is no route to it; check the network"},
    {"Socket closed", 0,
     "the connection was closed; is it a TLS server (https://), or no gRPC server at all?"},
    {"onnection reset", 0,
     "the connection was reset; is it a TLS server (https://), or no gRPC server at all?"},
    {"settings frame", -1, "the server does not speak gRPC; is this the API's port?"},
};

static const char *advise(const char *details, bool tls)
{
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if ((advices[i].tls < 0 || (advices[i].tls == 1) == tls) && strstr(details, advices[i].symptom))
            return advices[i].advice;
    return NULL;
}

static void set_unavailable(boxd_error *error, const request *owner, const char *what, const char *details,
                            boxd_sent sent)
{
    const config *settings = &owner->compute->config;
    const char *advice = sent == BOXD_SENT_YES ? NULL : advise(details, settings->api.tls);
    const char *last = strstr(details, "last error: ");
    if (sent == BOXD_SENT_NO)
        error_set_sent(error, BOXD_ERR_CONNECTION, sent, "no connection to %s for %s: %s (%.160s)",
                       settings->api.target, what, advice ? advice : "the service cannot be reached",
                       last ? last + 12 : details);
    else
        error_set_sent(error, BOXD_ERR_CONNECTION, sent,
                       "the connection to %s failed during %s: %s%s%.160s%s", settings->api.target, what,
                       advice ? advice : "", advice ? " (" : "", details, advice ? ")" : "");
}

static const char *subject_or(const request *owner, const char *otherwise)
{
    return owner->subject ? owner->subject : otherwise;
}

void failure_of_rpc(boxd_error *error, const request *owner, const method *m, const rpc *r)
{
    char what[160], details[BOXD_ERROR_MESSAGE_SIZE];
    describe(owner, m, what, sizeof what);
    size_t length = GRPC_SLICE_LENGTH(r->details);
    if (length >= sizeof details)
        length = sizeof details - 1;
    memcpy(details, GRPC_SLICE_START_PTR(r->details), length);
    details[length] = '\0';
    boxd_sent sent = rpc_sent(r);
    boxd_status status = error_status_of_grpc((int)r->status);
    switch (r->status) {
    case GRPC_STATUS_UNAVAILABLE:
        set_unavailable(error, owner, what, details, sent);
        error->retryable = m->read || sent == BOXD_SENT_NO;
        break;
    case GRPC_STATUS_UNIMPLEMENTED:
        error_set_sent(error, status, BOXD_SENT_YES, "this server has no %s (UNIMPLEMENTED)%s%s", m->name,
                       m->instead ? "; use " : "; ask for a newer one, or check that the API URL is boxd's: ",
                       m->instead ? m->instead : details);
        break;
    case GRPC_STATUS_DEADLINE_EXCEEDED:
        error_set_sent(error, status, sent, "%s did not answer within %lld ms; %s", what,
                       (long long)owner->op.timeout_ms, describe_sent(m, sent));
        error->retryable = m->read;
        break;
    case GRPC_STATUS_NOT_FOUND:
        error_set_sent(error, status, BOXD_SENT_YES, "%s was not found by %s: %s",
                       subject_or(owner, "the object"), m->name, details);
        break;
    case GRPC_STATUS_UNAUTHENTICATED:
        error_set_sent(
            error, status, BOXD_SENT_YES, "the server refused the token for %s: %s; %s", what, details,
            owner->compute->config.token ? "get a new one, or open the client with an API key"
                                         : "check that key and API URL belong to the same service");
        break;
    default:
        error_set_sent(error, status, sent == BOXD_SENT_NO ? BOXD_SENT_UNKNOWN : sent, "%s: %s", what,
                       *details ? details : error_grpc_name((int)r->status));
        break;
    }
    error->grpc_code = (int)r->status;
}
