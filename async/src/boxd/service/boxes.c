/* boxes.c: creates, forks, gets, lists and finds boxes. Called on any thread; replies are mapped on the core
 * thread. */
#include "boxd/service/boxes.h"
#include "boxd/client/box.h"
#include "boxd/client/box_names.h"
#include "boxd/client/unary.h"
#include "boxd/service/box_config.h"
#include "boxd/service/box_info.h"
#include "boxd/service/pairs.h"
#include "errors.h"
#include "mem.h"
#include "names.h"
#include "options.h"
#include "text.h"
#include "utf8.h"

#include <boxd/aio/box.h>

#include <string.h>

/* ---- mappings ---- */

void *box_of_reply(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const handle_source from = unary_handle_source(u, "box", sizeof(boxd_box));
    return box_new(&from, reply, error);
}

static void *make_list(const unary *u, size_t count, const void *vms, boxd_error *error)
{
    const handle_source from = unary_handle_source(u, "box", sizeof(boxd_box));
    return handle_list(&from, box_new, count, vms, box_release, error);
}

static void *map_list(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__ListVmsResponse *list = (const void *)reply;
    return make_list(u, list->n_vms, list->vms, error);
}

/* Whether a box has all labels of `wanted`, "key=value" lines. */
static bool has_labels(const BoxdPb__GetVmResponse *vm, const char *wanted)
{
    while (*wanted) {
        const size_t line = strcspn(wanted, "\n"), key = strcspn(wanted, "=");
        bool found = false;
        for (size_t i = 0; i < vm->n_labels && !found; i++)
            found = strlen(vm->labels[i]->key) == key && strncmp(vm->labels[i]->key, wanted, key) == 0 &&
                    strlen(vm->labels[i]->value) == line - key - 1 &&
                    strncmp(vm->labels[i]->value, wanted + key + 1, line - key - 1) == 0;
        if (!found)
            return false;
        wanted += line + (wanted[line] == '\n');
    }
    return true;
}

/* A server without labels ignores the selector, so it is applied here again. */
static void *map_selected(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__ListVmsResponse *list = (const void *)reply;
    const void **kept = mem_calloc(list->n_vms, sizeof(void *));
    size_t count = 0;
    if (!kept) {
        error_no_memory(error, "storing a list of boxes");
        return NULL;
    }
    for (size_t i = 0; i < list->n_vms; i++)
        if (has_labels(list->vms[i], u->key))
            kept[count++] = list->vms[i];
    void *made = make_list(u, count, kept, error);
    mem_free(kept);
    return made;
}

/* Whether the server that sent this row has orgs. A server without orgs ignores the request for an org's
 * boxes and lists all boxes; it sets none of these members. */
static bool has_orgs(const BoxdPb__GetVmResponse *vm)
{
    return vm->created_at != 0 || *vm->access_domain || *vm->org || *vm->org_id || *vm->billing_org ||
           *vm->billing_org_id;
}

static void *map_selected_of_org(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__ListVmsResponse *list = (const void *)reply;
    if (list->n_vms == 0 || has_orgs(list->vms[0]))
        return map_selected(u, reply, error);
    error_set_sent(error, BOXD_ERR_UNSUPPORTED, BOXD_SENT_YES,
                   "this server has no orgs, so the boxes of an org cannot be listed; use boxd_box_list()");
    return NULL;
}

static void *map_by_name(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__ListVmsResponse *list = (const void *)reply;
    for (size_t i = 0; i < list->n_vms; i++)
        if (strcmp(list->vms[i]->name, u->key) == 0 &&
            boxd_box_state_of(list->vms[i]->status) != BOXD_BOX_DESTROYED)
            return box_of_reply(u, &list->vms[i]->base, error);
    error_set_sent(error, BOXD_ERR_NOT_FOUND, BOXD_SENT_YES,
                   "there is no box with the name or id \"%s\"; boxd_box_list() shows all boxes",
                   PRINTABLE(u->key, 100));
    error->grpc_code = 5; /* NOT_FOUND, as GetVm answered */
    return NULL;
}

/* ---- the operations ---- */

static const unary_operation CREATE = {OPERATION_METHOD("CreateVm", false),
                                       OPERATION_MESSAGES(create_vm),
                                       MAKES_BOX,
                                       .advice_if_taken = "boxd_box_get_or_create() uses the existing box",
                                       .map = box_of_reply,
                                       .fill = box_info_created};

/* As a step of another operation, which looks for the box itself. */
static const unary_operation CREATE_STEP = {OPERATION_METHOD("CreateVm", false),
                                            OPERATION_MESSAGES(create_vm), .map = box_of_reply,
                                            .fill = box_info_created};

static const unary_operation FORK = {OPERATION_METHOD("ForkVm", false),
                                     OPERATION_MESSAGES(fork_vm),
                                     MAKES_BOX,
                                     .box_id = 1,
                                     .map = box_of_reply,
                                     .fill = box_info_forked};

static const unary_operation LIST = {OPERATION_METHOD("ListVms", true), OPERATION_MESSAGES(list_vms),
                                     .map = map_list, .fill = box_info_listed};

static const unary_operation SELECT = {OPERATION_METHOD("ListVms", true), OPERATION_MESSAGES(list_vms),
                                       .map = map_selected, .fill = box_info_listed};

static const unary_operation SELECT_OF_ORG = {OPERATION_METHOD("ListVms", true), OPERATION_MESSAGES(list_vms),
                                              .map = map_selected_of_org, .fill = box_info_listed};

static const unary_operation FIND_BY_NAME = {OPERATION_METHOD("ListVms", true), OPERATION_MESSAGES(list_vms),
                                             .map = map_by_name, .fill = box_info_listed};

static const unary_operation GET = {OPERATION_METHOD("GetVm", true),
                                    OPERATION_MESSAGES(get_vm),
                                    .map = box_of_reply,
                                    .fill = box_info_got,
                                    .fallback = &FIND_BY_NAME,
                                    .fallback_on = {BOXD_ERR_NOT_FOUND},
                                    .make_fallback_request = unary_empty_request};

/* ---- creating and forking ---- */

static unary *new_create(const unary_operation *operation, boxd_compute *compute,
                         const boxd_box_create_options *options, sink s)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_create_options opts;
    char subject[NAME_SUBJECT_SIZE];
    BoxdPb__CreateVmRequest message = BOXD_PB__CREATE_VM_REQUEST__INIT;
    config_message parts = {0};
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_box_create_options), options, &error);
    box_config_name(opts.name, subject, sizeof subject, &error);
    if (error.status == BOXD_OK)
        box_config_build(&parts, opts.config, &message, &error);
    box_config_labels(&parts, &boxd_pb__create_vm_request__labels_entry__descriptor, opts.labels, &error);
    message.name = wire_text(opts.name);
    message.image_ref = wire_text(opts.image);
    message.org = wire_text(opts.org);
    message.team = wire_text(opts.team);
    message.shared = opts.shared;
    message.isolated = opts.isolated;
    message.n_networks = words_count(opts.networks);
    message.networks = wire_list(opts.networks);
    message.n_labels = parts.labels.count;
    message.labels = parts.labels.list;
    unary *u = unary_new(operation,
                         &(request_setup){.compute = compute,
                                          .subject = subject,
                                          .call = &opts.call,
                                          .call_in_options = true,
                                          .fault = &error,
                                          .sink = s},
                         NULL, &message.base);
    box_config_free(&parts);
    return u;
}

unary *box_create_step(boxd_compute *compute, const boxd_box_create_options *options, sink s)
{
    return new_create(&CREATE_STEP, compute, options, s);
}

void boxd_aio_box_create(boxd_compute *compute, const boxd_box_create_options *options, boxd_box_cb callback,
                         void *user_data)
{
    unary *u = new_create(&CREATE, compute, options, SINK(RESULT_BOX, callback, user_data));
    if (u)
        request_submit(&u->request);
}

void boxd_aio_box_fork(boxd_box *source, const boxd_box_fork_options *options, boxd_box_cb callback,
                       void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_fork_options opts;
    BoxdPb__ForkVmRequest message = BOXD_PB__FORK_VM_REQUEST__INIT;
    config_message parts = {0};
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_box_fork_options), options, &error);
    box_config_name(opts.name, NULL, 0, &error);
    if (error.status == BOXD_OK)
        box_config_build_vm(&parts, opts.config, &message.config, &error);
    box_config_labels(&parts, &boxd_pb__fork_vm_request__labels_entry__descriptor, opts.labels, &error);
    message.name = wire_text(opts.name);
    message.shared = opts.shared;
    message.isolated = opts.isolated;
    message.n_networks = words_count(opts.networks);
    message.networks = wire_list(opts.networks);
    message.n_labels = parts.labels.count;
    message.labels = parts.labels.list;
    unary_submit(&FORK,
                 &(request_setup){.box = source,
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_BOX, callback, user_data)},
                 message.name && *message.name ? message.name : NULL, &message.base);
    box_config_free(&parts);
}

/* ---- finding ---- */

void boxd_aio_box_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                      boxd_box_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__GetVmRequest message = BOXD_PB__GET_VM_REQUEST__INIT;
    message.vm_id = wire_text(name_or_id);
    name_check_given(name_or_id, "the box's name or id", "give a name or an id", &error);
    unary_submit(&GET,
                 &(request_setup){.compute = compute,
                                  .kind = "box",
                                  .name = message.vm_id,
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_BOX, callback, user_data)},
                 message.vm_id, &message.base);
}

boxd_box *boxd_box_from_name(boxd_compute *compute, const char *name_or_id, boxd_error *error)
{
    return box_from_key(compute, name_or_id, boxd_aio_box_get, error);
}

void boxd_aio_box_list(boxd_compute *compute, const boxd_call_options *call, boxd_boxes_cb callback,
                       void *user_data)
{
    unary_submit_empty(&LIST, compute, NULL, call, SINK(RESULT_BOXES, callback, user_data));
}

void boxd_aio_box_find(boxd_compute *compute, const boxd_box_find_options *options, boxd_boxes_cb callback,
                       void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_find_options opts;
    BoxdPb__ListVmsRequest message = BOXD_PB__LIST_VMS_REQUEST__INIT;
    text lines = TEXT_INIT;
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_box_find_options), options, &error);
    message.n_label_selector = words_count(opts.labels);
    for (size_t i = 0; i < message.n_label_selector; i++) {
        if (error.status == BOXD_OK)
            name_check_pair(opts.labels[i], &error);
        text_add(&lines, opts.labels[i]);
        text_add(&lines, "\n");
    }
    char *selector = text_take(&lines);
    if (!selector && error.status == BOXD_OK)
        error_no_memory(&error, "building a request");
    message.label_selector = wire_list(opts.labels);
    message.org = wire_text(opts.org);
    message.all_contexts = opts.all_contexts;
    unary_submit(*message.org ? &SELECT_OF_ORG : &SELECT,
                 &(request_setup){.compute = compute,
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_BOXES, callback, user_data)},
                 selector, &message.base);
    mem_free(selector);
}

/* ---- suggesting a name ---- */

RESULT_TYPE(RESULT_STRING, boxd_string_cb, mem_free);

static void *map_name(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)u;
    const char *sent = ((const BoxdPb__SuggestVmNameResponse *)(const void *)reply)->name;
    char *name = utf8_repaired(sent, strlen(sent));
    if (!name)
        error_no_memory(error, "storing a name");
    return name;
}

static const unary_operation SUGGEST_NAME = {OPERATION_METHOD("SuggestVmName", true),
                                             OPERATION_MESSAGES(suggest_vm_name), .map = map_name};

void boxd_aio_box_suggest_name(boxd_compute *compute, const boxd_call_options *call, boxd_string_cb callback,
                               void *user_data)
{
    unary_submit_empty(&SUGGEST_NAME, compute, NULL, call, SINK(RESULT_STRING, callback, user_data));
}

void boxd_string_free(char *string)
{
    mem_free(string);
}
