/*
 * rpc_case.h: shared by the tests of boxd/rpc.h: a box, and streams of two RPCs: Exec with a command that
 * echoes, and the log of a silent box. Each helper fails the test when it does not succeed.
 */
#ifndef E2E_RPC_CASE_H
#define E2E_RPC_CASE_H

#include "e2e.h"

extern const boxd_rpc_method EXEC, LOGS;
extern boxd_box *rpc_box;

/* Opens the client for surface `i`, and makes the box. */
void rpc_open_box(int i);
void rpc_close_box(void);

boxd_rpc_stream *rpc_open(const boxd_rpc_method *method, const boxd_call_options *call);
void rpc_send(boxd_rpc_stream *stream, const ProtobufCMessage *message);
void rpc_close_send(boxd_rpc_stream *stream);

/* The next message, valid until the next one; NULL at the end. */
const void *rpc_receive(boxd_rpc_stream *stream);
void rpc_expect_end(boxd_rpc_stream *stream);
void rpc_expect_failure(boxd_rpc_stream *stream, boxd_status status, const char *part);

/* Exec: the command, its input, reading exactly `wanted`, and the end. */
void rpc_send_command(boxd_rpc_stream *stream, const char *line);
void rpc_send_input(boxd_rpc_stream *stream, const char *text);
void rpc_expect_output(boxd_rpc_stream *stream, const char *wanted);
void rpc_expect_exit(boxd_rpc_stream *stream, int code);

/* StreamLogs: requests the whole log. */
void rpc_follow_logs(boxd_rpc_stream *stream);

#endif
