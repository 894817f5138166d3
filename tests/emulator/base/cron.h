/*
 * cron.h: cron lines with five fields, in UTC: minute, hour, day of the month, month, day of the week. A
 * field is
 * * or numbers, ranges and steps ("1-5,30", "*" followed by "/15"); months and days may be English names. If
 * both days are restricted, a date matches if either day matches.
 */
#ifndef EMULATOR_BASE_CRON_H
#define EMULATOR_BASE_CRON_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    /* Bit n is set: n matches. */
    uint64_t minutes, hours, days, months, weekdays;
    bool any_day, any_weekday;
} cron;

bool cron_parse(const char *line, cron *out); /* false: not a cron line */

/* The first matching time after `unix_secs`; 0: no match (30 February). */
int64_t cron_next(const cron *c, int64_t unix_secs);

#endif
