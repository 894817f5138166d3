/*
 * deadline.h: deadlines of this library as deadlines of gRPC.
 */
#ifndef BOXD_GRPC_DEADLINE_H
#define BOXD_GRPC_DEADLINE_H

#include <grpc/support/time.h>
#include <stdint.h>

/* gRPC's monotonic clock has a zero of its own: from version 1.56 on it is 5 s ahead of CLOCK_MONOTONIC. So
 * the time that is left until `deadline_ns` is added to gRPC's own time. Every deadline that gRPC gets is
 * made here. Any thread. */
gpr_timespec deadline_for_grpc(int64_t deadline_ns);

#endif
