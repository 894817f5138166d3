/* sizes.c: called by the functions that submit operations. Any thread. */
#include "boxd/client/sizes.h"

#include "errors.h"
#include "names.h"

static const struct {
    char letter;
    unsigned shift;
} units[] = {{'k', 10}, {'m', 20}, {'g', 30}, {'t', 40}};

/* Reads the digits at *next and moves *next behind them. False: no digit, or more than 64 bits. */
static bool read_number(const char **next, uint64_t *number)
{
    if (!ascii_is_digit(**next))
        return false;
    uint64_t value = 0;
    for (; ascii_is_digit(**next); (*next)++) {
        unsigned digit = (unsigned)(**next - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

/* Reads the unit at *next, moves *next behind it, and returns its power of two. 0: there is no unit. */
static unsigned read_unit(const char **next)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (ascii_to_lower(**next) == units[i].letter) {
            (*next)++;
            return units[i].shift;
        }
    return 0;
}

static bool read_size(const char *value, uint64_t *bytes)
{
    uint64_t number = 0;
    if (!read_number(&value, &number))
        return false;
    while (*value == ' ')
        value++;
    unsigned shift = read_unit(&value);
    if (ascii_to_lower(*value) == 'i')
        value++;
    if (ascii_to_lower(*value) == 'b')
        value++;
    if (*value || number > UINT64_MAX >> shift)
        return false;
    *bytes = number << shift;
    return true;
}

boxd_status size_parse(const char *value, const char *what, uint64_t *bytes, boxd_error *error)
{
    if (!value || !*value) {
        *bytes = 0;
        return BOXD_OK;
    }
    if (read_size(value, bytes))
        return BOXD_OK;
    char shown[64];
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "%s \"%s\" is not a size; give a whole number with an optional K, M, G or T, below 2^64 "
                     "bytes, such as "
                     "512M or 4G",
                     what, text_printable(value, shown, sizeof shown));
}
