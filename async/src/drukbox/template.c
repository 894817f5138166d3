/* template.c: the templates of Drukbox. Called on any thread; answers are read on the core thread. */
#include "drukbox/call.h"
#include "errors.h"
#include "options.h"

#include <drukbox/aio/template.h>

#include <string.h>

RESULT_TYPE(TEMPLATE, drukbox_template_cb, record_free);
RESULT_TYPE(TEMPLATES, drukbox_templates_cb, record_free);

static const char *fill_template(record *r, void *made, const json_node *object)
{
    drukbox_template *t = made;
    t->id = json_text(r, object, "id");
    t->provider = json_text(r, object, "provider");
    t->base_image = json_text(r, object, "base_image");
    t->setup_script_hash = json_text(r, object, "setup_script_hash");
    t->label = json_text(r, object, "label");
    t->image = json_text(r, object, "image");
    t->status = json_text(r, object, "status");
    t->last_error = json_text(r, object, "last_error");
    t->created_at = json_time(r, object, "created_at", &t->created_at_ms);
    t->updated_at = json_time(r, object, "updated_at", &t->updated_at_ms);
    t->last_used_at = json_time(r, object, "last_used_at", &t->last_used_at_ms);
    return json_node_text(json_member(object, "id")) ? NULL : "id";
}

void drukbox_template_free(drukbox_template *made)
{
    record_free(made);
}

void drukbox_templates_free(drukbox_templates *templates)
{
    record_free(templates);
}

static const rest_operation CREATE = {.method = "POST",
                                      .route = "POST /templates",
                                      .expected = "a template record",
                                      .size = sizeof(drukbox_template),
                                      .fill = fill_template,
                                      .repeatable = true};

void drukbox_aio_template_create(drukbox_client *client, const char *setup_script,
                                 const drukbox_template_create_options *options, drukbox_template_cb callback,
                                 void *user_data)
{
    drukbox_template_create_options opts;
    boxd_error fault = BOXD_ERROR_INIT;
    json_t *body = body_new(&fault);
    options_copy(&opts, OPTION_TYPE(drukbox_template_create_options), options, &fault);
    if (fault.status == BOXD_OK && !setup_script)
        error_set(&fault, BOXD_ERR_INVALID_ARGUMENT, "the template's setup_script is NULL; give a script");
    body_text(body, "setup_script", setup_script, "setup_script", &fault);
    body_text(body, "provider", opts.provider, "provider", &fault);
    body_text(body, "base_image", opts.base_image, "base_image", &fault);
    body_text(body, "label", opts.label, "label", &fault);
    const call_setup setup = {client, &opts.call, true, &fault, SINK(TEMPLATE, callback, user_data)};
    call_start(&CREATE, &setup, body, PATH("/templates"));
}

static const char *await_available(const void *made, boxd_error *error)
{
    const drukbox_template *t = made;
    const char *status = t->status ? t->status : "in an unknown state";
    if (strcmp(status, "available") == 0)
        return NULL;
    if (strcmp(status, "failed") != 0)
        return status;
    error_set_sent(error, BOXD_ERR_PROVISIONING, BOXD_SENT_YES,
                   "building template %s failed: %s; correct its script and create it again", t->id,
                   t->last_error ? t->last_error : "");
    return NULL;
}

static const rest_operation GET = {.method = "GET",
                                   .route = "GET /templates/{id}",
                                   .expected = "a template record",
                                   .size = sizeof(drukbox_template),
                                   .fill = fill_template,
                                   .repeatable = true,
                                   .awaited = await_available};

void drukbox_aio_template_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                              drukbox_template_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    check_segment(id, "template's id", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(TEMPLATE, callback, user_data)};
    call_start(&GET, &setup, NULL, PATH("/templates/", id));
}

void drukbox_aio_template_wait_until_available(drukbox_client *client, const char *id,
                                               const drukbox_wait_options *options,
                                               drukbox_template_cb callback, void *user_data)
{
    call_wait(&GET, client, id, "template's id", "/templates/", options, SINK(TEMPLATE, callback, user_data));
}

static const rest_operation LIST = {.method = "GET",
                                    .route = "GET /templates",
                                    .expected = "a list of template records",
                                    .size = sizeof(drukbox_templates),
                                    .item_size = sizeof(drukbox_template),
                                    .fill = fill_template,
                                    .repeatable = true};

void drukbox_aio_template_list(drukbox_client *client, const boxd_call_options *call,
                               drukbox_templates_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    const call_setup setup = {client, call, false, &fault, SINK(TEMPLATES, callback, user_data)};
    call_start(&LIST, &setup, NULL, PATH("/templates"));
}

static const rest_operation DELETE = {
    .method = "DELETE", .route = "DELETE /templates/{id}", .repeatable = true};

void drukbox_aio_template_delete(drukbox_client *client, const char *id, const boxd_call_options *call,
                                 boxd_done_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    check_segment(id, "template's id", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(RESULT_DONE, callback, user_data)};
    call_start(&DELETE, &setup, NULL, PATH("/templates/", id));
}
