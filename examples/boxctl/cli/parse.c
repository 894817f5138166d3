/* Reads the values that people type, and finds the word that a mistyped word may mean. */
#include "cli/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool parse_number(const char *text, int64_t max, int64_t *number)
{
    char *end = NULL;
    errno = 0;
    const long long value = isdigit((unsigned char)*text) ? strtoll(text, &end, 10) : -1;
    if (errno != 0 || value < 0 || value > max || *end)
        return false;
    *number = value;
    return true;
}

bool parse_port(const char *text, uint32_t *port)
{
    int64_t number = 0;
    const bool is_port = parse_number(text, UINT16_MAX, &number) && number > 0;
    *port = (uint32_t)number;
    return is_port;
}

const char *remote_part(const char *word)
{
    const char *colon = strchr(word, ':'), *slash = strchr(word, '/');
    return colon && colon > word && (!slash || colon < slash) ? colon + 1 : NULL;
}

/* ---- durations ---- */

static const struct {
    const char *name;
    int64_t ms;
} UNITS[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

/* The unit at the beginning of `*text`, which is moved behind it. 0: there is none. */
static int64_t read_unit(const char **text)
{
    size_t length = 0;
    while (isalpha((unsigned char)(*text)[length]))
        length++;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (strlen(UNITS[i].name) == length && strncmp(*text, UNITS[i].name, length) == 0) {
            *text += length;
            return UNITS[i].ms;
        }
    return 0;
}

/* Reads "12.5" as a whole number and as billionths. */
static bool read_decimal(const char **text, int64_t *whole, int64_t *billionths)
{
    const char *at = *text;
    *whole = *billionths = 0;
    if (!isdigit((unsigned char)*at))
        return false;
    for (; isdigit((unsigned char)*at); at++) {
        *whole = *whole * 10 + (*at - '0');
        if (*whole > INT32_MAX * INT64_C(1000))
            return false;
    }
    if (*at == '.') {
        int64_t place = 100000000;
        for (at++; isdigit((unsigned char)*at); at++, place /= 10)
            *billionths += (*at - '0') * place;
    }
    *text = at;
    return true;
}

bool parse_duration(const char *text, int64_t *duration_ms)
{
    int64_t sum = 0, last_unit = INT64_MAX;
    do {
        int64_t whole, billionths;
        if (!read_decimal(&text, &whole, &billionths))
            return false;
        const bool is_bare = !*text && last_unit == INT64_MAX;
        const int64_t unit = is_bare ? 1000 : read_unit(&text);
        const int64_t fraction = billionths / 1000 * unit; /* millionths of a millisecond */
        if (unit == 0 || unit >= last_unit || billionths % 1000 != 0 || fraction % 1000000 != 0)
            return false;
        if (whole > INT32_MAX * INT64_C(1000) / unit)
            return false;
        sum += whole * unit + fraction / 1000000;
        last_unit = unit;
    } while (*text);
    if (sum > INT32_MAX * INT64_C(1000))
        return false;
    *duration_ms = sum;
    return true;
}

/* ---- similar words ---- */

enum { MAX_WORD = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t edit_distance(const char *a, const char *b)
{
    const size_t rows = strlen(a), columns = strlen(b);
    size_t d[MAX_WORD + 1][MAX_WORD + 1];
    if (rows > MAX_WORD || columns > MAX_WORD)
        return MAX_WORD;
    for (size_t i = 0; i <= rows; i++)
        d[i][0] = i;
    for (size_t k = 0; k <= columns; k++)
        d[0][k] = k;
    for (size_t i = 1; i <= rows; i++)
        for (size_t k = 1; k <= columns; k++) {
            d[i][k] = least(d[i - 1][k - 1] + (a[i - 1] != b[k - 1]), least(d[i - 1][k], d[i][k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
        }
    return d[rows][columns];
}

const char *most_similar(const char *word, const char *const *words)
{
    const char *best = NULL;
    size_t limit = strlen(word) < 5 ? 1 : strlen(word) < 8 ? 2 : 3;
    for (; *words; words++) {
        const size_t distance = edit_distance(word, *words);
        if (distance <= limit && distance < strlen(*words)) {
            best = distance < limit || !best ? *words : best;
            limit = distance;
        }
    }
    return best;
}
