/*
 * calls.h: the calls of the fault table: each is one operation of the library, from its submission to its
 * end, on the surface `on` of e2e.h.
 */
#ifndef FAULTS_CALLS_H
#define FAULTS_CALLS_H

#include "e2e.h"

#define FAULT_CALLS(CALL)                                                                                    \
    CALL(WHOAMI, whoami)                                                                                     \
    CALL(LIST, list)                                                                                         \
    CALL(GET, get)                                                                                           \
    CALL(CREATE, create)                                                                                     \
    CALL(DESTROY, destroy)                                                                                   \
    CALL(RPC, rpc_call)                                                                                      \
    CALL(EXEC, exec)                                                                                         \
    CALL(SHELL, exec_shell)                                                                                  \
    CALL(STREAM, exec_stream)                                                                                \
    CALL(LOGS, stream_logs)                                                                                  \
    CALL(READ_FILE, read_file)                                                                               \
    CALL(DOWNLOAD, download)                                                                                 \
    CALL(WRITE_FILE, write_file)                                                                             \
    CALL(UPLOAD, upload)                                                                                     \
    CALL(RPC_STREAM, rpc_stream)                                                                             \
    CALL(GET_OR_CREATE, get_or_create)                                                                       \
    CALL(READY, wait_until_ready)

#define FAULT_CALL_INDEX(name, function) INDEX_##name,
#define FAULT_CALL_BIT(name, function) name = 1 << INDEX_##name,

enum { FAULT_CALLS(FAULT_CALL_INDEX) FAULT_CALL_COUNT };
enum { FAULT_CALLS(FAULT_CALL_BIT) FAULT_CALLS_END };

/* Groups of calls, as bits. */
enum {
    COMMANDS = EXEC | SHELL | STREAM,
    DOWNLOADS = READ_FILE | DOWNLOAD,
    UPLOADS = WRITE_FILE | UPLOAD,
    FILES = DOWNLOADS | UPLOADS,
    UNARY = WHOAMI | LIST | GET | CREATE | DESTROY | RPC,
    /* One of each kind. */
    EACH_KIND = WHOAMI | CREATE | EXEC | STREAM | LOGS | READ_FILE | WRITE_FILE | RPC_STREAM,
    /* All that are one RPC and no more. */
    EVERY = UNARY | COMMANDS | LOGS | FILES | RPC_STREAM
};

typedef struct outcome {
    boxd_error error;
    /* Of a command that ended; if not known, -1 as `confirmed`. */
    int exit_code;
    /* Whether the exit is confirmed: 0, 1; -1: the call does not say. */
    int confirmed;
    /* Bytes of output or of the file. */
    size_t bytes;
    /* A rule that the call broke besides its outcome; or "". */
    char broken[160];
} outcome;

typedef struct table_call {
    const char *name;
    void (*run)(boxd_box *box, const boxd_call_options *call, outcome *out);
} table_call;

extern const table_call FAULT_CALL_TABLE[FAULT_CALL_COUNT];

/* `liveness_ms` of commands and logs. */
extern int64_t fault_liveness_ms;

/* Runs a call with a behaviour of the server ("RPC/NAME" or "NAME") and a timeout. */
void fault_run(size_t call, boxd_box *box, const char *behaviour, int64_t timeout_ms, outcome *out);

#endif
