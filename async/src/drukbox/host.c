/* host.c: the hosts of Drukbox. Called on any thread; answers are read on the core thread. */
#include "drukbox/call.h"
#include "errors.h"
#include "mem.h"
#include "names.h"
#include "options.h"
#include "utf8.h"

#include <drukbox/aio/host.h>

#include <stddef.h>
#include <string.h>

RESULT_TYPE(HOST, drukbox_host_cb, record_free_secret);
RESULT_TYPE(HOSTS, drukbox_hosts_cb, record_free_secret);

/* ---- the record ---- */

static const struct {
    const char *key;
    size_t offset;
} texts[] = {
    {"id", offsetof(drukbox_host, id)},
    {"name", offsetof(drukbox_host, name)},
    {"service_account", offsetof(drukbox_host, service_account)},
    {"status", offsetof(drukbox_host, status)},
    {"provider", offsetof(drukbox_host, provider)},
    {"image", offsetof(drukbox_host, image)},
    {"instance_type", offsetof(drukbox_host, instance_type)},
    {"external_ssh_host", offsetof(drukbox_host, external_ssh_host)},
    {"ssh_username", offsetof(drukbox_host, ssh_username)},
    {"internal_ssh_host", offsetof(drukbox_host, internal_ssh_host)},
    {"known_hosts", offsetof(drukbox_host, known_hosts)},
    {"tailscale_device_id", offsetof(drukbox_host, tailscale_device_id)},
    {"private_key", offsetof(drukbox_host, private_key)},
    {"last_error", offsetof(drukbox_host, last_error)},
};

enum { MAX_PORT = 65535 };

static const char *fill_host(record *r, void *made, const json_node *object)
{
    drukbox_host *host = made;
    int64_t port;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = json_text(r, object, texts[i].key);
        memcpy((char *)made + texts[i].offset, &text, sizeof text);
    }
    host->has_disk_gb = json_number(object, "disk_gb", &host->disk_gb);
    if (json_number(object, "external_ssh_port", &port) && port > 0 && port <= MAX_PORT)
        host->external_ssh_port = (int32_t)port;
    host->created_at = json_time(r, object, "created_at", &host->created_at_ms);
    host->updated_at = json_time(r, object, "updated_at", &host->updated_at_ms);
    host->activated_at = json_time(r, object, "activated_at", &host->activated_at_ms);
    host->expires_at = json_time(r, object, "expires_at", &host->expires_at_ms);
    host->lease_deadline = json_time(r, object, "lease_deadline", &host->lease_deadline_ms);
    return json_node_text(json_member(object, "id")) ? NULL : "id";
}

static void warn(const rest_call *c, drukbox_host *host, const char *warning)
{
    host->warning = warning;
    observe_log(&c->client->observer, BOXD_LOG_WARNING, "host %s: %s", host->id ? host->id : "",
                warning ? warning : "");
}

/* A service without secrets and templates ignores them in a request. Such a service has no service accounts
 * either, so that its records do not have that key. */
static void report_ignored(const rest_call *c, record *r, drukbox_host *host, const json_node *answer)
{
    const bool secrets = json_object_get(c->request, "secrets") != NULL;
    const bool template =
        json_object_get(c->request, "template") != NULL && !json_object_get(c->request, "image");
    if (json_member(answer, "service_account") || (!secrets && !template))
        return;
    host->ignored = (secrets ? DRUKBOX_IGNORED_SECRETS : 0U) | (template ? DRUKBOX_IGNORED_TEMPLATE : 0U);
    warn(c, host,
         record_joined(r, "this service is too old for ",
                       secrets && template ? "secrets and templates"
                       : secrets           ? "secrets"
                                           : "templates",
                       ", and created the host without them"));
}

/* The answer of the first request, which had the key, was lost. */
static bool lost_private_key(const rest_call *c, const drukbox_host *host)
{
    const bool needs_key =
        !host->internal_ssh_host && (!host->provider || strcmp(host->provider, "exe") != 0);
    return c->thread_data.repeated && !host->private_key && needs_key;
}

static void check_created(const rest_call *c, record *r, void *made, const json_node *answer)
{
    drukbox_host *host = made;
    report_ignored(c, r, host, answer);
    if (lost_private_key(c, host) && !host->warning)
        warn(c, host,
             "the private key was in an answer that was lost; for a host with a key, delete this one and "
             "create "
             "another one with a new idempotency key");
}

void drukbox_host_free(drukbox_host *host)
{
    record_free_secret(host);
}

void drukbox_hosts_free(drukbox_hosts *hosts)
{
    record_free_secret(hosts);
}

/* ---- creating a host ---- */

/* A header's value loses blanks at its ends: another key would be sent. */
static bool is_key(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return *text != '\0';
}

static void check_env(const char *const *env, boxd_error *error)
{
    static const char reserved[] = "TAILSCALE_AUTHKEY=";
    for (; env && *env && error->status == BOXD_OK; env++)
        if (name_check_env(*env, error) == BOXD_OK && strncmp(*env, reserved, sizeof reserved - 1) == 0)
            error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                      "the environment name TAILSCALE_AUTHKEY is reserved by the service; use another name");
}

static void check_options(const drukbox_host_create_options *options, boxd_error *error)
{
    check_env(options->env, error);
    if (error->status != BOXD_OK)
        return;
    if (options->permanent && options->expires_at_ms)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "permanent and expires_at_ms are both set; give one of them");
    else if (options->disk_gb < 0)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "disk_gb is %lld; give 1 or more, or 0 for the default",
                  (long long)options->disk_gb);
    else if (options->idempotency_key && !is_key(options->idempotency_key))
        error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "idempotency_key is empty, or has a blank, a control character or a byte that is not ASCII; "
            "give printable ASCII characters without blanks");
    else
        options_check_list(options->secret_count, options->secrets, "secrets", error);
}

static json_t *make_issuer(const drukbox_secret *secret, boxd_error *error)
{
    static const char *const none[] = {NULL};
    json_t *issuer = body_new(error);
    body_text(issuer, "url", secret->issuer_url, "issuer_url", error);
    body_words(issuer, "headers", secret->issuer_headers ? secret->issuer_headers : none, "issuer_headers",
               error);
    body_text(issuer, "refresh", secret->issuer_refresh, "issuer_refresh", error);
    return issuer;
}

static json_t *make_secret(const drukbox_secret *secret, boxd_error *error)
{
    json_t *entry = body_new(error);
    body_text(entry, "host", secret->host, "a secret's host", error);
    body_text(entry, "auth_variable", secret->auth_variable, "auth_variable", error);
    body_text(entry, "auth_header", secret->auth_header, "auth_header", error);
    body_text(entry, "auth_prefix", secret->auth_prefix, "auth_prefix", error);
    body_text(entry, "value", secret->value, "a secret's value", error);
    if (secret->issuer_url)
        body_value(entry, "issuer", make_issuer(secret, error), error);
    return entry;
}

/* Checks what an entry cannot express; the service checks the rest. */
static void check_secret(const drukbox_secret *secret, const json_t *others, boxd_error *error)
{
    char name[NAME_SUBJECT_SIZE];
    if (!secret->service || !*secret->service || !utf8_is_valid(secret->service, strlen(secret->service)))
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "a secret does not name its service; set `service`");
    else if (json_object_get(others, secret->service))
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "there are two secrets for %s; give one for each service",
                  name_subject("the service", secret->service, name, sizeof name));
    else if (!secret->value == !secret->issuer_url)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "the secret for %s has %s; give it a value or an issuer_url",
                  name_subject("the service", secret->service, name, sizeof name),
                  secret->value ? "a value and an issuer" : "neither a value nor an issuer");
}

static json_t *make_secrets(const drukbox_host_create_options *options, boxd_error *error)
{
    json_t *secrets = body_new(error);
    for (size_t i = 0; i < options->secret_count && error->status == BOXD_OK; i++) {
        drukbox_secret secret;
        if (options_copy_item(&secret, OPTION_TYPE(drukbox_secret), options->secrets[i], "secrets", i,
                              error) == BOXD_OK)
            check_secret(&secret, secrets, error);
        if (error->status == BOXD_OK)
            body_value(secrets, secret.service, make_secret(&secret, error), error);
    }
    return secrets;
}

/* In the order of the published clients. */
static json_t *create_body(const drukbox_host_create_options *options, boxd_error *error)
{
    json_t *body = body_new(error);
    check_options(options, error);
    if (error->status != BOXD_OK)
        return body;
    if (options->disk_gb > 0)
        body_value(body, "disk_gb", json_integer(options->disk_gb), error);
    body_words(body, "env", options->env, "env", error);
    body_time(body, "expires_at", options->expires_at_ms, error);
    if (options->permanent)
        body_value(body, "expires_at", json_null(), error);
    body_text(body, "image", options->image, "image", error);
    body_text(body, "instance_type", options->instance_type, "instance_type", error);
    body_text(body, "provider", options->provider, "provider", error);
    if (options->secret_count > 0)
        body_value(body, "secrets", make_secrets(options, error), error);
    body_text(body, "template", options->template_id, "template_id", error);
    return body;
}

static const rest_operation CREATE = {
    .method = "POST",
    .route = "POST /hosts",
    .expected = "a host record",
    .size = sizeof(drukbox_host),
    .fill = fill_host,
    .check = check_created,
    .after_loss = ": see drukbox_host_list(), and give an idempotency_key to be able to repeat it",
};

void drukbox_aio_host_create(drukbox_client *client, const drukbox_host_create_options *options,
                             drukbox_host_cb callback, void *user_data)
{
    drukbox_host_create_options opts;
    boxd_error fault = BOXD_ERROR_INIT;
    json_t *body = NULL;
    if (options_copy(&opts, OPTION_TYPE_RESERVED(drukbox_host_create_options), options, &fault) == BOXD_OK)
        body = create_body(&opts, &fault);
    const call_setup setup = {client, &opts.call, true, &fault, SINK(HOST, callback, user_data)};
    rest_call *c = call_new(&CREATE, &setup, body, PATH("/hosts"));
    if (!c)
        return;
    if (fault.status == BOXD_OK && opts.idempotency_key) {
        c->idempotency_key = mem_strdup(opts.idempotency_key);
        if (!c->idempotency_key)
            error_no_memory(call_error(c), "creating a host");
    }
    call_submit(c);
}

/* ---- the other calls ---- */

static const char *await_active(const void *made, boxd_error *error)
{
    const drukbox_host *host = made;
    const char *status = host->status ? host->status : "in an unknown state";
    if (strcmp(status, "active") == 0)
        return NULL;
    if (strcmp(status, "error") != 0)
        return status;
    error_set_sent(error, BOXD_ERR_PROVISIONING, BOXD_SENT_YES,
                   "creating host %s failed: %s; delete it with drukbox_host_delete()", host->id,
                   host->last_error ? host->last_error : "");
    return NULL;
}

static const rest_operation GET = {.method = "GET",
                                   .route = "GET /hosts/{id}",
                                   .expected = "a host record",
                                   .size = sizeof(drukbox_host),
                                   .fill = fill_host,
                                   .repeatable = true,
                                   .awaited = await_active};

void drukbox_aio_host_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                          drukbox_host_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    check_segment(id, "host's id", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(HOST, callback, user_data)};
    call_start(&GET, &setup, NULL, PATH("/hosts/", id));
}

void drukbox_aio_host_wait_until_active(drukbox_client *client, const char *id,
                                        const drukbox_wait_options *options, drukbox_host_cb callback,
                                        void *user_data)
{
    call_wait(&GET, client, id, "host's id", "/hosts/", options, SINK(HOST, callback, user_data));
}

void drukbox_aio_host_attach(drukbox_client *client, const char *id, const boxd_call_options *call,
                             drukbox_host_cb callback, void *user_data)
{
    drukbox_aio_host_get(client, id, call, callback, user_data);
}

static const rest_operation LIST = {.method = "GET",
                                    .route = "GET /hosts",
                                    .expected = "a list of host records",
                                    .size = sizeof(drukbox_hosts),
                                    .item_size = sizeof(drukbox_host),
                                    .fill = fill_host,
                                    .repeatable = true};

void drukbox_aio_host_list(drukbox_client *client, const boxd_call_options *call, drukbox_hosts_cb callback,
                           void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    const call_setup setup = {client, call, false, &fault, SINK(HOSTS, callback, user_data)};
    call_start(&LIST, &setup, NULL, PATH("/hosts"));
}

static const rest_operation DELETE = {.method = "DELETE", .route = "DELETE /hosts/{id}", .repeatable = true};

void drukbox_aio_host_delete(drukbox_client *client, const char *id, const boxd_call_options *call,
                             boxd_done_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    check_segment(id, "host's id", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(RESULT_DONE, callback, user_data)};
    call_start(&DELETE, &setup, NULL, PATH("/hosts/", id));
}

static const rest_operation RENEW = {.method = "POST",
                                     .route = "POST /hosts/{id}/renew",
                                     .expected = "a host record",
                                     .size = sizeof(drukbox_host),
                                     .fill = fill_host,
                                     .repeatable = true};

void drukbox_aio_host_renew(drukbox_client *client, const char *id, const drukbox_host_renew_options *options,
                            drukbox_host_cb callback, void *user_data)
{
    drukbox_host_renew_options opts;
    boxd_error fault = BOXD_ERROR_INIT;
    json_t *body = body_new(&fault);
    options_copy(&opts, OPTION_TYPE(drukbox_host_renew_options), options, &fault);
    if (fault.status == BOXD_OK && check_segment(id, "host's id", &fault) == BOXD_OK)
        body_time(body, "expires_at", opts.expires_at_ms, &fault);
    const call_setup setup = {client, &opts.call, true, &fault, SINK(HOST, callback, user_data)};
    call_start(&RENEW, &setup, body, PATH("/hosts/", id, "/renew"));
}

static const rest_operation REFRESH_SECRET = {
    .method = "POST", .route = "POST /hosts/{id}/secrets/{service}/refresh", .repeatable = true};

void drukbox_aio_host_refresh_secret(drukbox_client *client, const char *id, const char *service,
                                     const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    if (check_segment(id, "host's id", &fault) == BOXD_OK)
        check_segment(service, "secret's service", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(RESULT_DONE, callback, user_data)};
    call_start(&REFRESH_SECRET, &setup, NULL, PATH("/hosts/", id, "/secrets/", service, "/refresh"));
}
