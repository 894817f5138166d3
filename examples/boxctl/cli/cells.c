/* Formats values for people: sizes, times, durations. */
#include "cli/cells.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CELL_SIZE = 96, DAY_S = 86400 };

void format_bytes(char *to, size_t size, double bytes)
{
    static const char *const UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    for (; bytes >= 1024 && unit < 4; unit++)
        bytes /= 1024;
    const long tenths = (long)(bytes * 10 + 0.5);
    snprintf(to, size, tenths < 100 && tenths % 10 != 0 ? "%.1f %s" : "%.0f %s", bytes, UNITS[unit]);
}

int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void format_age(char *to, size_t size, int64_t unix_ms)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } UNITS[] = {{INT64_C(365) * DAY_S, "year"},
                 {INT64_C(30) * DAY_S, "month"},
                 {DAY_S, "day"},
                 {3600, "hour"},
                 {60, "minute"},
                 {1, "second"}};
    const int64_t passed_ms = clock_ms(CLOCK_REALTIME) - unix_ms;
    const int64_t seconds = (llabs(passed_ms) + 500) / 1000;
    size_t i = 0;
    while (i < 5 && seconds < UNITS[i].seconds)
        i++;
    const int64_t rounding =
        passed_ms < 0 ? UNITS[i].seconds / 2 : 0; /* a new token lasts for an hour, not for 59 minutes */
    const int64_t count = seconds < 1 ? 1 : (seconds + rounding) / UNITS[i].seconds;
    snprintf(to, size, "%s%" PRId64 " %s%s%s", passed_ms < 0 ? "in " : "", count, UNITS[i].name,
             count == 1 ? "" : "s", passed_ms < 0 ? "" : " ago");
}

void format_time(char *to, size_t size, int64_t unix_ms)
{
    const time_t seconds = (time_t)(unix_ms / 1000);
    struct tm parts;
    if (!localtime_r(&seconds, &parts) || strftime(to, size, "%Y-%m-%d %H:%M:%S %Z", &parts) == 0)
        *to = '\0';
}

void format_duration(char *to, size_t size, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        char name;
    } UNITS[] = {{DAY_S, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t used = 0;
    for (size_t i = 0; i < 4 && used + 1 < size; i++) {
        const int64_t count = seconds / UNITS[i].seconds;
        seconds %= UNITS[i].seconds;
        if (count > 0 || (i == 3 && used == 0))
            used += (size_t)snprintf(to + used, size - used, "%" PRId64 "%c", count, UNITS[i].name);
    }
}

/* ---- values ---- */

size_t character_size(const char *text)
{
    const unsigned char lead = (unsigned char)*text;
    return lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

char *printable(const char *text)
{
    const size_t size = 4 * strlen(text) + 1; /* a byte becomes \xNN */
    char *shown = malloc(size);
    return shown ? (char *)(uintptr_t)boxd_printable(text, shown, size) : NULL;
}

/* "a, b" for an array of texts, "k=v, k=v" for an object of texts; other arrays and objects as JSON. */
static char *list_text(const json_t *value)
{
    char *text = NULL, *shown = NULL;
    size_t size = 0, i;
    const char *key;
    json_t *item;
    bool is_plain = true;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    json_array_foreach(value, i, item)
    {
        is_plain = is_plain && json_is_string(item);
        fprintf(to, "%s%s", i ? ", " : "", is_plain ? json_string_value(item) : "");
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, item)
    {
        is_plain = is_plain && json_is_string(item);
        fprintf(to, "%s%s=%s", ftell(to) > 0 ? ", " : "", key, is_plain ? json_string_value(item) : "");
    }
    fclose(to);
    char *json = is_plain ? NULL : json_dumps(value, JSON_COMPACT);
    if (is_plain || json)
        shown = printable(is_plain ? text : json);
    free(json);
    free(text);
    return shown;
}

/* `counts`: only the number of elements of an array or object. */
static char *value_text(const json_t *value, bool counts)
{
    char number[CELL_SIZE] = "-";
    if (json_is_string(value))
        return printable(json_string_value(value));
    if (json_is_array(value) || json_is_object(value)) {
        if (!counts)
            return list_text(value);
        snprintf(number, sizeof number, "%zu",
                 json_is_array(value) ? json_array_size(value) : json_object_size(value));
    } else if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_boolean(value)) {
        snprintf(number, sizeof number, "%s", json_is_true(value) ? "yes" : "no");
    }
    return strdup(number);
}

char *cell_text(const json_t *row, const column *spec)
{
    const json_t *value = json_object_get(row, spec->key);
    const int64_t number = json_integer_value(value);
    char text[CELL_SIZE] = "", memory[CELL_SIZE] = "";
    switch (json_is_integer(value) ? spec->kind : CELL_TEXT) {
    case CELL_BYTES:
        format_bytes(text, sizeof text, (double)number);
        break;
    case CELL_AGE:
        format_age(text, sizeof text, number);
        break;
    case CELL_TIME:
        format_time(text, sizeof text, number);
        break;
    case CELL_SHAPE:
        format_bytes(memory, sizeof memory, (double)json_integer_value(json_object_get(row, "memory_bytes")));
        snprintf(text, sizeof text, "%" PRId64 " cpu, %.40s", number, memory);
        break;
    case CELL_TEXT:
    case CELL_STATUS:
        return value_text(value, true);
    }
    return strdup(text);
}

static bool ends_in(const char *key, const char *ending, size_t *length)
{
    const size_t all = strlen(key), end = strlen(ending);
    if (all <= end || strcmp(key + all - end, ending) != 0)
        return false;
    *length = all - end;
    return true;
}

char *member_text(const char *key, const json_t *value, size_t *length)
{
    char text[CELL_SIZE] = "", age[CELL_SIZE] = "";
    const int64_t number = json_integer_value(value);
    *length = key ? strlen(key) : 0;
    if (!key || !json_is_integer(value))
        return value_text(value, false);
    if (ends_in(key, "_at_ms", length)) {
        format_time(text, sizeof text, number);
        format_age(age, sizeof age, number);
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, " (%.40s)", age);
    } else if (ends_in(key, "_bytes", length)) {
        format_bytes(text, sizeof text, (double)number);
    } else if (ends_in(key, "_ms", length)) {
        snprintf(text, sizeof text, "%" PRId64 " ms", number);
    } else if (ends_in(key, "_s", length)) {
        if (number == 0) /* the timeout of a box */
            return strdup("off");
        format_duration(text, sizeof text, number);
    } else {
        return value_text(value, false);
    }
    return strdup(text);
}
