/*
 * cron.c: see cron.h. Any thread.
 */
#include "base/cron.h"

#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    DAY_SECS = 86400,
    MAX_DAYS = 8 * 366 + 1
}; /* the longest time from one 29 February to the next, as across 2100 */

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

typedef struct {
    unsigned first, last;
    /* Of first, first + 1, ...; NULL: numbers only. */
    const char *const *names;
    unsigned name_count;
} field;

/* ---- parsing ---- */

static bool parse_number(const char **text, const field *f, unsigned *out)
{
    unsigned value = 0, digits = 0;
    for (; **text >= '0' && **text <= '9' && digits < 3; digits++, (*text)++)
        value = value * 10 + (unsigned)(**text - '0');
    if (digits > 0) {
        *out = value;
        return true;
    }
    for (unsigned i = 0; i < f->name_count; i++) {
        if (strncasecmp(*text, f->names[i], 3) == 0) {
            *text += 3;
            *out = f->first + i;
            return true;
        }
    }
    return false;
}

/* Parses "*", "5" or "1-5", with an optional step; "5" with a step begins at 5. */
static bool parse_part(const char **text, const field *f, uint64_t *bits)
{
    unsigned from = f->first, to = f->last, step = 1;
    bool single = false;
    if (**text == '*') {
        (*text)++;
    } else {
        if (!parse_number(text, f, &from))
            return false;
        single = **text != '-';
        to = from;
        if (!single) {
            (*text)++;
            if (!parse_number(text, f, &to))
                return false;
        }
    }
    if (**text == '/') {
        static const field plain = {0};
        (*text)++;
        if (!parse_number(text, &plain, &step) || step == 0)
            return false;
        to = single ? f->last : to;
    }
    if (from < f->first || to > f->last || from > to)
        return false;
    for (unsigned i = from; i <= to; i += step)
        *bits |= (uint64_t)1 << i;
    return true;
}

/* Parses a field and the blanks after it. */
static bool parse_field(const char **text, const field *f, uint64_t *bits, bool *any)
{
    *bits = 0;
    *any = **text == '*';
    while (parse_part(text, f, bits)) {
        if (**text == ',') {
            (*text)++;
            continue;
        }
        size_t blanks = strspn(*text, " \t");
        *text += blanks;
        return blanks > 0 || **text == '\0';
    }
    return false;
}

bool cron_parse(const char *line, cron *out)
{
    static const field minute = {0, 59, NULL, 0}, hour = {0, 23, NULL, 0}, day = {1, 31, NULL, 0},
                       month = {1, 12, month_names, 12}, weekday = {0, 7, weekday_names, 7};
    bool any;
    line += strspn(line, " \t");
    if (!parse_field(&line, &minute, &out->minutes, &any) || !parse_field(&line, &hour, &out->hours, &any) ||
        !parse_field(&line, &day, &out->days, &out->any_day) ||
        !parse_field(&line, &month, &out->months, &any) ||
        !parse_field(&line, &weekday, &out->weekdays, &out->any_weekday) || *line != '\0')
        return false;
    if (out->weekdays & (1u << 7)) /* Sunday is 0 and 7 */
        out->weekdays |= 1;
    return true;
}

/* ---- time ---- */

static bool has(uint64_t bits, int value)
{
    return (bits >> value & 1) != 0;
}

static bool is_day(const cron *c, const struct tm *t)
{
    bool day = has(c->days, t->tm_mday), weekday = has(c->weekdays, t->tm_wday);
    if (!has(c->months, t->tm_mon + 1))
        return false;
    return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

/* The first matching minute of the day from `minute` on; -1: no match. */
static int minute_of_day(const cron *c, int minute)
{
    for (; minute < 24 * 60; minute++) {
        if (has(c->hours, minute / 60) && has(c->minutes, minute % 60))
            return minute;
    }
    return -1;
}

int64_t cron_next(const cron *c, int64_t unix_secs)
{
    int64_t next_minute = unix_secs / 60 + 1;
    int64_t midnight = next_minute * 60 / DAY_SECS * DAY_SECS;
    int minute = (int)(next_minute - midnight / 60);
    for (int days = 0; days < MAX_DAYS; days++, midnight += DAY_SECS, minute = 0) {
        time_t when = (time_t)midnight;
        struct tm day;
        if (gmtime_r(&when, &day) == NULL)
            return 0;
        int found = is_day(c, &day) ? minute_of_day(c, minute) : -1;
        if (found >= 0)
            return midnight + (int64_t)found * 60;
    }
    return 0;
}
