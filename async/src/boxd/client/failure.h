/*
 * failure.h: the errors of RPCs that failed: the status, and a sentence that names the object and the next
 * step.
 *
 * All functions: core thread.
 */
#ifndef BOXD_FAILURE_H
#define BOXD_FAILURE_H

#include "boxd/client/method.h"
#include "boxd/client/request.h"
#include "grpc/rpc.h"

/* The error of an RPC that ended with another status than OK. */
void failure_of_rpc(boxd_error *error, const request *owner, const method *m, const rpc *r);

/* The error of a call that was stopped by its owner: a timeout, a cancel, a close. */
void failure_stopped(boxd_error *error, const request *owner, const method *m, boxd_sent sent);

#endif
