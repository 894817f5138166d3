/*
 * time.c: times in the formats of the service, and its ids. HTTP threads.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/differ.h"
#include "drukbox/internal.h"

static int64_t wall_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t time_now(void)
{
    static int64_t last; /* under drukbox_lock */
    int64_t now = wall_us();
    last = now > last ? now : last + 1;
    return last;
}

/* Parses `count` digits. False: fewer digits. */
static bool digits(const char **text, int count, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *out = *out * 10 + (**text - '0');
    }
    return true;
}

static bool skip(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

/* Parses the digits of a fraction; those after the sixth are ignored. */
static bool fraction(const char **text, int64_t *us)
{
    int64_t unit = SECOND_US / 10;
    const char *start = *text;
    for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        *us += (**text - '0') * unit;
    return *text != start;
}

/* Parses Z, +hh:mm or +hhmm; may be absent. */
static bool offset(const char **text, int64_t *us, bool *has)
{
    int hours, minutes;
    *has = **text != '\0';
    if (!*has)
        return true;
    if (**text == 'Z' || **text == 'z') {
        (*text)++;
        return true;
    }
    int sign = **text == '-' ? -1 : 1;
    if (**text != '+' && **text != '-')
        return false;
    (*text)++;
    if (!digits(text, 2, &hours))
        return false;
    (void)skip(text, ':');
    if (!digits(text, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *us -= (int64_t)sign * (hours * 60 + minutes) * 60 * SECOND_US;
    return true;
}

static int days_in(int year, int month)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] - (month == 2 && !leap);
}

/* YYYY-MM-DD. NULL, or why it is no date. */
static const char *parse_date(const char **text, struct tm *t)
{
    static const char separator[] = "invalid date separator, expected `-`";
    int year, month;
    if (strlen(*text) < sizeof "YYYY-MM-DD" - 1)
        return "input is too short";
    if (!digits(text, 4, &year))
        return "invalid character in year";
    if (!skip(text, '-'))
        return separator;
    if (!digits(text, 2, &month))
        return "invalid character in month";
    if (!skip(text, '-'))
        return separator;
    if (!digits(text, 2, &t->tm_mday))
        return "invalid character in day";
    if (month < 1 || month > 12)
        return "month value is outside expected range of 1-12";
    if (t->tm_mday < 1 || t->tm_mday > days_in(year, month))
        return "day value is outside expected range";
    t->tm_year = year - 1900;
    t->tm_mon = month - 1;
    return NULL;
}

/* hh:mm, with optional seconds and fraction. */
static bool parse_clock(const char **text, struct tm *t, int64_t *us)
{
    if (!digits(text, 2, &t->tm_hour) || !skip(text, ':') || !digits(text, 2, &t->tm_min))
        return false;
    if (skip(text, ':') && !digits(text, 2, &t->tm_sec))
        return false;
    if ((**text == '.' || **text == ',') && ((*text)++, !fraction(text, us)))
        return false;
    return t->tm_hour <= 23 && t->tm_min <= 59 && t->tm_sec <= 59;
}

const char *time_parse(const char *text, int64_t *out, bool *has_offset)
{
    struct tm t = {0};
    int64_t us = 0;
    *has_offset = false;
    const char *problem = parse_date(&text, &t);
    if (problem != NULL)
        return problem;
    if (*text != '\0' && (strchr("Tt _", *text++) == NULL || !parse_clock(&text, &t, &us) ||
                          !offset(&text, &us, has_offset) || *text != '\0'))
        return "unexpected extra characters at the end of the input";
    *out = (int64_t)timegm(&t) * SECOND_US + us;
    return NULL;
}

json_t *time_json(int64_t time)
{
    if (time == 0)
        return json_null();
    time_t seconds = (time_t)(time / SECOND_US);
    int us = (int)(time % SECOND_US);
    if (us < 0) { /* before 1970 */
        us += (int)SECOND_US;
        seconds--;
    }
    struct tm t;
    char text[64];
    gmtime_r(&seconds, &t);
    size_t size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &t);
    if (us != 0)
        size += (size_t)snprintf(text + size, sizeof text - size, ".%06d", us);
    (void)snprintf(text + size, sizeof text - size, "%s",
                   differs(DIFFER_DRUKBOX_TIME_FORMAT) ? "+00:00" : "Z");
    return json_string(text);
}

json_t *text_json(const char *text)
{
    json_t *json = text ? json_string(text) : NULL;
    return json ? json : json_null();
}

void new_uuid7(char out[37])
{
    uint64_t ms = (uint64_t)wall_ms();
    unsigned char b[10];
    random_bytes(b, sizeof b);
    (void)snprintf(out, 37, "%08x-%04x-7%01x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned)(ms >> 16),
                   (unsigned)(ms & 0xffff), b[0] & 0xfu, b[1], (b[2] & 0x3fu) | 0x80u, b[3], b[4], b[5], b[6],
                   b[7], b[8], b[9]);
}
