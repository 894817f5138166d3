/*
 * process_outcome.h: what a process has ended in: from the end of the RPC, the exit, the stop and the failure
 * of this side. It decides nothing and changes the exit and the state of the command only. Core thread.
 */
#ifndef BOXD_PROCESS_OUTCOME_H
#define BOXD_PROCESS_OUTCOME_H

#include "boxd/process/process_state.h"

/* Writes what is known of the command into the error of a call about it. */
void process_describe(const boxd_process *p, boxd_error *error);

/* What the run ends in, once RPC, probe and transfers are over; sets the exit and the state of the command.
 */
void process_get_outcome(boxd_process *p, boxd_error *error);

/* Whether the output that came for descriptors is still written after the end of the RPC: also after an
 * error, but not after a stop. */
bool process_flushes(const boxd_process *p);

#endif
