/*
 * fixture.c: see fixture.h. The first host is made without the library, so that the answer is seen as it was
 * sent; the second with it. On the thread of the checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "drukbox_checks/fixture.h"

enum { LEASE_S = 1800 };

const char *const drukbox_host_fields[] = {"id",
                                           "name",
                                           "status",
                                           "provider",
                                           "image",
                                           "instance_type",
                                           "disk_gb",
                                           "external_ssh_host",
                                           "external_ssh_port",
                                           "ssh_username",
                                           "internal_ssh_host",
                                           "known_hosts",
                                           "tailscale_device_id",
                                           "private_key",
                                           "last_error",
                                           "created_at",
                                           "updated_at",
                                           "activated_at",
                                           "expires_at",
                                           NULL};

drukbox_state *drukbox_of(live *l)
{
    return l->state;
}

/* ---- requests ---- */

const char *base_url(void)
{
    static char url[512];
    const char *set = getenv("SANDBOX_SERVICE_URL");
    (void)snprintf(url, sizeof url, "%s", set ? set : "");
    for (size_t length = strlen(url); length > 0 && url[length - 1] == '/';)
        url[--length] = '\0';
    return url;
}

static void send_request(live *l, raw_request request, const char *path, const char *header, raw_answer *a)
{
    char url[700], shown[200], bearer[2100];
    const char *headers[4] = {bearer};
    const char *token = getenv("SANDBOX_SERVICE_TOKEN");
    (void)snprintf(url, sizeof url, "%s%s", base_url(), path);
    (void)snprintf(shown, sizeof shown, "%s %.180s", request.method, path);
    (void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", token ? token : "");
    size_t count = 1;
    if (request.body != NULL && (header == NULL || strncmp(header, "Content-Type", 12) != 0))
        headers[count++] = "Content-Type: application/json";
    headers[count] = header;
    request.url = url;
    request.shown = shown;
    request.headers = headers;
    request.timeout_ms = l->create_call.timeout_ms;
    raw_http(l, &request, a);
    explicit_bzero(bearer, sizeof bearer);
}

void api(live *l, const char *method, const char *path, const char *header, const char *body, raw_answer *a)
{
    send_request(l, (raw_request){.method = method, .body = body}, path, header, a);
}

/* After live_intend(). */
static void send_create(live *l, const char *path, const char *header, const char *body, raw_answer *a)
{
    send_request(l, (raw_request){.method = "POST", .body = body, .is_create = true}, path, header, a);
}

void see_answer(live *l, const raw_answer *a)
{
    const char *code = json_string_value(json_object_get(a->json, "error_code"));
    if (a->status == 0)
        live_skip(l, "no answer: %s", a->error);
    else
        live_see(l, "%ld%s%s", a->status, code ? " " : "", code ? code : "");
}

void see_api(live *l, const char *method, const char *path, const char *body)
{
    raw_answer a;
    api(l, method, path, NULL, body, &a);
    see_answer(l, &a);
    raw_answer_free(&a);
}

/* ---- hosts ---- */

/* The fraction of the second is random: no other host has it. */
int64_t new_lease(live *l)
{
    uint32_t random = 0;
    char text[32];
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return 0;
    const int64_t ms = ((int64_t)time(NULL) + LEASE_S + random % 300) * 1000 + 1 + random / 300 % 999;
    (void)snprintf(text, sizeof text, "%lld", (long long)ms);
    return live_intend(l, "lease", text) ? ms : 0;
}

void lease_answered(live *l, int64_t lease_ms, const boxd_error *error)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)lease_ms);
    live_answered(l, text, error);
}

static json_t *lease_json(int64_t lease_ms)
{
    char when[64];
    struct tm t;
    const time_t seconds = (time_t)(lease_ms / 1000);
    (void)gmtime_r(&seconds, &t);
    const size_t length = strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &t);
    (void)snprintf(when + length, sizeof when - length, ".%06d+00:00", (int)(lease_ms % 1000 * 1000));
    return json_string(when);
}

/* A proxy between this program and the service answers 502 to 504 without JSON: the service may still act. */
static bool is_of_service(const raw_answer *a)
{
    return a->status != 0 && (a->json != NULL || a->status < 502 || a->status > 504);
}

static void note_answer(live *l, const char *name, const raw_answer *a)
{
    if (!is_of_service(a))
        return;
    live_answered(l, name, NULL);
    if ((a->status >= 400 && a->status < 500 && a->status != 408) || a->status == 501)
        (void)journal_add(l->journal, "refused", name);
}

void create_named(live *l, const char *kind, const char *name, const char *path, json_t *body, raw_answer *a)
{
    char *text = json_dumps(body, JSON_COMPACT);
    *a = (raw_answer){0};
    if (text != NULL && live_intend(l, kind, name)) {
        send_create(l, path, NULL, text, a);
        note_answer(l, name, a);
    }
    free(text);
    json_decref(body);
}

static void note_host(live *l, const char *id)
{
    char path[100];
    raw_answer a;
    if (id == NULL || live_made(l, "host-id", id))
        return;
    (void)snprintf(path, sizeof path, "/hosts/%s", id);
    api(l, "DELETE", path, NULL, NULL, &a);
    raw_answer_free(&a);
}

int64_t create_host(live *l, const char *header, json_t *members, raw_answer *a)
{
    char name[32];
    const int64_t lease = new_lease(l);
    json_t *body = json_pack("{s:o}", "expires_at", lease_json(lease));
    (void)json_object_update(body, members);
    char *text = json_dumps(body, JSON_COMPACT);
    (void)snprintf(name, sizeof name, "%lld", (long long)lease);
    *a = (raw_answer){0};
    if (lease != 0 && text != NULL) {
        send_create(l, "/hosts", header, text, a);
        note_answer(l, name, a);
        note_host(l, json_string_value(json_object_get(a->json, "id")));
    }
    free(text);
    json_decref(body);
    json_decref(members);
    return lease;
}

static void take_record(drukbox_state *s, const raw_answer *a)
{
    const char *id = json_string_value(json_object_get(a->json, "id"));
    s->create_status = a->status;
    s->has_private_key = json_is_string(json_object_get(a->json, "private_key"));
    s->record = json_deep_copy(a->json);
    if (s->has_private_key)
        (void)json_object_set_new(s->record, "private_key", json_string("<private key>"));
    if (id != NULL)
        (void)snprintf(s->host_id, sizeof s->host_id, "%s", id);
    else
        (void)snprintf(s->host_failure, sizeof s->host_failure, "POST /hosts: %ld %.200s", a->status,
                       a->body ? a->body : a->error);
}

static void make_host(live *l)
{
    drukbox_state *s = drukbox_of(l);
    char header[100];
    raw_answer a;
    if (!live_take_box(l))
        return;
    (void)snprintf(s->key, sizeof s->key, "%s", live_name(l, "host"));
    (void)snprintf(header, sizeof header, "Idempotency-Key: %s", s->key);
    /* An unknown member, which the service ignores. */
    s->expires_ms = create_host(l, header, json_pack("{s:b}", "boxd_live", 1), &a);
    take_record(s, &a);
    raw_answer_free(&a);
}

const char *need_host(live *l)
{
    drukbox_state *s = drukbox_of(l);
    if (s->host_id[0] == '\0' && s->host_failure[0] == '\0')
        make_host(l);
    if (s->host_id[0] != '\0')
        return s->host_id;
    live_skip(l, "there is no host: %s", s->host_failure);
    return NULL;
}

const char *need_second_host(live *l)
{
    drukbox_state *s = drukbox_of(l);
    boxd_error error = BOXD_ERROR_INIT;
    if (s->second_id[0] != '\0')
        return s->second_id;
    if (need_host(l) == NULL || !live_take_box(l))
        return NULL;
    const int64_t lease = new_lease(l);
    if (lease == 0)
        return NULL;
    drukbox_host *host = drukbox_host_create(
        s->client, BOXD_OPTIONS(drukbox_host_create_options, .call = l->create_call, .expires_at_ms = lease),
        &error);
    lease_answered(l, lease, host ? NULL : &error);
    if (live_ok(l, host != NULL, &error)) {
        (void)snprintf(s->second_id, sizeof s->second_id, "%s", host->id);
        note_host(l, host->id);
    }
    drukbox_host_free(host);
    return s->second_id[0] != '\0' ? s->second_id : NULL;
}
