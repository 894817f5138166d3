/*
 * failure.h: what a failed call is reported as.
 */
#ifndef DRUKBOX_FAILURE_H
#define DRUKBOX_FAILURE_H

#include "drukbox/call.h"

/* No HTTP answer came. Core thread. */
void failure_transport(const rest_call *c, const http_answer *answer, boxd_error *error);

/* An answer came that is no success: `body` is NULL when it is no JSON. Core thread. */
void failure_answer(const rest_call *c, const http_answer *answer, const json_t *body, boxd_error *error);

/* A success came that is not what is due; `key` is what it lacks, or NULL: it is of the wrong kind. */
void failure_shape(const rest_call *c, const http_answer *answer, const char *key, boxd_error *error);

/* It was stopped. */
void failure_stopped(const rest_call *c, boxd_sent sent, boxd_error *error);

#endif
