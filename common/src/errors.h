/*
 * errors.h: fills boxd_error. Pure; any thread.
 */
#ifndef BOXD_ERRORS_H
#define BOXD_ERRORS_H

#include <boxd/error.h>

/* Sets `error` (NULL is allowed) to a local failure, before anything was sent. Returns `status`. The message
 * is written as text_printable() writes text, whatever the arguments contain; the secrets in text of a
 * service are covered before (secrets.h). A message that does not fit ends in "...". */
boxd_status error_set(boxd_error *error, boxd_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set(), for a failure after which the request may have been sent, or was sent. */
boxd_status error_set_sent(boxd_error *error, boxd_status status, boxd_sent sent, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What is known of two requests together: sent if one was answered, not sent if neither was sent. */
boxd_sent sent_either(boxd_sent one, boxd_sent other);

/* Out of memory while doing `what`. Returns BOXD_ERR_NO_MEMORY. */
boxd_status error_no_memory(boxd_error *error, const char *what);

/* Puts `prefix` and ": " before the message. */
void error_prefix(boxd_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends to the message. */
void error_append(boxd_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, but if all does not fit, the message before it is cut, not the appended text. */
void error_append_whole(boxd_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The status for a gRPC status code (0 is BOXD_OK; unknown numbers are BOXD_ERR_FAILED). */
boxd_status error_status_of_grpc(int grpc_code);

/* The name of a gRPC status code, e.g. "NOT_FOUND". */
const char *error_grpc_name(int grpc_code);

#endif
