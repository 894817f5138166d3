/*
 * live.c: what a check calls: see live.h. On the thread of the checks.
 */
#include "live.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "evidence.h"

__attribute__((format(printf, 3, 0))) static void append(char *text, size_t size, const char *format,
                                                         va_list args)
{
    const size_t length = strlen(text);
    (void)vsnprintf(text + length, size - length, format, args);
}

void live_see(live *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    append(l->seen, sizeof l->seen, format, args);
    va_end(args);
}

void live_skip(live *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (l->skipped[0] == '\0')
        append(l->skipped, sizeof l->skipped, format, args);
    va_end(args);
}

void live_note(live *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    evidence_line(l->evidence, format, args);
    va_end(args);
}

const char *live_code_name(int code)
{
    static const char *const names[] = {
        "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED"};
    return code >= 0 && (size_t)code < sizeof names / sizeof names[0] ? names[code] : "a code without a name";
}

void live_see_error(live *l, const boxd_error *error)
{
    live_note(l, "error: %s", error->message);
    if (error->status == BOXD_ERR_CANCELLED)
        live_skip(l, "interrupted");
    else if (error->grpc_code < 0 && error->http_status == 0 &&
             (error->status == BOXD_ERR_CONNECTION || error->status == BOXD_ERR_TIMEOUT))
        live_skip(l, "no answer: %.300s", error->message);
    else if (error->grpc_code >= 0)
        live_see(l, "%s", live_code_name(error->grpc_code));
    else if (error->http_status > 0)
        live_see(l, "HTTP %d", error->http_status);
    else
        live_see(l, "%s", boxd_status_name(error->status));
}

bool live_matches(const char *pattern, const char *text)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    const bool found = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

const char *live_name(const live *l, const char *what)
{
    static char names[4][64];
    static unsigned next;
    char *name = names[next++ % 4];
    (void)snprintf(name, sizeof names[0], "%s-%s", l->settings->prefix, what);
    return name;
}

bool live_intend(live *l, const char *kind, const char *name)
{
    if (boxd_cancel_token_is_cancelled(l->cancel))
        live_skip(l, "interrupted");
    else if (journal_add(l->journal, kind, name))
        return true;
    live_skip(l, "the journal cannot be written");
    return false;
}

bool live_made(live *l, const char *kind, const char *id)
{
    if (journal_add(l->journal, kind, id))
        return true;
    live_skip(l, "the journal cannot be written");
    return false;
}

void live_answered(live *l, const char *name, const boxd_error *error)
{
    if (error == NULL || error->sent != BOXD_SENT_UNKNOWN)
        (void)journal_add(l->journal, "answered", name);
}

static bool take(live *l, unsigned *used, unsigned limit, const char *what)
{
    if (*used >= limit) {
        live_skip(l, "the budget of %u %s is used up", limit, what);
        return false;
    }
    (*used)++;
    return true;
}

bool live_take_box(live *l)
{
    return take(l, &l->used.boxes, l->product->budget.boxes, l->product->box_name);
}

bool live_take_disk(live *l)
{
    return take(l, &l->used.disks, l->product->budget.disks, "disks");
}

bool live_take_exchange(live *l)
{
    return take(l, &l->used.exchanges, l->product->budget.exchanges, "token exchanges");
}
