/*
 * synthetic.h: with --synthetic-exec the emulator replies to some commands without a process, so that a
 * benchmark measures the client and gRPC instead of fork, and 10,000 commands need few descriptors.
 */
#ifndef EMULATOR_EXEC_SYNTHETIC_H
#define EMULATOR_EXEC_SYNTHETIC_H

#include "machine/machines.h"

extern bool synthetic_enabled;

/* Handles the call and returns true for `true`, `exit N`, `echo WORDS` without shell syntax, `cat`, `cat
 * >/dev/null`, `wc -c`, `sleep SECONDS` (may be fractional), `head -c BYTES /dev/zero`, and the latter with
 * ` | tee /dev/stderr`, which sends to both outputs in turns. A command with any other spelling runs as a
 * real process. */
bool synthetic_start(call *c, const machine *m, const BoxdPb__ExecChunk *first);

#endif
