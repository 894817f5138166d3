/*
 * create.c: POST /hosts: the request, idempotency keys, the warm pool, and the states of a new host. HTTP
 * threads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/differ.h"
#include "base/secret.h"
#include "drukbox/internal.h"

enum { SAFETY_LEASE_SECS = 600, POOL_LEASE_SECS = 24 * 3600, CAPACITY_RETRY_SECS = 30, SSH_PORT = 22 };

static const location BODY = {NULL, "body"};

typedef struct {
    /* All members but `image` and `secrets` are borrowed from the request. */
    const char *key;
    const char *provider_name, *instance_type;
    const drukbox_provider *provider;
    char *image;
    /* "": no template. */
    char template_id[37];
    int64_t disk_gb, expiry;
    bool permanent;
    /* env is given and not empty. */
    bool has_env;
    drukbox_secret *secrets;
} host_request;

/* ---- the request ---- */

static const char *read_key(drukbox_call *c)
{
    const location header = {NULL, "header"}, at = {&header, "Idempotency-Key"};
    const char *key = http_header(c->http, "Idempotency-Key");
    if (key == NULL)
        return NULL;
    json_t *value = text_json(key);
    if (*key == '\0')
        check_problem(c, &at, "string_too_short", "String should have at least 1 character", value,
                      json_pack("{s:i}", "min_length", 1));
    else if (strlen(key) > RULE_IDEMPOTENCY_KEY.max_bytes)
        check_problem(c, &at, "string_too_long", "String should have at most 255 characters", value,
                      json_pack("{s:i}", "max_length", 255));
    else
        check_name(c, &at, &RULE_IDEMPOTENCY_KEY, value);
    json_decref(value);
    return differs(DIFFER_DRUKBOX_REPLAY) ? NULL : key;
}

static void read_template(drukbox_call *c, host_request *w)
{
    const location at = {&BODY, "template"};
    const char *text = check_string(c, &BODY, c->body, "template", STRING_OPTIONAL);
    if (text == NULL || !check_uuid(c, &at, text, w->template_id))
        w->template_id[0] = '\0';
}

/* Members that the generation does not have are ignored, as all unknown members are. */
static void read_request(drukbox_call *c, host_request *w)
{
    w->key = read_key(c);
    if (c->body == NULL)
        return;
    const char *image = check_not_blank(c, &BODY, c->body, "image", STRING_OPTIONAL);
    w->image = image ? xstrdup(image) : NULL;
    check_env(c, c->body);
    w->has_env = json_object_size(json_object_get(c->body, "env")) > 0;
    w->expiry = check_expiry(c, c->body);
    w->permanent = json_is_null(json_object_get(c->body, "expires_at"));
    w->provider_name = check_string(c, &BODY, c->body, "provider", STRING_OPTIONAL);
    if (drukbox_served->sizing) {
        w->instance_type = check_not_blank(c, &BODY, c->body, "instance_type", STRING_OPTIONAL);
        w->disk_gb = check_disk_gb(c, c->body);
    }
    if (drukbox_served->accounts) {
        read_template(c, w);
        w->secrets = check_secrets(c, c->body);
    }
}

/* ---- whether the host can be created; lock held ---- */

/* False: `refusal` is the response, as in the following functions. */
static bool choose_provider(host_request *w, http_response *refusal)
{
    const bool named = w->provider_name != NULL && w->provider_name[0] != '\0';
    w->provider = named ? drukbox_find_provider(w->provider_name) : drukbox_active_provider();
    if (w->provider == NULL)
        *refusal = drukbox_unknown_provider(w->provider_name);
    return w->provider != NULL;
}

static bool check_sizes(const host_request *w, http_response *refusal)
{
    const char *size = w->instance_type != NULL && !w->provider->instance_type ? "instance_type"
                       : w->disk_gb != 0 && !w->provider->disk_gb              ? "disk_gb"
                                                                               : NULL;
    if (size != NULL)
        *refusal = drukbox_error(MHD_HTTP_BAD_REQUEST, NULL,
                                 "provider '%s' does not support a per-request %s", w->provider->name, size);
    return size == NULL;
}

static bool use_template(host_request *w, http_response *refusal)
{
    char *why = NULL;
    if (w->image != NULL || w->template_id[0] == '\0')
        return true;
    template_use use = template_use_for_host(w->template_id, w->provider, &w->image, &why);
    if (use == TEMPLATE_UNKNOWN)
        *refusal = drukbox_error(MHD_HTTP_BAD_REQUEST, "UNKNOWN_TEMPLATE", "%s", why);
    else if (use == TEMPLATE_UNREADY)
        *refusal = drukbox_error(MHD_HTTP_CONFLICT, "TEMPLATE_NOT_AVAILABLE", "%s", why);
    free(why);
    return use == TEMPLATE_READY;
}

static bool is_full(void)
{
    return host_count_machines() >= drukbox_settings.max_hosts;
}

static bool check_capacity(http_response *refusal)
{
    if (!is_full() || !drukbox_served->accounts) /* older generations: see provision() */
        return true;
    *refusal = drukbox_error(MHD_HTTP_SERVICE_UNAVAILABLE, "CAPACITY", "provider at host limit");
    refusal->headers = json_pack("{s:o}", "Retry-After", json_sprintf("%d", CAPACITY_RETRY_SECS));
    return false;
}

/* ---- the states of a new host; lock held ---- */

/* While the host is created its lease is the requested one, but at least the safety lease. */
static int64_t first_lease(const drukbox_host *h, const host_request *w)
{
    const int64_t safety = h->created + SAFETY_LEASE_SECS * SECOND_US;
    return w->expiry > safety ? w->expiry : safety;
}

/* NULL: the lease exceeds the lifetime. */
static drukbox_host *begin(const char *account, host_request *w)
{
    drukbox_host *h = host_add();
    h->status = host_status("creating_vm");
    h->provider = w->provider;
    h->account = account ? xstrdup(account) : NULL;
    h->image = w->image ? w->image : xstrdup(w->provider->image);
    w->image = NULL;
    h->instance_type = w->instance_type ? xstrdup(w->instance_type) : NULL;
    h->disk_gb = w->disk_gb;
    h->ssh_port = SSH_PORT;
    h->secrets = w->secrets;
    w->secrets = NULL;
    if (drukbox_settings.lifetime_secs > 0 && drukbox_served->accounts)
        h->lease_deadline = h->created + drukbox_settings.lifetime_secs * SECOND_US;
    if (!host_set_lease(h, w->expiry, w->permanent)) {
        host_remove(h);
        return NULL;
    }
    h->expires = first_lease(h, w);
    h->creating = true;
    return h;
}

static void join_tailnet(drukbox_host *h)
{
    char digits[17];
    random_hex(digits, 16);
    h->device_id = xprintf("n%sCNTRL", digits);
    h->internal_host = xprintf("%s.tailnet.invalid", h->name);
}

/* No server has this address: names below .invalid never resolve. */
static void activate(drukbox_host *h, const host_request *w)
{
    static unsigned made;
    const drukbox_provider *p = h->provider;
    const bool tailnet = provider_joins_tailnet(p);
    h->status = host_status("active");
    h->updated = h->activated = time_now();
    (void)host_set_lease(h, w->expiry, w->permanent);
    if (tailnet)
        join_tailnet(h);
    h->ssh_host = tailnet && p->tailnet_only ? xstrdup("") : xprintf("%s.invalid", h->name);
    h->ssh_port = p->ssh_port == SSH_PORT ? SSH_PORT : p->ssh_port + (int)(made++ % 10000);
    h->ssh_username = p->ssh_username;
    h->known_hosts = new_known_hosts(h->internal_host, h->ssh_host, h->ssh_port);
}

/* `text` is "ExceptionName: text", as in last_error. The janitor removes the host. */
static http_response fail(drukbox_host *h, const char *text)
{
    h->status = host_status("error");
    h->last_error = xstrdup(text);
    h->updated = h->expires = time_now();
    host_set_no_machine(h);
    return drukbox_error(MHD_HTTP_BAD_GATEWAY, "PROVISIONING_FAILED", "%s", text);
}

/* Why the provider fails; NULL: it does not. */
static const char *provider_failure(const drukbox_call *c, const drukbox_host *h, bool full)
{
    if (strcmp(c->fault->host_status, "error") == 0)
        return "ProviderTransportError: injected fault";
    if (full)
        return "ProviderCommandError: the provider is at its limit of hosts";
    if (drukbox_settings.tailnet && !h->provider->tailnet && !drukbox_served->accounts)
        return "ProviderCommandError: docker provider runs sandboxes locally and does not support Tailscale "
               "networking; set TAILSCALE_ENABLED=false";
    return NULL;
}

/* The provider's key; NULL: connections to its hosts do not need one. */
static char *provider_key(const drukbox_host *h)
{
    return h->provider->keys && !provider_joins_tailnet(h->provider) ? new_private_key(h->name) : NULL;
}

/* ---- idempotency keys; lock held ---- */

static http_response replay(const drukbox_call *c, const drukbox_host *h)
{
    bool other = drukbox_served->accounts && h->account != NULL && strcmp(h->account, c->account) != 0;
    return other ? drukbox_error(MHD_HTTP_CONFLICT, "IDEMPOTENCY_KEY_CONFLICT",
                                 "idempotency key %s belongs to another service account", h->key)
                 : http_json(MHD_HTTP_CREATED, host_json(h, NULL));
}

static void return_to_pool(drukbox_host *h)
{
    h->pooled = true;
    free(h->account);
    h->account = NULL;
    h->expires = time_now() + POOL_LEASE_SECS * SECOND_US;
}

/* Ends the creation. A key is remembered only now: if another host has it, that host is the answer, and this
 * one is left to the janitor, or returned to the pool. */
static http_response answer(const drukbox_call *c, drukbox_host *h, const host_request *w, bool claimed,
                            const char *private_key)
{
    const drukbox_host *winner = host_find_key(w->key);
    if (winner == NULL) {
        host_set_key(h, w->key);
        return http_json(MHD_HTTP_CREATED, host_json(h, private_key));
    }
    if (claimed)
        return_to_pool(h);
    else
        h->expires = h->updated = time_now();
    return replay(c, winner);
}

/* ---- the warm pool; lock held ---- */

static drukbox_host *claim(const drukbox_call *c, const host_request *w)
{
    const bool customized =
        w->image || w->has_env || w->instance_type || w->disk_gb || w->template_id[0] || w->secrets;
    drukbox_host *h = customized ? NULL : host_find_pooled(w->provider);
    if (h == NULL)
        return NULL;
    h->pooled = false;
    h->account = c->account ? xstrdup(c->account) : NULL;
    h->updated = time_now();
    (void)host_set_lease(h, w->expiry, w->permanent);
    return h;
}

void pool_fill(void)
{
    host_request w = {.provider = drukbox_active_provider()};
    pthread_mutex_lock(&drukbox_lock);
    for (uint64_t i = 0; i < drukbox_settings.pool; i++) {
        drukbox_host *h = begin(NULL, &w);
        activate(h, &w);
        h->creating = false;
        return_to_pool(h);
    }
    pthread_mutex_unlock(&drukbox_lock);
}

/* ---- the route ---- */

/* Lock held, except while the provider works. */
static http_response provision(drukbox_call *c, drukbox_host *h, const host_request *w)
{
    const char *status = c->fault->host_status;
    const bool full = host_count_machines() > drukbox_settings.max_hosts;
    if (drukbox_settings.provision_ms > 0) {
        pthread_mutex_unlock(&drukbox_lock);
        (void)http_wait(drukbox_settings.provision_ms);
        pthread_mutex_lock(&drukbox_lock);
    }
    h->creating = false;
    const char *failure = provider_failure(c, h, full);
    if (failure != NULL)
        return fail(h, failure);
    if (status[0] != '\0' && strcmp(status, "active") != 0 && strcmp(status, "bootstrapping") != 0) {
        h->status = host_status(status); /* an earlier state: the host has no address yet */
        return answer(c, h, w, false, NULL);
    }
    activate(h, w);
    if (status[0] != '\0')
        h->status = host_status(status);
    char *key = provider_key(h);
    http_response response = answer(c, h, w, false, key);
    if (key != NULL)
        secret_free(key);
    return response;
}

static http_response create(drukbox_call *c, host_request *w)
{
    http_response refusal;
    if (!choose_provider(w, &refusal))
        return refusal;
    const drukbox_host *before = host_find_key(w->key);
    if (before != NULL)
        return replay(c, before);
    drukbox_host *h = claim(c, w);
    if (h != NULL)
        return answer(c, h, w, true, NULL);
    if (!check_sizes(w, &refusal) || !use_template(w, &refusal) || !check_capacity(&refusal))
        return refusal;
    h = begin(c->account, w);
    if (h == NULL)
        return drukbox_error(MHD_HTTP_BAD_REQUEST, "HOST_LEASE",
                             "expires_at is beyond the lifetime that provider %s gives a host",
                             w->provider->name);
    return provision(c, h, w);
}

http_response drukbox_create_host(drukbox_call *c)
{
    host_request w = {0};
    http_response response;
    read_request(c, &w);
    if (drukbox_has_problems(c)) {
        response = drukbox_invalid(c);
    } else if (has_nul(json_object_get(c->body, "image")) || has_nul(json_object_get(c->body, "env")) ||
               has_nul(json_object_get(c->body, "instance_type"))) {
        response =
            drukbox_error(MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "host provisioning could not be completed");
    } else {
        pthread_mutex_lock(&drukbox_lock);
        response = create(c, &w);
        pthread_mutex_unlock(&drukbox_lock);
        if (response.status == MHD_HTTP_CREATED && differs(DIFFER_DRUKBOX_CREATE_STATUS))
            response.status = MHD_HTTP_ACCEPTED;
    }
    free(w.image);
    secrets_free(w.secrets);
    return response;
}
