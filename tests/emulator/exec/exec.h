/*
 * exec.h: the RPCs that run commands or show their output: Exec and StreamLogs, with the machines' main
 * processes.
 */
#ifndef EMULATOR_EXEC_EXEC_H
#define EMULATOR_EXEC_EXEC_H

#include "machine/machines.h"
#include "rpc/methods.h"

extern const rpc_handler exec_rpcs[], log_rpcs[];
extern const machine_extension exec_extension, main_process_extension;

#endif
