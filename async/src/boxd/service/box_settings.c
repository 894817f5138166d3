/* box_settings.c: changes the settings of a box: name, size, labels, networks, egress, timeouts. Called on
 * any thread; replies are mapped on the core thread. */
#include "boxd/client/box.h"
#include "boxd/client/box_names.h"
#include "boxd/client/number.h"
#include "boxd/client/sizes.h"
#include "boxd/client/unary.h"
#include "boxd/service/pairs.h"
#include "errors.h"
#include "mem.h"
#include "options.h"

#include <boxd/aio/box.h>

#include <string.h>

/* ---- results ---- */

NUMBER_RESULT_TYPE(RESULT_TIME, boxd_time_cb, int64_t);
RESULT_TYPE(RESULT_BOX_SIZE, boxd_box_size_cb, record_free);
RESULT_TYPE(RESULT_LABELS, boxd_labels_cb, record_free);
RESULT_TYPE(RESULT_WORDS, boxd_string_list_cb, record_free);

void boxd_box_size_free(boxd_box_size *resized)
{
    record_free(resized);
}

void boxd_labels_free(boxd_labels *labels)
{
    record_free(labels);
}

void boxd_string_list_free(boxd_string_list *words)
{
    record_free(words);
}

static void *map_delete_at(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)u;
    const int64_t at_ms = ((const BoxdPb__SetDeleteAfterResponse *)(const void *)reply)->delete_at_ms;
    return number_keep(at_ms > 0 ? (uint64_t)at_ms : 0, error);
}

static void fill_resized(record *r, void *to, const void *from)
{
    (void)r;
    const BoxdPb__ResizeVmResponse *reply = from;
    *(boxd_box_size *)to = (boxd_box_size){reply->vcpu, reply->memory_bytes, reply->rebooted};
}

static void fill_labels(record *r, void *to, const void *from)
{
    boxd_labels *labels = to;
    const BoxdPb__UpdateVmLabelsResponse *reply = from;
    labels->count = reply->n_labels;
    labels->items = pairs_read(r, &boxd_pb__update_vm_labels_response__labels_entry__descriptor,
                               reply->n_labels, reply->labels);
}

static void fill_networks(record *r, void *to, const void *from)
{
    boxd_string_list *list = to;
    const BoxdPb__SetVmNetworksResponse *reply = from;
    list->count = reply->n_networks;
    list->items = record_texts(r, reply->n_networks, reply->networks);
}

static void fill_egress(record *r, void *to, const void *from)
{
    boxd_string_list *list = to;
    const BoxdPb__SetVmEgressAllowResponse *reply = from;
    list->count = reply->n_entries;
    list->items = record_texts(r, reply->n_entries, reply->entries);
}

/* ---- the operations ---- */

static const unary_operation RENAME = {OPERATION_METHOD("RenameVm", false), OPERATION_MESSAGES(rename_vm),
                                       .box_id = 1};
static const unary_operation RESIZE = {OPERATION_METHOD("ResizeVm", false), OPERATION_MESSAGES(resize_vm),
                                       .box_id = 1, .record_size = sizeof(boxd_box_size),
                                       .fill = fill_resized};
static const unary_operation LABELS = {OPERATION_METHOD("UpdateVmLabels", false),
                                       OPERATION_MESSAGES(update_vm_labels), .box_id = 1,
                                       .record_size = sizeof(boxd_labels), .fill = fill_labels};
static const unary_operation NETWORKS = {OPERATION_METHOD("SetVmNetworks", false),
                                         OPERATION_MESSAGES(set_vm_networks), .box_id = 1,
                                         .record_size = sizeof(boxd_string_list), .fill = fill_networks};
static const unary_operation EGRESS = {OPERATION_METHOD("SetVmEgressAllow", false),
                                       OPERATION_MESSAGES(set_vm_egress_allow), .box_id = 1,
                                       .record_size = sizeof(boxd_string_list), .fill = fill_egress};
static const unary_operation AUTO_SUSPEND = {OPERATION_METHOD("SetAutoSuspendTimeout", false),
                                             OPERATION_MESSAGES(set_auto_suspend_timeout), .box_id = 1};
static const unary_operation AUTO_HIBERNATE = {OPERATION_METHOD("SetAutoHibernateTimeout", false),
                                               OPERATION_MESSAGES(set_auto_hibernate_timeout), .box_id = 1};
static const unary_operation DELETE_AFTER = {OPERATION_METHOD("SetDeleteAfter", false),
                                             OPERATION_MESSAGES(set_delete_after), .box_id = 1,
                                             .map = map_delete_at};

void boxd_aio_box_rename(boxd_box *box, const char *name, const boxd_call_options *call,
                         boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__RenameVmRequest message = BOXD_PB__RENAME_VM_REQUEST__INIT;
    name_check_label(name, "the new name", &error);
    message.new_name = wire_text(name);
    unary_submit(
        &RENAME,
        &(request_setup){
            .box = box, .call = call, .fault = &error, .sink = SINK(RESULT_DONE, callback, user_data)},
        NULL, &message.base);
}

void boxd_aio_box_resize(boxd_box *box, uint32_t vcpu, const char *memory, const boxd_call_options *call,
                         boxd_box_size_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__ResizeVmRequest message = BOXD_PB__RESIZE_VM_REQUEST__INIT;
    message.vcpu = vcpu;
    size_parse(memory, "memory", &message.memory_bytes, &error);
    if (error.status == BOXD_OK && vcpu == 0 && message.memory_bytes == 0)
        error_set(&error, BOXD_ERR_INVALID_ARGUMENT, "no new size is given; give vcpu, memory or both");
    unary_submit(
        &RESIZE,
        &(request_setup){
            .box = box, .call = call, .fault = &error, .sink = SINK(RESULT_BOX_SIZE, callback, user_data)},
        NULL, &message.base);
}

void boxd_aio_box_update_labels(boxd_box *box, const boxd_box_update_labels_options *options,
                                boxd_labels_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_update_labels_options opts;
    BoxdPb__UpdateVmLabelsRequest message = BOXD_PB__UPDATE_VM_LABELS_REQUEST__INIT;
    pairs set = {0};
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_box_update_labels_options), options, &error);
    if (opts.replace_all && opts.remove)
        error_set(
            &error, BOXD_ERR_INVALID_ARGUMENT,
            "replace_all is set and labels to remove are given; give one of them: replace_all removes all "
            "labels that `set` does not name");
    if (error.status == BOXD_OK)
        pairs_build(&set, &boxd_pb__update_vm_labels_request__set_entry__descriptor, opts.set,
                    name_check_pair, &error);
    message.n_set = set.count;
    message.set = set.list;
    message.n_remove = words_count(opts.remove);
    message.remove = wire_list(opts.remove);
    message.replace_all = opts.replace_all;
    unary_submit(&LABELS,
                 &(request_setup){.box = box,
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_LABELS, callback, user_data)},
                 NULL, &message.base);
    pairs_free(&set);
}

void boxd_aio_box_set_networks(boxd_box *box, const char *const *networks, const boxd_call_options *call,
                               boxd_string_list_cb callback, void *user_data)
{
    BoxdPb__SetVmNetworksRequest message = BOXD_PB__SET_VM_NETWORKS_REQUEST__INIT;
    message.n_networks = words_count(networks);
    message.networks = wire_list(networks);
    unary_submit(&NETWORKS,
                 &(request_setup){.box = box, .call = call, .sink = SINK(RESULT_WORDS, callback, user_data)},
                 NULL, &message.base);
}

void boxd_aio_box_set_egress(boxd_box *box, const char *const *entries, const boxd_call_options *call,
                             boxd_string_list_cb callback, void *user_data)
{
    BoxdPb__SetVmEgressAllowRequest message = BOXD_PB__SET_VM_EGRESS_ALLOW_REQUEST__INIT;
    message.n_entries = words_count(entries);
    message.entries = wire_list(entries);
    unary_submit(&EGRESS,
                 &(request_setup){.box = box, .call = call, .sink = SINK(RESULT_WORDS, callback, user_data)},
                 NULL, &message.base);
}

/* ---- timeouts ---- */

void boxd_aio_box_set_auto_suspend(boxd_box *box, int64_t timeout_s, const boxd_call_options *call,
                                   boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__SetAutoSuspendTimeoutRequest message = BOXD_PB__SET_AUTO_SUSPEND_TIMEOUT_REQUEST__INIT;
    message.timeout_secs = number_timeout_s(timeout_s, "timeout_s", &error);
    unary_submit(
        &AUTO_SUSPEND,
        &(request_setup){
            .box = box, .call = call, .fault = &error, .sink = SINK(RESULT_DONE, callback, user_data)},
        NULL, &message.base);
}

void boxd_aio_box_set_auto_hibernate(boxd_box *box, int64_t timeout_s, const boxd_call_options *call,
                                     boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__SetAutoHibernateTimeoutRequest message = BOXD_PB__SET_AUTO_HIBERNATE_TIMEOUT_REQUEST__INIT;
    message.timeout_secs = number_timeout_s(timeout_s, "timeout_s", &error);
    unary_submit(
        &AUTO_HIBERNATE,
        &(request_setup){
            .box = box, .call = call, .fault = &error, .sink = SINK(RESULT_DONE, callback, user_data)},
        NULL, &message.base);
}

void boxd_aio_box_set_delete_after(boxd_box *box, const boxd_box_set_delete_after_options *options,
                                   boxd_time_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_set_delete_after_options opts;
    BoxdPb__SetDeleteAfterRequest message = BOXD_PB__SET_DELETE_AFTER_REQUEST__INIT;
    options_copy(&opts, OPTION_TYPE(boxd_box_set_delete_after_options), options, &error);
    if (error.status == BOXD_OK && opts.after_s < BOXD_NEVER)
        error_set(&error, BOXD_ERR_INVALID_ARGUMENT, "after_s is %lld; give seconds, or BOXD_NEVER",
                  (long long)opts.after_s);
    if (error.status == BOXD_OK && opts.after_s > 0 && opts.cron && *opts.cron)
        error_set(&error, BOXD_ERR_INVALID_ARGUMENT, "after_s and cron are both given; give one of them");
    message.delete_after_secs = opts.after_s > 0 ? (uint64_t)opts.after_s : 0;
    message.delete_after_cron = wire_text(opts.cron);
    unary_submit(&DELETE_AFTER,
                 &(request_setup){.box = box,
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_TIME, callback, user_data)},
                 NULL, &message.base);
}
