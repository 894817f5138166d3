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
#include "grpc/rpc_origin.h"

/* The error of an RPC that ended with another status than OK, or with a malformed response. */
void failure_of_rpc(boxd_error *error, const request *owner, const method *m, const rpc *r);

/* The status of that error. A status that the service did not send is never one with which a service refuses
 * a call. */
boxd_status failure_status(const rpc *r);

/* The gRPC code of that error: the one that the service sent, UNAVAILABLE if there was no connection or it
 * broke; else -1. */
int failure_grpc_code(const rpc *r);

/* Refuses a message of `size` bytes that no server accepts. `what` names the call. */
boxd_status failure_check_size(size_t size, const char *what, boxd_error *error);

/* The error of a call that was stopped by its owner: a timeout, a cancel, a close. */
void failure_stopped(boxd_error *error, const request *owner, const method *m, boxd_sent sent);

/* The same for a call that waited for a token. */
void failure_stopped_without_token(boxd_error *error, const request *owner, const method *m);

#endif
