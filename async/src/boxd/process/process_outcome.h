/*
 * process_outcome.h: the outcome of a process, derived from the end of the RPC, the exit, the stop and
 * the failure on this side. It makes no decisions, and changes only the exit and the state of the
 * command. Core thread.
 */
#ifndef BOXD_PROCESS_OUTCOME_H
#define BOXD_PROCESS_OUTCOME_H

#include "boxd/process/process_state.h"

/* Writes the known state of the command into the error of a call on it. */
void process_describe(const boxd_process *p, boxd_error *error);

/* Fills the error in which the run ends, once RPC, probe and transfers are over; sets the exit and the state
 * of the command. */
void process_get_outcome(boxd_process *p, boxd_error *error);

/* Whether the output that came for descriptors is still written after the end of the RPC: also after an
 * error, but not after a stop. */
bool process_flushes(const boxd_process *p);

#endif
