/*
 * templates.c: the routes of templates, and their list. Templates are simulated: nothing is built. HTTP
 * threads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "drukbox/internal.h"

static const location BODY = {NULL, "body"};

typedef struct template
{
    struct template *next;
    char id[37], script_hash[2 * SECRET_DIGEST_BYTES + 1];
    const drukbox_provider *provider;
    char *base_image, *label, *last_error;
    const char *status;
    int64_t created, updated, used;
    /* Monotonic: the end of the start_build. */
    int64_t ready_ms;
}
template;

/* guarded by drukbox_lock */
static template *newest;

static const char BUILDING[] = "building", AVAILABLE[] = "available", FAILED[] = "failed";

static void set_error(template *t, const char *text)
{
    free(t->last_error);
    t->last_error = xstrdup(text);
}

/* Ends the simulated start_build if its time is over. */
static void finish_build(template *t)
{
    if (t->status != BUILDING || now_ms() < t->ready_ms)
        return;
    t->updated = time_now();
    t->status = t->provider->templates ? AVAILABLE : FAILED;
    char *why = xprintf("ProviderError: provider %s has no templates", t->provider->name);
    set_error(t, t->provider->templates ? "" : why);
    free(why);
}

static void start_build(template *t)
{
    t->status = BUILDING;
    t->updated = time_now();
    t->ready_ms = now_ms() + drukbox_settings.provision_ms;
}

static template *find(const char *id)
{
    for (template *t = newest; t != NULL; t = t->next) {
        if (strcmp(t->id, id) == 0) {
            finish_build(t);
            return t;
        }
    }
    return NULL;
}

static json_t *template_json(const template *t)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o}", "id", t->id, "provider", t->provider->name,
        "base_image", t->base_image, "setup_script_hash", t->script_hash, "label", t->label, "image",
        t->status == AVAILABLE ? json_sprintf("drukbox-template-%.12s", t->script_hash) : json_string(""),
        "status", t->status, "last_error", t->last_error, "created_at", time_json(t->created), "updated_at",
        time_json(t->updated), "last_used_at", time_json(t->used));
}

template_use template_use_for_host(const char *id, const drukbox_provider *provider, char **image, char **why)
{
    template *t = find(id);
    if (t == NULL || provider != t->provider) {
        *why = xprintf("template %s not found for provider '%s'", id, provider->name);
        return TEMPLATE_UNKNOWN;
    }
    if (t->status != AVAILABLE) {
        *why = xprintf("template %s is %s%s%s", id, t->status, t->status == FAILED ? ": " : "",
                       t->status == FAILED ? t->last_error : "");
        return TEMPLATE_UNREADY;
    }
    t->used = time_now();
    *image = xprintf("drukbox-template-%.12s", t->script_hash);
    return TEMPLATE_READY;
}

static void free_template(template *t)
{
    free(t->base_image);
    free(t->label);
    free(t->last_error);
    free(t);
}

void templates_free(void)
{
    while (newest != NULL) {
        template *next = newest->next;
        free_template(newest);
        newest = next;
    }
}

/* ---- routes ---- */

static void print_hash(const char *script, char *out)
{
    unsigned char digest[SECRET_DIGEST_BYTES];
    secret_digest(script, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

typedef struct {
    const char *script, *image, *label;
    const drukbox_provider *provider;
} template_request;

/* The existing template with the same parts, or a new template whose build begins. */
static template *make(const template_request *w)
{
    char hash[2 * SECRET_DIGEST_BYTES + 1];
    print_hash(w->script, hash);
    for (template *t = newest; t != NULL; t = t->next) {
        if (t->provider != w->provider || strcmp(t->base_image, w->image) != 0 ||
            strcmp(t->script_hash, hash) != 0)
            continue;
        finish_build(t);
        if (t->status == FAILED)
            start_build(t);
        return t;
    }
    template *t = xcalloc(1, sizeof *t);
    *t = (template){.next = newest,
                    .provider = w->provider,
                    .base_image = xstrdup(w->image),
                    .label = xstrdup(w->label ? w->label : ""),
                    .last_error = xstrdup(""),
                    .created = time_now()};
    new_uuid7(t->id);
    memcpy(t->script_hash, hash, sizeof hash);
    start_build(t);
    newest = t;
    return t;
}

http_response drukbox_create_template(drukbox_call *c)
{
    template_request w = {.script = check_not_blank(c, &BODY, c->body, "setup_script", STRING_REQUIRED)};
    const char *provider = check_string(c, &BODY, c->body, "provider", STRING_OPTIONAL);
    w.image = check_not_blank(c, &BODY, c->body, "base_image", STRING_OPTIONAL);
    w.label = check_string(c, &BODY, c->body, "label", STRING_OPTIONAL);
    if (w.script == NULL || drukbox_has_problems(c))
        return drukbox_invalid(c);
    w.provider = provider ? drukbox_find_provider(provider) : drukbox_active_provider();
    if (w.provider == NULL)
        return drukbox_unknown_provider(provider);
    if (w.image == NULL)
        w.image = w.provider->image;
    pthread_mutex_lock(&drukbox_lock);
    http_response response = http_json(MHD_HTTP_ACCEPTED, template_json(make(&w)));
    pthread_mutex_unlock(&drukbox_lock);
    return response;
}

http_response drukbox_list_templates(drukbox_call *c)
{
    (void)c;
    json_t *list = json_array();
    pthread_mutex_lock(&drukbox_lock);
    for (template *t = newest; t != NULL; t = t->next) {
        finish_build(t);
        json_array_append_new(list, template_json(t));
    }
    pthread_mutex_unlock(&drukbox_lock);
    return http_json(MHD_HTTP_OK, list);
}

/* Runs `act` on the template that the path names, under the lock. */
static http_response on_template(drukbox_call *c, http_response (*act)(template *t))
{
    char id[37];
    if (!check_path_uuid(c, 0, "template_id", id))
        return drukbox_invalid(c);
    pthread_mutex_lock(&drukbox_lock);
    template *t = find(id);
    http_response response =
        t ? act(t) : drukbox_error(MHD_HTTP_NOT_FOUND, "NOT_FOUND", "template not found");
    pthread_mutex_unlock(&drukbox_lock);
    return response;
}

static http_response show(template *t)
{
    return http_json(MHD_HTTP_OK, template_json(t));
}

http_response drukbox_get_template(drukbox_call *c)
{
    return on_template(c, show);
}

static http_response delete (template *t)
{
    if (t->status == BUILDING)
        return drukbox_error(MHD_HTTP_CONFLICT, "TEMPLATE_STATE", "template is still building");
    template **slot = &newest;
    while (*slot != t)
        slot = &(*slot)->next;
    *slot = t->next;
    free_template(t);
    return drukbox_no_content();
}

http_response drukbox_delete_template(drukbox_call *c)
{
    return on_template(c, delete);
}

/* ---- control ---- */

const char *drukbox_set_template(const json_t *wanted)
{
    const char *id = json_string_value(json_object_get(wanted, "id"));
    const char *text = json_string_value(json_object_get(wanted, "status"));
    const char *error = json_string_value(json_object_get(wanted, "last_error"));
    const char *const statuses[] = {BUILDING, AVAILABLE, FAILED}, *status = NULL;
    for (size_t i = 0; text != NULL && i < count_of(statuses); i++) {
        if (strcmp(statuses[i], text) == 0)
            status = statuses[i];
    }
    if (text != NULL && status == NULL)
        return "\"status\" is not a template status";
    pthread_mutex_lock(&drukbox_lock);
    template *t = id ? find(id) : NULL;
    if (t != NULL && status != NULL) {
        t->status = status;
        t->ready_ms = INT64_MAX; /* keeps the status */
    }
    if (t != NULL && error != NULL)
        set_error(t, error);
    pthread_mutex_unlock(&drukbox_lock);
    return t ? NULL : "no template has that \"id\"";
}
