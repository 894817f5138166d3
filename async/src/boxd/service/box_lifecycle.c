/* box_lifecycle.c: the life cycle of a box: start, stop, suspend, resume, hibernate, wake, reboot, share,
 * destroy. Called on any thread; replies are mapped on the core thread. */
#include "boxd/client/box.h"
#include "boxd/client/number.h"
#include "boxd/client/unary.h"
#include "mem.h"
#include "record.h"

#include <boxd/aio/box.h>

NUMBER_RESULT_TYPE(RESULT_DURATION, boxd_duration_cb, int64_t);

static void *map_suspended(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)u;
    const BoxdPb__SuspendVmResponse *sent = (const void *)reply;
    return number_keep((uint64_t)record_duration(sent->suspend_us), error);
}

static void *map_resumed(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)u;
    const BoxdPb__ResumeVmResponse *sent = (const void *)reply;
    return number_keep((uint64_t)record_duration(sent->resume_us), error);
}

/* ---- requests that only name the box ---- */

#define ACTION(rpc, messages)                                                                                \
    {                                                                                                        \
        OPERATION_METHOD(rpc, false), OPERATION_MESSAGES(messages), .box_id = 1                              \
    }

static const unary_operation DESTROY = ACTION("DestroyVm", destroy_vm);
static const unary_operation START = ACTION("StartVm", start_vm);
static const unary_operation STOP = ACTION("StopVm", stop_vm);
static const unary_operation REBOOT = ACTION("RebootVm", reboot_vm);
static const unary_operation HIBERNATE = {OPERATION_METHOD("HibernateVm", false),
                                          .method.instead = "boxd_box_suspend()",
                                          OPERATION_MESSAGES(hibernate_vm), .box_id = 1};
static const unary_operation WAKE = {OPERATION_METHOD("WakeVm", false), .method.instead = "boxd_box_resume()",
                                     OPERATION_MESSAGES(wake_vm), .box_id = 1};
static const unary_operation SHARE = ACTION("ShareVm", share_vm);
static const unary_operation UNSHARE = ACTION("UnshareVm", unshare_vm);

static const unary_operation SUSPEND = {OPERATION_METHOD("SuspendVm", false), OPERATION_MESSAGES(suspend_vm),
                                        .box_id = 1, .map = map_suspended};
static const unary_operation RESUME = {OPERATION_METHOD("ResumeVm", false), OPERATION_MESSAGES(resume_vm),
                                       .box_id = 1, .map = map_resumed};

void boxd_aio_box_destroy(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                          void *user_data)
{
    unary_submit_void(&DESTROY, box, call, callback, user_data);
}

void boxd_aio_box_start(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    unary_submit_void(&START, box, call, callback, user_data);
}

void boxd_aio_box_stop(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    unary_submit_void(&STOP, box, call, callback, user_data);
}

void boxd_aio_box_reboot(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    unary_submit_void(&REBOOT, box, call, callback, user_data);
}

void boxd_aio_box_hibernate(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                            void *user_data)
{
    unary_submit_void(&HIBERNATE, box, call, callback, user_data);
}

void boxd_aio_box_wake(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    unary_submit_void(&WAKE, box, call, callback, user_data);
}

void boxd_aio_box_share(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    unary_submit_void(&SHARE, box, call, callback, user_data);
}

void boxd_aio_box_unshare(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback,
                          void *user_data)
{
    unary_submit_void(&UNSHARE, box, call, callback, user_data);
}

void boxd_aio_box_suspend(boxd_box *box, const boxd_call_options *call, boxd_duration_cb callback,
                          void *user_data)
{
    unary_submit_empty(&SUSPEND, NULL, box, call, SINK(RESULT_DURATION, callback, user_data));
}

void boxd_aio_box_resume(boxd_box *box, const boxd_call_options *call, boxd_duration_cb callback,
                         void *user_data)
{
    unary_submit_empty(&RESUME, NULL, box, call, SINK(RESULT_DURATION, callback, user_data));
}
