/* Compares the outcome of a call with its row of the fault table. Called by the workers of table_test.c. */
#include "fault_case.h"
#include "table.h"

#include <stdio.h>

static bool is_listed(const fault_row *row, boxd_status status)
{
    if (status == BOXD_OK)
        return row->or_ok || row->statuses[0] == BOXD_OK;
    for (size_t i = 0; i < STATUSES_MAX && row->statuses[i] != BOXD_OK; i++)
        if (row->statuses[i] == status)
            return true;
    return false;
}

/* The size of a character of UTF-8 by its first byte; 0: no character begins so. */
static size_t size_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* A control character, or one that changes the direction of the text after it. */
static bool is_control(const unsigned char *at)
{
    const unsigned value = at[0] < 0x80 ? at[0] : (unsigned)at[0] << 16 | (unsigned)at[1] << 8 | at[2];
    return value < 0x20 || value == 0x7F || (at[0] == 0xC2 && at[1] < 0xA0) ||
           (value >= 0xE280AA && value <= 0xE280AE) || (value >= 0xE281A6 && value <= 0xE281A9);
}

/* The length of a printable character; 0: no valid or no printable one. */
static size_t printable(const unsigned char *at)
{
    const size_t size = size_of(at[0]);
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return size == 0 || is_control(at) ? 0 : size;
}

static bool is_printable(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        const size_t size = printable(at);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

/* The rules for the state of a command after a failed call. */
static const char *broken_rule_of_command(const boxd_error *error)
{
    if (error->command == BOXD_COMMAND_NONE)
        return "the command has no state";
    if (error->sent == BOXD_SENT_NO && error->command != BOXD_COMMAND_NOT_STARTED)
        return "the request was not sent, but its command was started";
    if (error->command == BOXD_COMMAND_NOT_STARTED && error->has_exit_code)
        return "a command that was not started has an exit code";
    if (error->retryable && error->command != BOXD_COMMAND_NOT_STARTED)
        return "a command that may have run is retryable";
    return NULL;
}

/* The rules for every failed call. */
static const char *broken_rule(const boxd_error *error, bool command)
{
    if (!*error->message)
        return "there is no message";
    if (!is_printable(error->message))
        return "the message is not printable UTF-8";
    if (strstr(error->message, FAULT_TOKEN))
        return "the message shows the token";
    if (error->grpc_code < -1 || error->grpc_code > 16)
        return "there is no such grpc_code";
    return command ? broken_rule_of_command(error) : NULL;
}

/* Whether a call changes something that must not happen twice. */
static bool is_unsafe_to_repeat(const boxd_error *error)
{
    return error->retryable && error->sent != BOXD_SENT_NO && error->status != BOXD_ERR_QUOTA;
}

static bool has_codes(const fault_row *row, const boxd_error *error)
{
    return (row->grpc_code == ANY_CODE || row->grpc_code == error->grpc_code) &&
           (row->http_status == 0 || row->http_status == error->http_status);
}

static const char *wrong_failure(const fault_row *row, const boxd_error *error, size_t call)
{
    const bool command = (COMMANDS >> call) & 1;
    const char *broken = broken_rule(error, command);
    if (broken)
        return broken;
    if (((CREATE | RPC) >> call & 1) && is_unsafe_to_repeat(error))
        return "a call that may have had its effect is retryable";
    if (!has_codes(row, error))
        return "wrong grpc_code or http_status";
    if (!(row->sent & 1u << error->sent))
        return "wrong sent";
    if (command && row->states != ANY_STATE && !(row->states & 1u << error->command))
        return "wrong state of the command";
    if (row->text && !strstr(error->message, row->text))
        return "a text is missing in the message";
    if (row->not_text && strstr(error->message, row->not_text))
        return "the message has a wrong text";
    return NULL;
}

static const char *wrong_result(const fault_row *row, const outcome *out, bool command)
{
    if (command && row->exit_code != ANY_EXIT && row->exit_code != out->exit_code)
        return "wrong exit code";
    if (command && row->confirmed >= 0 && out->confirmed >= 0 && row->confirmed != out->confirmed)
        return "wrong exit_confirmed";
    if (row->bytes >= 0 && (size_t)row->bytes != out->bytes)
        return "wrong number of bytes";
    return NULL;
}

bool fault_judge(const fault_row *row, size_t call, const outcome *out, char *why, size_t size)
{
    const boxd_error *error = &out->error;
    const bool command = (COMMANDS >> call) & 1;
    const char *wrong = *out->broken ? out->broken : NULL;
    if (!wrong && !is_listed(row, error->status))
        wrong = "wrong status";
    if (!wrong && error->status != BOXD_OK && ((STREAM | LOGS) >> call & 1) && row->bytes >= 0 &&
        (size_t)row->bytes != out->bytes)
        wrong = "output that came before the error is missing";
    if (!wrong)
        wrong = error->status == BOXD_OK ? wrong_result(row, out, command) : wrong_failure(row, error, call);
    if (wrong)
        (void)snprintf(why, size,
                       "%s: %s, grpc_code %d, http_status %d, sent %d, command %d, exit code %d, confirmed "
                       "%d, %zu bytes: %.200s",
                       wrong, boxd_status_name(error->status), error->grpc_code, error->http_status,
                       (int)error->sent, (int)error->command, out->exit_code, out->confirmed, out->bytes,
                       error->message);
    return !wrong;
}
