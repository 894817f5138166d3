/* template.c: templates of service 0.1: images with a configuration, to create boxes from. Snapshots have
 * replaced them. Called on any thread; replies are mapped on the core thread. */
#include "boxd/client/box.h"
#include "boxd/service/box_config.h"
#include "boxd/service/box_info.h"
#include "boxd/service/boxes.h"
#include "errors.h"
#include "names.h"
#include "options.h"

#include <boxd/aio/template.h>

struct boxd_template {
    handle handle;
    boxd_template_info info;
};

RESULT_TYPE(RESULT_TEMPLATE, boxd_template_cb, handle_free);
RESULT_TYPE(RESULT_TEMPLATES, boxd_templates_cb, handles_free);

/* ---- the handle ---- */

boxd_template *boxd_template_from_id(boxd_compute *compute, const char *id, boxd_error *error)
{
    boxd_template *made = handle_of_id(compute, sizeof *made, "template", id, error);
    if (made)
        made->info.id = made->handle.id;
    return made;
}

const boxd_template_info *boxd_template_get_info(const boxd_template *from)
{
    return from ? &from->info : NULL;
}

const char *boxd_template_id(const boxd_template *from)
{
    return from ? from->info.id : NULL;
}

boxd_template *boxd_template_ref(boxd_template *from)
{
    return handle_ref(from);
}

void boxd_template_free(boxd_template *from)
{
    handle_free(from);
}

void boxd_templates_free(boxd_templates *templates)
{
    handles_free(templates);
}

/* ---- mappings ---- */

static void fill_created(record *r, void *to, const void *from)
{
    boxd_template *made = to;
    const BoxdPb__CreateTemplateResponse *reply = from;
    made->handle.id = made->info.id = record_text(r, reply->template_id);
    made->handle.name = made->info.name = record_text(r, reply->name);
    made->info.status = record_text(r, reply->status);
}

static void fill_listed(record *r, void *to, const void *from)
{
    boxd_template *made = to;
    const BoxdPb__TemplateInfo *row = from;
    made->handle.id = made->info.id = record_text(r, row->template_id);
    made->handle.name = made->info.name = record_text(r, row->name);
    made->info.image = record_text(r, row->image_ref);
    made->info.status = record_text(r, row->status);
    made->info.vcpu = row->vcpu;
    made->info.memory_bytes = row->memory_bytes;
}

/* ---- the operations ---- */

static const unary_operation CREATE = {
    OPERATION_METHOD("CreateTemplate", false), .makes = "template",
    .shown_by = "boxd_template_list()",        .method.instead = "boxd_snapshot_create()",
    OPERATION_MESSAGES(create_template),       .handle = "template",
    .record_size = sizeof(boxd_template),      .fill = fill_created};
static const unary_operation LIST = {
    OPERATION_METHOD("ListTemplates", true), .method.instead = "boxd_snapshot_list()",
    OPERATION_MESSAGES(list_templates),      .handle = "template",
    .item_size = sizeof(boxd_template),      .fill = fill_listed};
static const unary_operation CREATE_BOX = {OPERATION_METHOD("CreateVmFromTemplate", false),
                                           MAKES_BOX,
                                           .method.instead = "boxd_snapshot_create_box()",
                                           OPERATION_MESSAGES(create_vm_from_template),
                                           .map = box_of_reply,
                                           .fill = box_info_from_template};
static const unary_operation DELETE = {OPERATION_METHOD("DeleteTemplate", false),
                                       .method.instead = "boxd_snapshot_delete()",
                                       OPERATION_MESSAGES(delete_template)};

void boxd_aio_template_create(boxd_compute *compute, const boxd_template_create_options *options,
                              boxd_template_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_template_create_options opts;
    BoxdPb__CreateTemplateRequest message = BOXD_PB__CREATE_TEMPLATE_REQUEST__INIT;
    config_message parts = {0};
    if (options_copy(&opts, OPTION_TYPE(boxd_template_create_options), options, &error) == BOXD_OK &&
        name_check_given(opts.name, "the template's name", "give one", &error) == BOXD_OK)
        box_config_build_vm(&parts, opts.config, &message.config, &error);
    message.name = wire_text(opts.name);
    message.image_ref = wire_text(opts.image);
    unary_submit(&CREATE,
                 &(request_setup){.compute = compute,
                                  .kind = "template",
                                  .name = opts.name,
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_TEMPLATE, callback, user_data)},
                 NULL, &message.base);
    box_config_free(&parts);
}

void boxd_aio_template_list(boxd_compute *compute, const boxd_call_options *call, boxd_templates_cb callback,
                            void *user_data)
{
    unary_submit_empty(&LIST, compute, NULL, call, SINK(RESULT_TEMPLATES, callback, user_data));
}

void boxd_aio_template_create_box(boxd_template *from, const boxd_template_create_box_options *options,
                                  boxd_box_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_template_create_box_options opts;
    BoxdPb__CreateVmFromTemplateRequest message = BOXD_PB__CREATE_VM_FROM_TEMPLATE_REQUEST__INIT;
    config_message parts = {0};
    char made[NAME_SUBJECT_SIZE];
    options_copy(&opts, OPTION_TYPE(boxd_template_create_box_options), options, &error);
    box_config_name(opts.name, made, sizeof made, &error);
    if (error.status == BOXD_OK)
        box_config_build_vm(&parts, opts.config, &message.config, &error);
    message.template_id = wire_text(boxd_template_id(from));
    message.name = wire_text(opts.name);
    unary_submit(&CREATE_BOX,
                 &(request_setup){.compute = handle_compute(from),
                                  .subject = made,
                                  .link = " from ",
                                  .other = handle_subject(from),
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_BOX, callback, user_data)},
                 NULL, &message.base);
    box_config_free(&parts);
}

void boxd_aio_template_delete(boxd_template *from, const boxd_call_options *call, boxd_done_cb callback,
                              void *user_data)
{
    BoxdPb__DeleteTemplateRequest message = BOXD_PB__DELETE_TEMPLATE_REQUEST__INIT;
    message.template_id = wire_text(boxd_template_id(from));
    unary_submit(&DELETE,
                 &(request_setup){.compute = handle_compute(from),
                                  .subject = handle_subject(from),
                                  .call = call,
                                  .sink = SINK(RESULT_DONE, callback, user_data)},
                 NULL, &message.base);
}
