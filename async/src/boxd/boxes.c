/* boxes.c: the operations on boxes as such: create, get, list, and those that only name one. */
#include "box.h"
#include "box_config.h"
#include "errors.h"
#include "mem.h"
#include "names.h"
#include "options.h"
#include "unary.h"

#include <boxd/aio/box.h>

#include <stdio.h>
#include <string.h>

/* ---- results ---- */

static void call_box(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_box_cb)callback)(result, error, user_data);
}

static void free_box(void *result)
{
    boxd_box_free(result);
}

static void call_boxes(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_boxes_cb)callback)(result, error, user_data);
}

static void free_boxes(void *result)
{
    boxd_boxes_free(result);
}

static void call_duration(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    const uint64_t *microseconds = result;
    ((boxd_duration_cb)callback)(error ? error->status : BOXD_OK, microseconds ? *microseconds : 0, error,
                                 user_data);
    mem_free(result);
}

static const result_type RESULT_DURATION = {call_duration, mem_free};
static const result_type RESULT_BOX = {call_box, free_box};
static const result_type RESULT_BOXES = {call_boxes, free_boxes};

/* ---- mappings ---- */

static boxd_box *checked_box(const unary *u, const boxd_box_info *info, boxd_error *error)
{
    if (!info->id || !*info->id) {
        error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES, "%s answered without the box's id",
                       u->operation->method.name);
        return NULL;
    }
    boxd_box *box = box_new(u->request.compute, info);
    if (!box)
        error_set_sent(error, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES,
                       "out of memory: keeping box \"%s\", which exists", info->id);
    return box;
}

static void *map_created(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__CreateVmResponse *vm = (const void *)reply;
    const boxd_box_info info = {.id = vm->vm_id,
                                .name = vm->name,
                                .image = vm->image,
                                .public_ip = vm->public_ip,
                                .status = vm->status,
                                .url = vm->url,
                                .boot_time_ms = vm->boot_time_ms,
                                .has_boot_time_ms = vm->boot_time_ms != 0};
    return checked_box(u, &info, error);
}

static void *map_forked(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__ForkVmResponse *vm = (const void *)reply;
    const boxd_box_info info = {.id = vm->vm_id,
                                .name = vm->name,
                                .image = vm->image,
                                .public_ip = vm->public_ip,
                                .status = vm->status,
                                .url = vm->url,
                                .forked_from = vm->forked_from,
                                .boot_time_ms = vm->boot_time_ms,
                                .has_boot_time_ms = vm->boot_time_ms != 0};
    return checked_box(u, &info, error);
}

static void *keep_duration(uint64_t microseconds, boxd_error *error)
{
    uint64_t *kept = mem_alloc(sizeof *kept);
    if (kept)
        *kept = microseconds;
    else
        error_no_memory(error, "keeping a duration");
    return kept;
}

static void *map_suspended(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)u;
    return keep_duration(((const BoxdPb__SuspendVmResponse *)(const void *)reply)->suspend_us, error);
}

static void *map_resumed(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)u;
    return keep_duration(((const BoxdPb__ResumeVmResponse *)(const void *)reply)->resume_us, error);
}

static boxd_box_info info_of_vm(const BoxdPb__GetVmResponse *vm, bool complete)
{
    return (boxd_box_info){.id = vm->vm_id,
                           .name = vm->name,
                           .image = vm->image_ref,
                           .public_ip = vm->public_ip,
                           .status = vm->status,
                           .restart_policy = vm->restart_policy,
                           .disk_bytes = vm->disk_bytes,
                           .has_disk_bytes = vm->disk_bytes != 0,
                           .auto_suspend_timeout_s = vm->auto_suspend_timeout_secs,
                           .has_auto_suspend_timeout_s = complete || vm->auto_suspend_timeout_secs != 0};
}

static void *map_got(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__GetVmResponse *vm = (const void *)reply;
    const boxd_box_info info = info_of_vm(vm, true);
    return checked_box(u, &info, error);
}

static void *map_list(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__ListVmsResponse *list = (const void *)reply;
    boxd_boxes *boxes = mem_calloc(1, sizeof *boxes + list->n_vms * sizeof(boxd_box *));
    if (!boxes) {
        error_no_memory(error, "keeping a list of boxes");
        return NULL;
    }
    boxes->items = (boxd_box **)(void *)(boxes + 1);
    for (; boxes->count < list->n_vms; boxes->count++) {
        const boxd_box_info info = info_of_vm(list->vms[boxes->count], false);
        boxes->items[boxes->count] = checked_box(u, &info, error);
        if (!boxes->items[boxes->count]) {
            boxd_boxes_free(boxes);
            return NULL;
        }
    }
    return boxes;
}

static void *map_by_name(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__ListVmsResponse *list = (const void *)reply;
    for (size_t i = 0; i < list->n_vms; i++) {
        if (strcmp(list->vms[i]->name, u->key) == 0 &&
            !ascii_equal(list->vms[i]->status, strlen(list->vms[i]->status), "destroyed")) {
            const boxd_box_info info = info_of_vm(list->vms[i], false);
            return checked_box(u, &info, error);
        }
    }
    error_set_sent(error, BOXD_ERR_NOT_FOUND, BOXD_SENT_YES,
                   "no box with name or id \"%.100s\"; boxd_box_list() shows them", u->key);
    error->grpc_code = 5; /* NOT_FOUND, as GetVm said */
    return NULL;
}

/* ---- the operations ---- */

static const operation CREATE = {OPERATION_METHOD("CreateVm", false),
                                 .request = &boxd_pb__create_vm_request__descriptor,
                                 .reply = &boxd_pb__create_vm_response__descriptor, .map = map_created};

static const operation FORK = {OPERATION_METHOD("ForkVm", false),
                               .request = &boxd_pb__fork_vm_request__descriptor,
                               .reply = &boxd_pb__fork_vm_response__descriptor, .map = map_forked};

static const operation SUSPEND = {OPERATION_METHOD("SuspendVm", false),
                                  .request = &boxd_pb__suspend_vm_request__descriptor,
                                  .reply = &boxd_pb__suspend_vm_response__descriptor, .map = map_suspended};

static const operation RESUME = {OPERATION_METHOD("ResumeVm", false),
                                 .request = &boxd_pb__resume_vm_request__descriptor,
                                 .reply = &boxd_pb__resume_vm_response__descriptor, .map = map_resumed};

static const operation LIST = {OPERATION_METHOD("ListVms", true),
                               .request = &boxd_pb__list_vms_request__descriptor,
                               .reply = &boxd_pb__list_vms_response__descriptor, .map = map_list};

static const operation FIND_BY_NAME = {OPERATION_METHOD("ListVms", true),
                                       .request = &boxd_pb__list_vms_request__descriptor,
                                       .reply = &boxd_pb__list_vms_response__descriptor, .map = map_by_name};

static bool ask_for_all(const unary *u, grpc_slice *out)
{
    (void)u;
    const BoxdPb__ListVmsRequest all = BOXD_PB__LIST_VMS_REQUEST__INIT;
    return wire_pack(&all.base, out);
}

static const operation GET = {OPERATION_METHOD("GetVm", true),
                              .request = &boxd_pb__get_vm_request__descriptor,
                              .reply = &boxd_pb__get_vm_response__descriptor,
                              .map = map_got,
                              .otherwise = &FIND_BY_NAME,
                              .otherwise_on = BOXD_ERR_NOT_FOUND,
                              .rebuild = ask_for_all};

static const operation DESTROY = {OPERATION_METHOD("DestroyVm", false),
                                  .request = &boxd_pb__destroy_vm_request__descriptor,
                                  .reply = &boxd_pb__destroy_vm_response__descriptor};

static const operation START = {OPERATION_METHOD("StartVm", false),
                                .request = &boxd_pb__start_vm_request__descriptor,
                                .reply = &boxd_pb__start_vm_response__descriptor};

static const operation STOP = {OPERATION_METHOD("StopVm", false),
                               .request = &boxd_pb__stop_vm_request__descriptor,
                               .reply = &boxd_pb__stop_vm_response__descriptor};

static const operation REBOOT = {OPERATION_METHOD("RebootVm", false),
                                 .request = &boxd_pb__reboot_vm_request__descriptor,
                                 .reply = &boxd_pb__reboot_vm_response__descriptor};

/* ---- the surface ---- */

void boxd_aio_box_create(boxd_compute *compute, const boxd_box_create_options *options, boxd_box_cb callback,
                         void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_create_options known;
    char subject[96];
    options_copy(&known, sizeof known, options, "boxd_box_create_options", &error);
    BoxdPb__CreateVmRequest message = BOXD_PB__CREATE_VM_REQUEST__INIT;
    config_message parts = {0};
    if (error.status == BOXD_OK && known.name && *known.name)
        name_check_label(known.name, "a box's name", &error);
    if (error.status == BOXD_OK)
        box_config_build(&parts, known.config, &message, &error);
    const bool named = error.status == BOXD_OK && known.name && *known.name;
    (void)snprintf(subject, sizeof subject, named ? "box \"%s\"" : "a box", named ? known.name : "");
    unary *u = unary_new(&CREATE, compute, error.status == BOXD_OK ? &known.call : NULL, true, subject, NULL,
                         (sink){&RESULT_BOX, (any_callback)callback, user_data});
    if (u) {
        if (error.status != BOXD_OK)
            *request_error(&u->request) = error;
        message.name = known.name ? known.name : "";
        message.image_ref = known.image ? known.image : "";
        unary_submit(u, &message.base);
    }
    box_config_free(&parts);
}

void boxd_aio_box_fork(boxd_box *source, const boxd_box_fork_options *options, boxd_box_cb callback,
                       void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_fork_options known;
    options_copy(&known, sizeof known, options, "boxd_box_fork_options", &error);
    BoxdPb__ForkVmRequest message = BOXD_PB__FORK_VM_REQUEST__INIT;
    config_message parts = {0};
    if (error.status == BOXD_OK && known.name && *known.name)
        name_check_label(known.name, "a box's name", &error);
    if (error.status == BOXD_OK)
        box_config_build_copy(&parts, known.config, &message.config, &error);
    unary *u = unary_new(&FORK, box_compute(source), error.status == BOXD_OK ? &known.call : NULL, true,
                         box_subject(source), NULL, (sink){&RESULT_BOX, (any_callback)callback, user_data});
    if (u) {
        if (error.status != BOXD_OK)
            *request_error(&u->request) = error;
        message.source_vm_id = boxd_box_id(source);
        message.name = known.name ? known.name : "";
        unary_submit(u, &message.base);
    }
    box_config_free(&parts);
}

void boxd_aio_box_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                      boxd_box_cb callback, void *user_data)
{
    const char *key = name_or_id ? name_or_id : "";
    char shown[64], subject[96];
    (void)snprintf(subject, sizeof subject, "box \"%s\"", name_printable(key, shown, sizeof shown));
    unary *u = unary_new(&GET, compute, call, false, subject, key,
                         (sink){&RESULT_BOX, (any_callback)callback, user_data});
    if (!u)
        return;
    if (!*key)
        error_set(request_error(&u->request), BOXD_ERR_INVALID_ARGUMENT,
                  "the box's name or id is empty; give one of them");
    unary_submit_string(u, key);
}

void boxd_aio_box_list(boxd_compute *compute, const boxd_call_options *call, boxd_boxes_cb callback,
                       void *user_data)
{
    const BoxdPb__ListVmsRequest message = BOXD_PB__LIST_VMS_REQUEST__INIT;
    unary *u = unary_new(&LIST, compute, call, false, NULL, NULL,
                         (sink){&RESULT_BOXES, (any_callback)callback, user_data});
    if (u)
        unary_submit(u, &message.base);
}

/* The calls of which the request only names a box. */
static void submit_action(const operation *kind, boxd_box *box, const boxd_call_options *call, sink s)
{
    unary *u = unary_new(kind, box_compute(box), call, false, box_subject(box), NULL, s);
    if (u)
        unary_submit_string(u, boxd_box_id(box));
}

static sink done_sink(boxd_done_cb callback, void *user_data)
{
    return (sink){&RESULT_DONE, (any_callback)callback, user_data};
}

static sink duration_sink(boxd_duration_cb callback, void *user_data)
{
    return (sink){&RESULT_DURATION, (any_callback)callback, user_data};
}

void boxd_aio_box_destroy(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                          void *user_data)
{
    submit_action(&DESTROY, box, call, done_sink(callback, user_data));
}

void boxd_aio_box_start(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    submit_action(&START, box, call, done_sink(callback, user_data));
}

void boxd_aio_box_stop(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    submit_action(&STOP, box, call, done_sink(callback, user_data));
}

void boxd_aio_box_reboot(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    submit_action(&REBOOT, box, call, done_sink(callback, user_data));
}

void boxd_aio_box_suspend(boxd_box *box, const boxd_call_options *call, boxd_duration_cb callback,
                          void *user_data)
{
    submit_action(&SUSPEND, box, call, duration_sink(callback, user_data));
}

void boxd_aio_box_resume(boxd_box *box, const boxd_call_options *call, boxd_duration_cb callback,
                         void *user_data)
{
    submit_action(&RESUME, box, call, duration_sink(callback, user_data));
}
