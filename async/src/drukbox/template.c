#include "drukbox/call.h"
#include "errors.h"
#include "options.h"

#include <drukbox/aio/template.h>

RESULT_TYPE(TEMPLATE, drukbox_template_cb, record_free);
RESULT_TYPE(TEMPLATES, drukbox_templates_cb, record_free);

static const char *fill_template(record *r, void *made, const json_t *object)
{
    drukbox_template *known = made;
    known->id = json_text(r, object, "id");
    known->provider = json_text(r, object, "provider");
    known->base_image = json_text(r, object, "base_image");
    known->setup_script_hash = json_text(r, object, "setup_script_hash");
    known->label = json_text(r, object, "label");
    known->image = json_text(r, object, "image");
    known->status = json_text(r, object, "status");
    known->last_error = json_text(r, object, "last_error");
    known->created_at = json_time(r, object, "created_at", &known->created_at_ms);
    known->updated_at = json_time(r, object, "updated_at", &known->updated_at_ms);
    known->last_used_at = json_time(r, object, "last_used_at", &known->last_used_at_ms);
    return json_is_string(json_object_get(object, "id")) ? NULL : "id";
}

void drukbox_template_free(drukbox_template *made)
{
    record_free(made);
}

void drukbox_templates_free(drukbox_templates *templates)
{
    record_free(templates);
}

void drukbox_aio_template_create(drukbox_client *client, const char *setup_script,
                                 const drukbox_template_create_options *options, drukbox_template_cb callback,
                                 void *user_data)
{
    static const operation is = {.method = "POST",
                                 .route = "POST /templates",
                                 .due = "a template record",
                                 .size = sizeof(drukbox_template),
                                 .fill = fill_template,
                                 .repeatable = true};
    drukbox_template_create_options known;
    boxd_error fault = BOXD_ERROR_INIT;
    json_t *body = body_new(&fault);
    options_copy(&known, sizeof known, options, "drukbox_template_create_options", &fault);
    if (fault.status == BOXD_OK && !setup_script)
        error_set(&fault, BOXD_ERR_INVALID_ARGUMENT,
                  "the template's setup_script is NULL; it has to be given");
    body_text(body, "setup_script", setup_script, "setup_script", &fault);
    body_text(body, "provider", known.provider, "provider", &fault);
    body_text(body, "base_image", known.base_image, "base_image", &fault);
    body_text(body, "label", known.label, "label", &fault);
    const call_setup setup = {client, &known.call, true, &fault, SINK(TEMPLATE, callback, user_data)};
    call_start(&is, &setup, body, PATH("/templates"));
}

void drukbox_aio_template_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                              drukbox_template_cb callback, void *user_data)
{
    static const operation is = {.method = "GET",
                                 .route = "GET /templates/{id}",
                                 .due = "a template record",
                                 .size = sizeof(drukbox_template),
                                 .fill = fill_template,
                                 .repeatable = true};
    boxd_error fault = BOXD_ERROR_INIT;
    check_segment(id, "template's id", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(TEMPLATE, callback, user_data)};
    call_start(&is, &setup, NULL, PATH("/templates/", id));
}

void drukbox_aio_template_list(drukbox_client *client, const boxd_call_options *call,
                               drukbox_templates_cb callback, void *user_data)
{
    static const operation is = {.method = "GET",
                                 .route = "GET /templates",
                                 .due = "a list of template records",
                                 .size = sizeof(drukbox_templates),
                                 .item_size = sizeof(drukbox_template),
                                 .fill = fill_template,
                                 .repeatable = true};
    boxd_error fault = BOXD_ERROR_INIT;
    const call_setup setup = {client, call, false, &fault, SINK(TEMPLATES, callback, user_data)};
    call_start(&is, &setup, NULL, PATH("/templates"));
}

void drukbox_aio_template_delete(drukbox_client *client, const char *id, const boxd_call_options *call,
                                 boxd_done_cb callback, void *user_data)
{
    static const operation is = {.method = "DELETE", .route = "DELETE /templates/{id}", .repeatable = true};
    boxd_error fault = BOXD_ERROR_INIT;
    check_segment(id, "template's id", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(RESULT_DONE, callback, user_data)};
    call_start(&is, &setup, NULL, PATH("/templates/", id));
}
