/*
 * calls.c: calls that end by themselves: requests, and commands run for their result.
 */
#include "stress.h"

#include <boxd/aio/rpc.h>
#include <boxd/rpc.h>

#include <stdio.h>

/* A callback that frees its result. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type */
#define ON_RESULT(name, type, release)                                                                       \
    static void name(type *result, const boxd_error *error, void *data)                                      \
    {                                                                                                        \
        client *c = ticket_called(data, status_of(error), error);                                            \
        if ((result == NULL) != (error != NULL))                                                             \
            failed(data, "there is neither a result nor an error, or both");                                 \
        release(result);                                                                                     \
        after_callback(c);                                                                                   \
    }

/* NOLINTEND(bugprone-macro-parentheses) */
ON_RESULT(on_identity, boxd_identity, boxd_identity_free)
ON_RESULT(on_box, boxd_box, boxd_box_free)
ON_RESULT(on_boxes, boxd_boxes, boxd_boxes_free)
ON_RESULT(on_exec, boxd_exec_result, boxd_exec_result_free)
ON_RESULT(on_reply, ProtobufCMessage, boxd_rpc_reply_free)

/* A call: `wait` returns when the call has ended, `submit` calls back with `t`. */
#define CALL(name, wait, submit)                                                                             \
    static void name(invocation *s, const char *operation)                                                   \
    {                                                                                                        \
        ticket *t = ticket_new(s->client, operation);                                                        \
        if (s->blocking) {                                                                                   \
            wait;                                                                                            \
            invocation_returned(t, s);                                                                       \
        } else {                                                                                             \
            submit;                                                                                          \
            ticket_submitted(t);                                                                             \
        }                                                                                                    \
    }

CALL(whoami, boxd_identity_free(boxd_compute_whoami(s->compute, &s->call, &s->error)),
     boxd_aio_compute_whoami(s->compute, &s->call, on_identity, t))
CALL(get, boxd_box_free(boxd_box_get(s->compute, any_name(), &s->call, &s->error)),
     boxd_aio_box_get(s->compute, any_name(), &s->call, on_box, t))
CALL(list, boxd_boxes_free(boxd_box_list(s->compute, &s->call, &s->error)),
     boxd_aio_box_list(s->compute, &s->call, on_boxes, t))
CALL(wait_for_slot, boxd_compute_wait_for_slot(s->compute, &s->call, &s->error),
     boxd_aio_compute_wait_for_slot(s->compute, &s->call, on_done, t))

static const boxd_rpc_method LIST_VMS =
    BOXD_RPC_METHOD("ListVms", boxd_pb__list_vms_request, boxd_pb__list_vms_response, BOXD_RPC_READ);

CALL(rpc_call, boxd_rpc_reply_free(boxd_rpc_call(s->compute, &LIST_VMS, NULL, &s->call, &s->error)),
     boxd_aio_rpc_call(s->compute, &LIST_VMS, NULL, &s->call, on_reply, t))

/* ---- calls that end well before their deadline ---- */

enum { LONG_MS = 30000 };

static void waited(ticket *t, const invocation *s)
{
    if (s->error.status == BOXD_ERR_TIMEOUT)
        failed(t, "a call waited for ever, although all others end soon");
    invocation_returned(t, s);
}

static void on_slot_free(boxd_status status, const boxd_error *error, void *data)
{
    if (status != BOXD_OK && status != BOXD_ERR_CLOSED)
        failed(data, "waiting for a slot ended in an unexpected status");
    on_done(status, error, data);
}

/* The service never hangs in Whoami (service.c). */
static void drained(invocation *s, const char *operation)
{
    if (!s->client->drained)
        return;
    ticket *t = ticket_new(s->client, operation);
    s->call = (boxd_call_options){.size = sizeof s->call, .timeout_ms = LONG_MS};
    if (s->blocking && one_in(2)) {
        boxd_identity_free(boxd_compute_whoami(s->compute, &s->call, &s->error));
        waited(t, s);
    } else if (s->blocking) {
        boxd_compute_wait_for_slot(s->compute, &s->call, &s->error);
        waited(t, s);
    } else {
        boxd_aio_compute_wait_for_slot(s->compute, NULL, on_slot_free, t);
        ticket_submitted(t);
    }
}

/* ---- creating and removing boxes ---- */

enum { VISITORS = 12 };

static void on_created(boxd_box *box, const boxd_error *error, void *data)
{
    client *c = ticket_called(data, status_of(error), error);
    if (box) {
        ticket *t = ticket_new(c, "boxd_aio_box_destroy, in a callback");
        boxd_aio_box_destroy(box, NULL, on_done, t);
        ticket_submitted(t);
    }
    boxd_box_free(box);
    after_callback(c);
}

static void create(invocation *s, const char *operation)
{
    char name[32];
    (void)snprintf(name, sizeof name, "visitor%u", random_below(VISITORS));
    const boxd_box_create_options options = {.size = sizeof options, .call = s->call, .name = name};
    ticket *t = ticket_new(s->client, operation);
    if (s->blocking) {
        boxd_box_free(boxd_box_create(s->compute, &options, &s->error));
        invocation_returned(t, s);
    } else {
        boxd_aio_box_create(s->compute, &options, on_created, t);
        ticket_submitted(t);
    }
}

static void destroy(invocation *s, const char *operation)
{
    char name[32];
    (void)snprintf(name, sizeof name, "visitor%u", random_below(VISITORS));
    boxd_box *box = boxd_box_from_name(s->compute, name, NULL);
    ticket *t = ticket_new(s->client, operation);
    if (s->blocking) {
        boxd_box_destroy(box, &s->call, &s->error);
        invocation_returned(t, s);
    } else {
        boxd_aio_box_destroy(box, &s->call, on_done, t);
        ticket_submitted(t);
    }
    boxd_box_free(box);
}

static void wait_until_ready(invocation *s, const char *operation)
{
    const boxd_box_wait_until_ready_options options = {.size = sizeof options, .call = s->call};
    ticket *t = ticket_new(s->client, operation);
    if (s->blocking) {
        boxd_box_wait_until_ready(s->box, &options, &s->error);
        invocation_returned(t, s);
    } else {
        boxd_aio_box_wait_until_ready(s->box, &options, on_done, t);
        ticket_submitted(t);
    }
}

/* ---- commands ---- */

static const char *const *any_command(void)
{
    static const char *const commands[][5] = {{"true"},          {"exit", "3"},
                                              {"echo", "hello"}, {"sleep", "0.05"},
                                              {"sleep", "1000"}, {"head", "-c", "300000", "/dev/zero"}};
    return commands[random_below(6)];
}

static void exec(invocation *s, const char *operation)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call = s->call;
    options.max_output_bytes = one_in(3) ? 1000 : 0;
    options.out.mode = one_in(3) ? BOXD_OUTPUT_TAIL : BOXD_OUTPUT_KEEP;
    options.liveness_ms = one_in(3) ? 10 : 0;
    ticket *t = ticket_new(s->client, operation);
    if (s->blocking) {
        boxd_exec_result_free(boxd_box_exec(s->box, any_command(), &options, &s->error));
        invocation_returned(t, s);
    } else {
        boxd_aio_box_exec(s->box, any_command(), &options, on_exec, t);
        ticket_submitted(t);
    }
}

/* A client that moves from its libuv loop, and back. */
static void reattach(invocation *s, const char *operation)
{
    (void)operation;
    if (s->client->mode == MODE_LIBUV && gate_enter(&s->client->gate))
        uv_post_job(s->client, UV_REATTACH);
}

static void add_reference(invocation *s, const char *operation)
{
    (void)operation;
    if (one_in(10))
        client_share(s->client);
}

const stress_operation CALLS[] = {{"whoami", 6, true, whoami},
                                  {"box get", 6, true, get},
                                  {"box list", 3, true, list},
                                  {"wait for slot", 5, true, wait_for_slot},
                                  {"drained call", 10, true, drained},
                                  {"rpc call", 3, true, rpc_call},
                                  {"box create", 2, true, create},
                                  {"box destroy", 2, true, destroy},
                                  {"box wait until ready", 2, false, wait_until_ready},
                                  {"exec", 8, false, exec},
                                  {"reference", 1, true, add_reference},
                                  {"reattach", 1, true, reattach},
                                  {NULL, 0, false, NULL}};
