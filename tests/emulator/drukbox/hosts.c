/*
 * hosts.c: the list of hosts, and the routes that read, renew and delete hosts. HTTP threads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/differ.h"
#include "drukbox/internal.h"

enum { KEY_LIFE_SECS = 24 * 3600 };

/* all guarded by drukbox_lock */
static drukbox_host *newest, *oldest;
static size_t machines;
static strmap by_id, by_key;

static const char *const statuses[] = {"provisioning",  "creating_network", "creating_vm",
                                       "bootstrapping", "active",           "error"};

const char *host_status(const char *text)
{
    for (size_t i = 0; i < count_of(statuses); i++) {
        if (strcmp(statuses[i], text) == 0)
            return statuses[i];
    }
    return NULL;
}

bool drukbox_is_host_status(const char *text)
{
    return host_status(text) != NULL;
}

drukbox_host *host_find(const char *id)
{
    return strmap_get(&by_id, id, strlen(id));
}

size_t host_count_machines(void)
{
    return machines;
}

void host_set_no_machine(drukbox_host *h)
{
    machines -= h->has_machine;
    h->has_machine = false;
}

drukbox_host *host_find_key(const char *key)
{
    drukbox_host *h = key ? strmap_get(&by_key, key, strlen(key)) : NULL;
    if (h == NULL || h->created / 1000 + KEY_LIFE_SECS * 1000LL > wall_ms())
        return h;
    host_set_key(h, NULL);
    return NULL;
}

void host_set_key(drukbox_host *h, const char *key)
{
    if (h->key != NULL)
        strmap_remove(&by_key, h->key);
    free(h->key);
    h->key = key ? xstrdup(key) : NULL;
    if (key != NULL)
        strmap_put(&by_key, h->key, h);
}

drukbox_host *host_add(void)
{
    drukbox_host *h = xcalloc(1, sizeof *h);
    char digits[13];
    new_uuid7(h->id);
    random_hex(digits, 12);
    (void)snprintf(h->name, sizeof h->name, "sb-%s", digits);
    h->created = h->updated = time_now();
    h->next = newest;
    if (newest != NULL)
        newest->prev = h;
    else
        oldest = h;
    newest = h;
    strmap_put(&by_id, h->id, h);
    h->has_machine = true;
    machines++;
    return h;
}

void host_remove(drukbox_host *h)
{
    *(h->prev ? &h->prev->next : &newest) = h->next;
    *(h->next ? &h->next->prev : &oldest) = h->prev;
    strmap_remove(&by_id, h->id);
    host_set_key(h, NULL);
    host_set_no_machine(h);
    free(h->account);
    free(h->image);
    free(h->instance_type);
    free(h->ssh_host);
    free(h->internal_host);
    free(h->known_hosts);
    free(h->last_error);
    free(h->device_id);
    secrets_free(h->secrets);
    free(h);
}

void hosts_free(void)
{
    while (newest != NULL)
        host_remove(newest);
    strmap_clear(&by_id);
    strmap_clear(&by_key);
}

/* ---- the record ---- */

static void put(json_t *json, const char *name, json_t *value)
{
    json_object_set_new_nocheck(json, name, value);
}

static json_t *text_or_empty(const char *text)
{
    return json_string(text ? text : "");
}

/* In the order of the service. */
json_t *host_json(const drukbox_host *h, const char *private_key)
{
    json_t *json = json_object();
    put(json, "id", json_string(h->id));
    put(json, "name", json_string(h->name));
    if (drukbox_served->accounts)
        put(json, "service_account", text_json(h->account));
    put(json, "status", json_string(h->status));
    put(json, "provider", json_string(h->provider->name));
    put(json, "image", json_string(h->image));
    if (drukbox_served->sizing) {
        put(json, "instance_type", text_json(h->instance_type));
        put(json, "disk_gb", h->disk_gb ? json_integer(h->disk_gb) : json_null());
    }
    put(json, "external_ssh_host", text_or_empty(h->ssh_host));
    put(json, "external_ssh_port", json_integer(h->ssh_port));
    put(json, "ssh_username", text_or_empty(h->ssh_username));
    put(json, "internal_ssh_host", text_json(h->internal_host));
    put(json, "known_hosts", text_or_empty(h->known_hosts));
    put(json, "tailscale_device_id", text_json(h->device_id));
    put(json, "private_key", text_json(differs(DIFFER_DRUKBOX_PRIVATE_KEY) ? "a private key" : private_key));
    if (differs(DIFFER_DRUKBOX_RECORD_FIELD))
        put(json, "region", json_string("eu"));
    else
        put(json, "last_error", text_or_empty(h->last_error));
    if (!differs(DIFFER_DRUKBOX_CREATED_AT))
        put(json, "created_at", time_json(h->created));
    put(json, "updated_at", time_json(h->updated));
    put(json, "activated_at", time_json(h->activated));
    put(json, "expires_at", time_json(h->expires));
    if (drukbox_served->lease_deadline)
        put(json, "lease_deadline", time_json(h->lease_deadline));
    return json;
}

/* ---- leases ---- */

bool host_set_lease(drukbox_host *h, int64_t expiry, bool permanent)
{
    const int64_t deadline = h->lease_deadline;
    if (deadline != 0 && (permanent || expiry > deadline))
        return false;
    if (expiry == 0 && !permanent) {
        expiry = time_now() + drukbox_settings.lease_secs * SECOND_US;
        if (deadline != 0 && expiry > deadline)
            expiry = deadline;
    }
    h->expires = expiry;
    return true;
}

size_t drukbox_run_janitor(void)
{
    size_t removed = 0;
    pthread_mutex_lock(&drukbox_lock);
    const int64_t now = time_now();
    for (drukbox_host *h = newest, *next; h != NULL; h = next) {
        next = h->next;
        if (h->expires == 0 || h->expires > now || h->creating)
            continue;
        host_remove(h);
        removed++;
    }
    pthread_mutex_unlock(&drukbox_lock);
    return removed;
}

/* ---- routes ---- */

http_response host_not_found(void)
{
    return drukbox_error(MHD_HTTP_NOT_FOUND, "NOT_FOUND", "host not found");
}

drukbox_host *host_find_pooled(const drukbox_provider *provider)
{
    drukbox_host *h = oldest;
    while (h != NULL && !(h->pooled && h->provider == provider && h->expires > time_now()))
        h = h->prev;
    return h;
}

http_response drukbox_list_hosts(drukbox_call *c)
{
    (void)c;
    json_t *list = json_array();
    pthread_mutex_lock(&drukbox_lock);
    for (const drukbox_host *h = newest; h != NULL; h = h->next) {
        if (differs(DIFFER_DRUKBOX_LIST_ORDER))
            json_array_insert_new(list, 0, host_json(h, NULL));
        else
            json_array_append_new(list, host_json(h, NULL));
    }
    pthread_mutex_unlock(&drukbox_lock);
    return http_json(MHD_HTTP_OK, list);
}

/* Runs `act` on the host that the path names, under the lock. */
static http_response on_host(drukbox_call *c, http_response (*act)(drukbox_host *h, void *data), void *data)
{
    char id[37];
    (void)check_path_uuid(c, 0, "host_id", id);
    if (drukbox_has_problems(c))
        return drukbox_invalid(c);
    pthread_mutex_lock(&drukbox_lock);
    drukbox_host *h = host_find(id);
    http_response response = h ? act(h, data) : host_not_found();
    pthread_mutex_unlock(&drukbox_lock);
    return response;
}

static http_response show(drukbox_host *h, void *data)
{
    (void)data;
    return http_json(MHD_HTTP_OK, host_json(h, NULL));
}

/* This route alone answers without a code. */
http_response drukbox_get_host(drukbox_call *c)
{
    http_response response = on_host(c, show, NULL);
    if (response.status != MHD_HTTP_NOT_FOUND)
        return response;
    http_response_free(&response);
    return drukbox_error(MHD_HTTP_NOT_FOUND, NULL, "host not found");
}

static http_response delete (drukbox_host *h, void *data)
{
    (void)data;
    /* the states before bootstrapping */
    for (size_t i = 0; i < 3; i++) {
        if (h->creating || h->status == statuses[i])
            return drukbox_error(MHD_HTTP_CONFLICT, "HOST_STATE", "host is still provisioning");
    }
    host_remove(h);
    return drukbox_no_content();
}

http_response drukbox_delete_host(drukbox_call *c)
{
    return on_host(c, delete, NULL);
}

static http_response renew(drukbox_host *h, void *data)
{
    const int64_t *expiry = data;
    if (h->pooled)
        return drukbox_error(MHD_HTTP_CONFLICT, "HOST_STATE",
                             "unclaimed pool host is managed by pool maintenance");
    if (strcmp(h->status, "active") != 0 && strcmp(h->status, "bootstrapping") != 0)
        return drukbox_error(MHD_HTTP_CONFLICT, "HOST_STATE", "cannot renew a host in status %s", h->status);
    if (!host_set_lease(h, *expiry, false))
        return drukbox_error(MHD_HTTP_BAD_REQUEST, "HOST_LEASE",
                             "expires_at is beyond the lifetime that provider %s gives a host",
                             h->provider->name);
    h->updated = time_now();
    return http_json(MHD_HTTP_OK, host_json(h, NULL));
}

http_response drukbox_renew_host(drukbox_call *c)
{
    int64_t expiry = check_expiry(c, c->body);
    return on_host(c, renew, &expiry);
}

static http_response refresh(drukbox_host *h, void *data)
{
    const char *service = data;
    for (const drukbox_secret *s = h->secrets; s != NULL; s = s->next) {
        if (strcmp(s->service, service) != 0)
            continue;
        return s->is_static ? drukbox_error(MHD_HTTP_CONFLICT, "SECRET_STATIC",
                                            "secret %s has a value and no issuer", service)
                            : drukbox_no_content();
    }
    return drukbox_error(MHD_HTTP_NOT_FOUND, "NOT_FOUND", "secret not found");
}

http_response drukbox_refresh_secret(drukbox_call *c)
{
    return on_host(c, refresh, c->param[1]);
}

/* ---- control ---- */

const char *drukbox_set_host(const json_t *wanted)
{
    const char *id = json_string_value(json_object_get(wanted, "id"));
    const char *status = json_string_value(json_object_get(wanted, "status"));
    const char *error = json_string_value(json_object_get(wanted, "last_error"));
    if (status != NULL && host_status(status) == NULL)
        return "\"status\" is not a host status";
    pthread_mutex_lock(&drukbox_lock);
    drukbox_host *h = id ? host_find(id) : NULL;
    if (h != NULL && status != NULL)
        h->status = host_status(status);
    if (h != NULL && error != NULL) {
        free(h->last_error);
        h->last_error = xstrdup(error);
    }
    if (h != NULL && json_is_true(json_object_get(wanted, "unclaimed"))) {
        h->pooled = true;
        free(h->account);
        h->account = NULL;
    }
    pthread_mutex_unlock(&drukbox_lock);
    return h ? NULL : "no host has that \"id\"";
}
