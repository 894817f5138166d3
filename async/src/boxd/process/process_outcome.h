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

/* Writes why the command may have failed: its shell line is longer than a box may take. False: it is not. */
bool process_describe_size(const boxd_process *p, char *why, size_t size);

/* Fills the error in which the run ends, once RPC, probe and transfers are over; sets the exit and the state
 * of the command. */
void process_get_outcome(boxd_process *p, boxd_error *error);

/* After the end of the RPC: whether the client has cancelled it, so that its command may still run, and the
 * program can ask for the state of the command. */
bool process_needs_cancel_probe(const boxd_process *p);

/* Whether the output that came for descriptors is still written after the end of the RPC: also after an
 * error, but not after a stop. */
bool process_flushes(const boxd_process *p);

#endif
