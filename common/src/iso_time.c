/*
 * iso_time.c: reads and writes points in time. Called where records are filled and requests are written.
 * Pure.
 */
#include "iso_time.h"

#include "names.h"

#include <stdio.h>
#include <string.h>

#define MS_PER_S INT64_C(1000)
#define S_PER_MINUTE INT64_C(60)
#define S_PER_DAY INT64_C(86400)
#define DAYS_PER_ERA INT64_C(146097) /* 400 years */

/* Years begin in March here, so that a leap day is the last day of its year. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t of_era = year - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - DAYS_PER_ERA + 1) / DAYS_PER_ERA;
    const int64_t of_era = days - era * DAYS_PER_ERA;
    const int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    const int64_t from_march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(years + era * 400 + (*month <= 2));
}

bool iso_time_write(int64_t ms, char buffer[ISO_TIME_SIZE])
{
    const int64_t first = days_of(1, 1, 1) * S_PER_DAY * MS_PER_S;
    const int64_t end = days_of(10000, 1, 1) * S_PER_DAY * MS_PER_S;
    if (ms < first || ms >= end)
        return false;
    const int64_t since_first = ms - first;
    const int64_t day_ms = S_PER_DAY * MS_PER_S;
    int year, month, day;
    date_of(days_of(1, 1, 1) + since_first / day_ms, &year, &month, &day);
    const int of_day = (int)(since_first % day_ms);
    const int seconds = of_day / 1000;
    char fraction[12] = "";
    if (of_day % 1000)
        (void)snprintf(fraction, sizeof fraction, ".%03d000", of_day % 1000);
    (void)snprintf(buffer, ISO_TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%s+00:00", year, month, day,
                   seconds / 3600, seconds / 60 % 60, seconds % 60, fraction);
    return true;
}

/* Reads exactly `count` digits, and the character `end` after them unless `end` is NUL. */
static bool read_number(const char **text, int count, char end, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++, ++*text) {
        if (!ascii_is_digit(**text))
            return false;
        *number = *number * 10 + (**text - '0');
    }
    if (!end)
        return true;
    return *(*text)++ == end;
}

/* Reads digits after a decimal point, if there is one. */
static bool read_fraction(const char **text, int *ms)
{
    *ms = 0;
    if (**text != '.' && **text != ',')
        return true;
    int weight = 100;
    const char *first = ++*text;
    for (; ascii_is_digit(**text); ++*text, weight /= 10)
        *ms += weight * (**text - '0');
    return *text > first;
}

static bool read_offset(const char *text, int *minutes)
{
    int hours;
    const char sign = *text++;
    *minutes = 0;
    if (sign == 'Z' || sign == 'z')
        return *text == '\0';
    if ((sign != '+' && sign != '-') || !read_number(&text, 2, '\0', &hours))
        return false;
    text += *text == ':';
    if (!read_number(&text, 2, '\0', minutes) || *text || hours > 23 || *minutes > 59)
        return false;
    *minutes = (sign == '-' ? -1 : 1) * (hours * 60 + *minutes);
    return true;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Reads a date and a time of day without checking their ranges. */
typedef struct written_time {
    int year, month, day, hour, minute, second, ms, offset_minutes;
} written_time;

static bool read_date(const char **text, written_time *t)
{
    return read_number(text, 4, '-', &t->year) && read_number(text, 2, '-', &t->month) &&
           read_number(text, 2, '\0', &t->day);
}

static bool read_time_of_day(const char **text, written_time *t)
{
    return read_number(text, 2, ':', &t->hour) && read_number(text, 2, ':', &t->minute) &&
           read_number(text, 2, '\0', &t->second) && read_fraction(text, &t->ms);
}

static bool exists(const written_time *t)
{
    return t->year >= 1 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= days_in(t->year, t->month) && t->hour <= 23 && t->minute <= 59 && t->second <= 60;
}

bool iso_time_read(const char *text, int64_t *ms)
{
    written_time t;
    if (!read_date(&text, &t) || !*text || !strchr("Tt ", *text++) || !read_time_of_day(&text, &t) ||
        !read_offset(text, &t.offset_minutes) || !exists(&t))
        return false;
    const int64_t seconds = days_of(t.year, t.month, t.day) * S_PER_DAY +
                            (t.hour * 60 + t.minute - t.offset_minutes) * S_PER_MINUTE + t.second;
    *ms = seconds * MS_PER_S + t.ms;
    return true;
}

/* ---- numbers ---- */

/* From here on a number counts milliseconds. */
#define MAX_UNIX_SECONDS INT64_C(20000000000)

/* Beyond all times. */
#define MAX_WHOLE INT64_C(1000000000000000)

/* Reads digits. */
static const char *read_whole(const char *text, const char *end, int64_t *whole)
{
    *whole = 0;
    for (; text < end && ascii_is_digit(*text); text++)
        *whole = *whole < MAX_WHOLE ? *whole * 10 + (*text - '0') : MAX_WHOLE;
    return text;
}

bool iso_time_read_unix(const char *text, size_t size, int64_t *ms)
{
    const char *const end = text + size;
    char written[ISO_TIME_SIZE];
    int64_t whole, fraction = 0;
    const bool negative = text < end && *text == '-';
    const char *digits = text + (text < end && (*text == '-' || *text == '+'));
    text = read_whole(digits, end, &whole);
    if (text == digits)
        return false;
    if (text < end && *text == '.') {
        const char *first = ++text;
        int64_t weight = 100;
        for (; text < end && ascii_is_digit(*text); text++, weight /= 10)
            fraction += weight * (*text - '0');
        if (text == first)
            return false;
    }
    const int64_t total = whole > MAX_UNIX_SECONDS ? whole : whole * MS_PER_S + fraction;
    *ms = negative ? -total : total;
    return text == end && iso_time_write(*ms, written);
}
