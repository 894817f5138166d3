/*
 * fixture.h: what the checks of boxd share: the client, one box, one fork of the box, and RPCs by name.
 */
#ifndef LIVE_BOXD_CHECKS_FIXTURE_H
#define LIVE_BOXD_CHECKS_FIXTURE_H

#include <boxd/rpc.h>

#include "live.h"

#define RPC_READ(rpc, message)                                                                               \
    BOXD_RPC_METHOD(rpc, boxd_pb__##message##_request, boxd_pb__##message##_response, BOXD_RPC_READ)
#define RPC_WRITE(rpc, message)                                                                              \
    BOXD_RPC_METHOD(rpc, boxd_pb__##message##_request, boxd_pb__##message##_response, 0)

typedef struct boxd_state {
    boxd_compute *compute;
    /* NULL: not made yet. */
    boxd_box *box, *fork;
    char box_id[64], box_name[64], fork_id[64], fork_name[80];
    /* As CreateVm replied. */
    char create_status[40], create_url[256];
    /* The outcome of the first command, directly after the create. */
    char box_first_exec[64], fork_first_exec[64];
    /* Why there is no box, or no fork. */
    char box_failure[BOXD_ERROR_MESSAGE_SIZE], fork_failure[BOXD_ERROR_MESSAGE_SIZE];
    /* A check has changed the state of the box. */
    bool changed;
    /* The token of a raw exchange; "": none. */
    char token[4096];
    char exchange_seen[200];
    int64_t exchange_lifetime_s;
} boxd_state;

extern const live_check auth_checks[], token_checks[], account_checks[], box_checks[], state_checks[],
    exec_checks[], stream_checks[], file_checks[], service_checks[], fork_checks[], limit_checks[];

/* The name of a fork without a name is usually "<prefix>-" and this text. */
#define BOXD_FORK_WHAT "box-fork"

boxd_state *boxd_of(live *l);
boxd_compute *client(live *l);

/* A running box of one vCPU, made by the first call. NULL: the check is skipped. */
boxd_box *need_box(live *l);
/* The box is not running any more, or may not be: the next need_box() sets this right. */
void mark_changed(live *l);
/* A fork of the box. NULL: the check is skipped. */
boxd_box *need_fork(live *l);

/* A unary RPC, with evidence of the request and the reply. NULL: *error is set. */
ProtobufCMessage *rpc(live *l, const boxd_rpc_method *method, const ProtobufCMessage *request,
                      boxd_error *error);
/* CreateVm or ForkVm, with the notes in the journal: of the name before, as `kind`, and of the id after.
 * NULL: the check is skipped, or *error is set. */
ProtobufCMessage *make_box_by_rpc(live *l, const boxd_rpc_method *method, const ProtobufCMessage *request,
                                  const char *kind, const char *name, boxd_error *error);
/* A create that should be refused: sees the code, or "made", and destroys the box. */
void see_refused_box(live *l, const boxd_rpc_method *method, const ProtobufCMessage *request,
                     const char *name);
/* The lifecycle of each box that a check makes: an hour without activity destroys it, in case that nothing
 * else does. */
BoxdPb__SrfConfig box_lifecycle(void);

/* Makes the RPC and sees "OK" or the code. */
void see_rpc(live *l, const boxd_rpc_method *method, const ProtobufCMessage *request);
/* Sees "OK", or the code of a status. */
void see_status(live *l, boxd_status status, const boxd_error *error);

/* The row of a box, by its id or name; free it with boxd_rpc_reply_free(). NULL: what happened was seen. */
BoxdPb__GetVmResponse *get_vm(live *l, const char *id_or_name);

/* Runs a line in the box. NULL: what happened was seen. */
boxd_exec_result *run_line(live *l, boxd_box *box, const char *line);
/* The output, with "/" for each newline, without the last one. */
void see_output(live *l, const boxd_exec_result *result);

#endif
