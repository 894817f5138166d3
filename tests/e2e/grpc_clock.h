/*
 * grpc_clock.h: a gRPC whose monotonic clock is 5 s ahead of CLOCK_MONOTONIC, as in newer versions. The
 * program that links this has gpr_now() in the place of gRPC's own, and exports it. With a gRPC that has such
 * a clock of its own it changes nothing.
 */
#ifndef E2E_GRPC_CLOCK_H
#define E2E_GRPC_CLOCK_H

#include <stdint.h>

/* How far gRPC's monotonic clock is ahead of CLOCK_MONOTONIC. */
int64_t grpc_clock_ahead_ms(void);

#endif
