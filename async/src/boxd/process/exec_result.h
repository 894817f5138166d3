/*
 * exec_result.h: the result of a command that has ended: its exit and the output that was kept. Core thread.
 */
#ifndef BOXD_EXEC_RESULT_H
#define BOXD_EXEC_RESULT_H

#include "boxd/process/command_exit.h"
#include "boxd/process/output.h"
#include "core/sink.h"

/* boxd_exec_result_cb */
extern const result_type RESULT_EXEC;

/* Takes what `o` has kept. Copies `warning`, which may be NULL. NULL: out of memory. */
boxd_exec_result *exec_result_new(output *o, const command_exit *e, const char *warning);

#endif
