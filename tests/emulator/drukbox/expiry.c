/*
 * expiry.c: reads the time at which a lease ends, in every form that the service accepts: ISO 8601 with an
 * offset, and unix seconds or milliseconds as a number or as a text of digits. HTTP threads.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drukbox/internal.h"

static const location BODY = {NULL, "body"};

/* A larger number is in milliseconds. */
#define MAX_SECONDS 2e10
/* 9999-12-31T23:59:59Z */
#define LAST_SECOND 253402300799.0

static void add_problem(drukbox_call *c, const json_t *value, const char *type, const char *kind,
                        const char *reason)
{
    const location at = {&BODY, "expires_at"};
    char *message = xprintf("Input should be a valid %s, %s", kind, reason);
    check_problem(c, &at, type, message, value, json_pack("{s:s}", "error", reason));
    free(message);
}

/* "4102444800", "+4102444800.5" */
static bool is_number(const char *text)
{
    text += *text == '-' || *text == '+';
    const size_t whole = strspn(text, "0123456789");
    const size_t part = text[whole] == '.' ? 1 + strspn(text + whole + 1, "0123456789") : 0;
    return whole > 0 && part != 1 && text[whole + part] == '\0';
}

/* False: a problem was added. */
static bool read_number(drukbox_call *c, const json_t *value, double number, int64_t *time)
{
    const double seconds = fabs(number) > MAX_SECONDS ? number / 1000 : number;
    if (seconds > LAST_SECOND) {
        add_problem(c, value, "datetime_parsing", "datetime",
                    "dates after 9999 are not supported as unix timestamps");
        return false;
    }
    *time = seconds > 0 ? (int64_t)(seconds * (double)SECOND_US) : -1;
    return true;
}

/* The same. */
static bool read_text(drukbox_call *c, const json_t *value, int64_t *time, bool *has_offset)
{
    const char *text = json_string_value(value);
    if (is_number(text))
        return read_number(c, value, strtod(text, NULL), time);
    const char *reason = time_parse(text, time, has_offset);
    if (reason != NULL)
        add_problem(c, value, "datetime_from_date_parsing", "datetime or date", reason);
    return reason == NULL;
}

int64_t check_expiry(drukbox_call *c, const json_t *object)
{
    const location at = {&BODY, "expires_at"};
    const json_t *value = json_object_get(object, "expires_at");
    int64_t time = 0;
    bool has_offset = true;
    if (value == NULL || json_is_null(value))
        return 0;
    if (!json_is_string(value) && !json_is_number(value)) {
        check_problem(c, &at, "datetime_type", "Input should be a valid datetime", value, NULL);
        return 0;
    }
    if (!(json_is_string(value) ? read_text(c, value, &time, &has_offset)
                                : read_number(c, value, json_number_value(value), &time)))
        return 0;
    if (has_offset && time / 1000 > wall_ms())
        return time;
    check_value_error(c, &at, value,
                      has_offset ? "expires_at must be in the future"
                                 : "expires_at must include a timezone offset");
    return 0;
}
