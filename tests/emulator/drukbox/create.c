/*
 * create.c: POST /hosts: the request, idempotency keys, and the states of a new host. HTTP threads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/differ.h"
#include "base/secret.h"
#include "drukbox/internal.h"

enum { SAFETY_LEASE_SECS = 600, CAPACITY_RETRY_SECS = 30, SSH_PORT = 22 };

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
    drukbox_secret *secrets;
} host_request;

/* signalled under drukbox_lock when a creation has ended */
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

/* ---- the request ---- */

static const char *read_key(drukbox_call *c)
{
    const location header = {NULL, "header"}, at = {&header, "Idempotency-Key"};
    const char *key = http_header(c->http, "Idempotency-Key");
    if (key == NULL)
        return NULL;
    json_t *value = text_json(key);
    check_name(c, &at, &RULE_IDEMPOTENCY_KEY, value);
    json_decref(value);
    return key;
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

static bool use_template(host_request *w, http_response *refusal)
{
    char *why = NULL;
    if (w->image != NULL || w->template_id[0] == '\0')
        return true;
    template_use use = template_use_for_host(w->template_id, &w->image, &w->provider, &why);
    if (use == TEMPLATE_UNKNOWN)
        *refusal =
            drukbox_error(MHD_HTTP_BAD_REQUEST, "UNKNOWN_TEMPLATE", "unknown template %s", w->template_id);
    else if (use == TEMPLATE_UNREADY)
        *refusal = drukbox_error(MHD_HTTP_CONFLICT, "TEMPLATE_NOT_AVAILABLE", "%s", why);
    free(why);
    return use == TEMPLATE_READY;
}

static http_response at_capacity(void)
{
    if (!drukbox_served->accounts)
        return drukbox_error(MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "host provisioning could not be completed");
    http_response response =
        drukbox_error(MHD_HTTP_SERVICE_UNAVAILABLE, "CAPACITY", "provider at host limit");
    response.headers = json_pack("{s:o}", "Retry-After", json_sprintf("%d", CAPACITY_RETRY_SECS));
    return response;
}

/* False: `refusal` is the response. */
static bool can_create(host_request *w, http_response *refusal)
{
    w->provider = w->provider_name ? drukbox_find_provider(w->provider_name) : NULL;
    if (w->provider_name != NULL && w->provider == NULL) {
        *refusal = drukbox_unknown_provider(w->provider_name);
        return false;
    }
    if (!use_template(w, refusal))
        return false;
    if (w->provider == NULL)
        w->provider = drukbox_active_provider();
    if (!w->provider->sizing && (w->instance_type != NULL || w->disk_gb != 0)) {
        *refusal =
            drukbox_error(MHD_HTTP_BAD_REQUEST, NULL, "provider '%s' does not support a per-request %s",
                          w->provider->name, w->instance_type ? "instance_type" : "disk_gb");
        return false;
    }
    if (host_count() >= drukbox_settings.max_hosts) {
        *refusal = at_capacity();
        return false;
    }
    return true;
}

/* ---- the states of a new host; lock held ---- */

/* False: the lease exceeds the lifetime, and the host was removed. */
static bool begin(drukbox_call *c, host_request *w, drukbox_host **out)
{
    drukbox_host *h = host_add();
    h->status = host_status("provisioning");
    h->provider = w->provider;
    h->account = c->account ? xstrdup(c->account) : NULL;
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
        return false;
    }
    h->expires = h->created + SAFETY_LEASE_SECS * SECOND_US;
    host_set_key(h, w->key);
    h->creating = true;
    *out = h;
    return true;
}

/* No server has this address: names below .invalid never resolve. */
static void activate(drukbox_host *h, const host_request *w)
{
    static unsigned made;
    h->status = host_status("active");
    h->updated = h->activated = time_now();
    (void)host_set_lease(h, w->expiry, w->permanent);
    h->ssh_host = xprintf("%s.invalid", h->name);
    h->ssh_port =
        h->provider->ssh_port == SSH_PORT ? SSH_PORT : h->provider->ssh_port + (int)(made++ % 10000);
    h->ssh_username = h->provider->ssh_username;
    h->known_hosts = new_known_hosts(h->ssh_host, h->ssh_port);
    if (drukbox_settings.tailnet) {
        char digits[17];
        random_hex(digits, 16);
        h->device_id = xprintf("n%sCNTRL", digits);
    }
}

static http_response fail(drukbox_host *h)
{
    h->status = host_status("error");
    h->last_error = xstrdup("ProvisioningError: injected fault");
    h->updated = h->expires = time_now();
    host_set_key(h, NULL);
    return drukbox_error(MHD_HTTP_BAD_GATEWAY, "PROVISIONING_FAILED",
                         "host provisioning failed: injected fault");
}

static http_response finish(drukbox_call *c, drukbox_host *h, const host_request *w)
{
    const char *status = c->fault->host_status;
    h->creating = false;
    if (strcmp(status, "error") == 0)
        return fail(h);
    if (status[0] != '\0' && strcmp(status, "active") != 0 && strcmp(status, "bootstrapping") != 0) {
        h->status = host_status(status); /* an earlier state: the host has no address yet */
        return http_json(MHD_HTTP_CREATED, host_json(h, NULL));
    }
    activate(h, w);
    if (status[0] != '\0')
        h->status = host_status(status);
    char *key = new_private_key(h->name);
    http_response response = http_json(MHD_HTTP_CREATED, host_json(h, key));
    secret_free(key);
    return response;
}

/* ---- the route ---- */

/* Waits until the creation of the host with the key has ended. NULL: no such host. */
static drukbox_host *wait_for_key(const char *key)
{
    drukbox_host *h = host_find_key(key);
    while (h != NULL && h->creating) {
        pthread_cond_wait(&ended, &drukbox_lock);
        h = host_find_key(key);
    }
    return h;
}

static http_response replay(const drukbox_call *c, const drukbox_host *h)
{
    bool other = drukbox_served->accounts && h->account != NULL && strcmp(h->account, c->account) != 0;
    return other ? drukbox_error(MHD_HTTP_CONFLICT, "IDEMPOTENCY_KEY_CONFLICT",
                                 "this idempotency key belongs to another service account")
                 : http_json(MHD_HTTP_CREATED, host_json(h, NULL));
}

/* Lock held, except during provisioning. */
static http_response create(drukbox_call *c, host_request *w)
{
    http_response refusal;
    const drukbox_host *before = wait_for_key(w->key);
    if (before != NULL)
        return replay(c, before);
    if (!can_create(w, &refusal))
        return refusal;
    drukbox_host *h = NULL;
    if (!begin(c, w, &h))
        return drukbox_error(MHD_HTTP_BAD_REQUEST, "HOST_LEASE",
                             "expires_at is beyond the lifetime that provider %s gives a host",
                             w->provider->name);
    if (drukbox_settings.provision_ms > 0) {
        pthread_mutex_unlock(&drukbox_lock);
        (void)http_wait(drukbox_settings.provision_ms);
        pthread_mutex_lock(&drukbox_lock);
    }
    http_response response = finish(c, h, w);
    pthread_cond_broadcast(&ended);
    return response;
}

http_response drukbox_create_host(drukbox_call *c)
{
    host_request w = {0};
    http_response response;
    read_request(c, &w);
    if (drukbox_has_problems(c)) {
        response = drukbox_invalid(c);
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
