/*
 * process_case.h: shared by the tests of processes: a client without a network, a process, and what the
 * service and the program do with it.
 */
#ifndef PROCESS_CASE_H
#define PROCESS_CASE_H

#include "fake_call.h"
#include "fake_client.h"
#include "unit_test.h"

#include <boxd/aio/exec.h>
#include <boxd/aio/process.h>

#include <grpc/status.h>
#include <string.h>

/* The outcome of a call of the program. */
typedef struct outcome {
    int calls;
    boxd_error error;
    boxd_read_status read;
    char data[64];
    int exit_code;
    bool exit_confirmed;
    boxd_exec_result *result;
} outcome;

extern boxd_compute *compute;
extern boxd_box *box;
extern boxd_process *process;
/* Of the call that made the process. */
extern outcome opened;

/* Callbacks that fill an outcome. */
void on_process(boxd_process *p, const boxd_error *error, void *data);
void on_result(boxd_exec_result *result, const boxd_error *error, void *data);
void on_chunk(boxd_read_status status, boxd_chunk *c, const boxd_error *error, void *data);
void on_exit_code(boxd_status status, int code, bool confirmed, const boxd_error *error, void *data);
void on_done(boxd_status status, const boxd_error *error, void *data);

/* What the service does. */
void output(const char *text, bool is_stderr, int code);
void written(void);
void ended(boxd_status status, int grpc_code);
void box_is(const char *status);

/* What the program does. */
void open_client(void);
void close_client(void);

/* A process whose first message was sent. */
void start_process(const boxd_exec_options *options);
void read_any(outcome *o);
void write_text(outcome *o, const char *text);
void wait_for_exit(outcome *o);

void expect(const outcome *o, boxd_status status, const char *message);

#endif
