/*
 * cron.h: five-field cron lines, in UTC: minute, hour, day of the month, month, day of the week. A field is *
 * or numbers, ranges and steps ("1-5,30", "*" followed by "/15"); months and days have their English names
 * too. Where both days are restricted, either will do.
 */
#ifndef EMULATOR_BASE_CRON_H
#define EMULATOR_BASE_CRON_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t minutes, hours, days, months, weekdays; /* bit n: n */
    bool any_day, any_weekday;
} cron;

bool cron_parse(const char *line, cron *out); /* false: it is no cron line */

/* The first time after `unix_secs`; 0: never (30 February). */
int64_t cron_next(const cron *c, int64_t unix_secs);

#endif
