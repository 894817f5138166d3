/* Reads times as RFC 3339 writes them: of the option --since, and at the beginning of lines of a log. */
#include "run/time.h"

#include <string.h>
#include <time.h>

typedef struct scanner {
    const char *text;
    size_t size, at;
} scanner;

/* Reads a number of exactly `digits` digits, behind `before` (0: nothing). Reads nothing if there is none. */
static bool scan(scanner *s, const char *before, size_t digits, int min, int max, int *number)
{
    const size_t start = s->at + (before != NULL);
    int value = 0;
    if (start + digits > s->size || (before && !strchr(before, s->text[s->at])))
        return false;
    for (size_t i = 0; i < digits; i++) {
        const char digit = s->text[start + i];
        if (digit < '0' || digit > '9')
            return false;
        value = value * 10 + (digit - '0');
    }
    if (value < min || value > max)
        return false;
    *number = value;
    s->at = start + digits;
    return true;
}

/* Milliseconds of ".25" or ",250123". */
static int scan_fraction(scanner *s)
{
    int ms = 0, place = 100;
    if (s->at + 1 >= s->size || !strchr(".,", s->text[s->at]))
        return 0;
    size_t at = s->at + 1;
    for (; at < s->size && s->text[at] >= '0' && s->text[at] <= '9'; at++, place /= 10)
        ms += (s->text[at] - '0') * place;
    s->at = at > s->at + 1 ? at : s->at;
    return ms;
}

/* The offset of the zone in seconds. False: there is no zone. */
static bool scan_zone(scanner *s, int64_t *offset_s)
{
    int hours = 0, minutes = 0;
    *offset_s = 0;
    if (s->at < s->size && strchr("Zz", s->text[s->at])) {
        s->at++;
        return true;
    }
    const int sign = s->at < s->size && s->text[s->at] == '-' ? -1 : 1;
    if (!scan(s, "+-", 2, 0, 23, &hours))
        return false;
    if (!scan(s, ":", 2, 0, 59, &minutes))
        (void)scan(s, NULL, 2, 0, 59, &minutes);
    *offset_s = (int64_t)sign * (hours * 3600 + minutes * 60);
    return true;
}

size_t time_parse(const char *text, size_t size, bool date_alone, bool local, int64_t *unix_ms)
{
    scanner s = {text, size, 0};
    struct tm parts = {.tm_isdst = -1};
    int year = 0, month = 0, ms = 0;
    int64_t offset_s = 0;
    if (!scan(&s, NULL, 4, 1970, 9999, &year) || !scan(&s, "-", 2, 1, 12, &month) ||
        !scan(&s, "-", 2, 1, 31, &parts.tm_mday))
        return 0;
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    if (!scan(&s, "Tt ", 2, 0, 23, &parts.tm_hour) && !date_alone)
        return 0;
    if (parts.tm_hour > 0 || s.at > 10) {
        if (!scan(&s, ":", 2, 0, 59, &parts.tm_min))
            return 0;
        if (scan(&s, ":", 2, 0, 60, &parts.tm_sec))
            ms = scan_fraction(&s);
    }
    const bool has_zone = scan_zone(&s, &offset_s);
    const time_t seconds = has_zone || !local ? timegm(&parts) : mktime(&parts);
    *unix_ms = ((int64_t)seconds - offset_s) * 1000 + ms;
    return s.at;
}
