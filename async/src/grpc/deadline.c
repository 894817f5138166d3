/*
 * deadline.c: deadlines of this library as deadlines of gRPC. Called by cq.c and rpc.c, on the core thread.
 */
#include "grpc/deadline.h"

#include "core/clock.h"

gpr_timespec deadline_for_grpc(int64_t deadline_ns)
{
    if (deadline_ns == CLOCK_NEVER)
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    const gpr_timespec left = gpr_time_from_nanos(deadline_ns - clock_now(), GPR_TIMESPAN);
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), left);
}
