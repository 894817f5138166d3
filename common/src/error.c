/*
 * error.c: fills errors and formats their messages. Called everywhere, on any thread. Pure.
 */
#include "errors.h"

#include "printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The index is the gRPC status code. */
static const struct {
    boxd_status status;
    const char *name;
} grpc_codes[] = {
    {BOXD_OK, "OK"},
    {BOXD_ERR_FAILED, "CANCELLED"},
    {BOXD_ERR_INTERNAL, "UNKNOWN"},
    {BOXD_ERR_INVALID_ARGUMENT, "INVALID_ARGUMENT"},
    {BOXD_ERR_TIMEOUT, "DEADLINE_EXCEEDED"},
    {BOXD_ERR_NOT_FOUND, "NOT_FOUND"},
    {BOXD_ERR_ALREADY_EXISTS, "ALREADY_EXISTS"},
    {BOXD_ERR_PERMISSION_DENIED, "PERMISSION_DENIED"},
    {BOXD_ERR_QUOTA, "RESOURCE_EXHAUSTED"},
    {BOXD_ERR_FAILED_PRECONDITION, "FAILED_PRECONDITION"},
    {BOXD_ERR_FAILED, "ABORTED"},
    {BOXD_ERR_FAILED, "OUT_OF_RANGE"},
    {BOXD_ERR_UNSUPPORTED, "UNIMPLEMENTED"},
    {BOXD_ERR_INTERNAL, "INTERNAL"},
    {BOXD_ERR_CONNECTION, "UNAVAILABLE"},
    {BOXD_ERR_FAILED, "DATA_LOSS"},
    {BOXD_ERR_AUTHENTICATION, "UNAUTHENTICATED"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

boxd_status error_status_of_grpc(int grpc_code)
{
    if (grpc_code < 0 || (size_t)grpc_code >= COUNT(grpc_codes))
        return BOXD_ERR_FAILED;
    return grpc_codes[grpc_code].status;
}

const char *error_grpc_name(int grpc_code)
{
    if (grpc_code < 0 || (size_t)grpc_code >= COUNT(grpc_codes))
        return "an unknown code";
    return grpc_codes[grpc_code].name;
}

/* More than a message holds: what is cut off here would be cut off there. */
enum { RAW_SIZE = 2 * BOXD_ERROR_MESSAGE_SIZE };

/* Writes behind the first `offset` bytes of the message. Every message of both products is written here, and
 * here alone made safe to show: whatever its arguments contain. */
static void write_message(boxd_error *error, size_t offset, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void write_message(boxd_error *error, size_t offset, const char *format, va_list args)
{
    char raw[RAW_SIZE];
    memcpy(raw, error->message, offset);
    if (vsnprintf(raw + offset, sizeof raw - offset, format, args) < 0)
        raw[offset] = '\0';
    text_printable(raw, error->message, sizeof error->message);
}

static boxd_status set(boxd_error *error, boxd_status status, boxd_sent sent, const char *format,
                       va_list args) __attribute__((format(printf, 4, 0)));

static boxd_status set(boxd_error *error, boxd_status status, boxd_sent sent, const char *format,
                       va_list args)
{
    if (error) {
        *error = (boxd_error)BOXD_ERROR_INIT;
        error->status = status;
        error->sent = sent;
        write_message(error, 0, format, args);
    }
    return status;
}

boxd_status error_set(boxd_error *error, boxd_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(error, status, BOXD_SENT_NO, format, args);
    va_end(args);
    return status;
}

boxd_status error_set_sent(boxd_error *error, boxd_status status, boxd_sent sent, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(error, status, sent, format, args);
    va_end(args);
    return status;
}

boxd_sent sent_either(boxd_sent one, boxd_sent other)
{
    return one == BOXD_SENT_YES || other == BOXD_SENT_NO ? one : other;
}

boxd_status error_no_memory(boxd_error *error, const char *what)
{
    return error_set(error, BOXD_ERR_NO_MEMORY, "out of memory: %s", what);
}

void error_prefix(boxd_error *error, const char *format, ...)
{
    char old[BOXD_ERROR_MESSAGE_SIZE];
    memcpy(old, error->message, sizeof old);
    va_list args;
    va_start(args, format);
    write_message(error, 0, format, args);
    va_end(args);
    error_append(error, ": %s", old);
}

void error_append(boxd_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_message(error, strlen(error->message), format, args);
    va_end(args);
}

void error_append_whole(boxd_error *error, const char *format, ...)
{
    char raw[RAW_SIZE], appended[BOXD_ERROR_MESSAGE_SIZE], old[BOXD_ERROR_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    if (vsnprintf(raw, sizeof raw, format, args) < 0)
        raw[0] = '\0';
    va_end(args);
    text_printable(raw, appended, sizeof appended);
    memcpy(old, error->message, sizeof old);
    text_printable(old, error->message, sizeof error->message - strlen(appended));
    error_append(error, "%s", appended);
}
