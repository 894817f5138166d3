/*
 * synthetic.h: with --synthetic-exec a handful of commands are answered without a process, so that a
 * benchmark measures the client and gRPC instead of fork, and so that 10,000 commands fit under a small limit
 * of descriptors.
 */
#ifndef EMULATOR_EXEC_SYNTHETIC_H
#define EMULATOR_EXEC_SYNTHETIC_H

#include "machine/machines.h"

extern bool synthetic_enabled;

/* True if it has taken the call over: `true`, `exit N`, `echo WORDS` without shell syntax, `cat`, `cat
 * >/dev/null`, `wc -c`, `sleep SECONDS` (may be fractional), `head -c BYTES /dev/zero`, and the same ` | tee
 * /dev/stderr`, which sends to both sides in turns. Each as it stands here: spelled otherwise, it is a real
 * process. */
bool synthetic_start(call *c, const machine *m, const BoxdPb__ExecChunk *first);

#endif
