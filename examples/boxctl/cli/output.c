/* Prints the same values as JSON for scripts or as tables for people. */
#include "cli/boxctl.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CELL_SIZE = 96, MAX_COLUMNS = 10 };

bool colours_on(FILE *stream)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fileno(stream)) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

/* ---- JSON ---- */

/* `text` with U+FFFD in place of bytes that are not UTF-8. The library has no public function for this. */
static json_t *repaired_text(const char *text)
{
    const size_t length = strlen(text);
    char *repaired = malloc(length * 3 + 1), *to = repaired;
    for (size_t i = 0; repaired && i < length;) {
        size_t take = 0;
        for (size_t n = 1; n <= 4 && n <= length - i && !take; n++) {
            json_t *one = json_stringn(text + i, n);
            take = one ? n : 0;
            json_decref(one);
        }
        memcpy(to, take ? text + i : "\xEF\xBF\xBD", take ? take : 3);
        to += take ? take : 3;
        i += take ? take : 1;
    }
    json_t *value = repaired ? json_stringn(repaired, (size_t)(to - repaired)) : NULL;
    free(repaired);
    return value;
}

json_t *json_text(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();
    return value || !text ? value : repaired_text(text);
}

json_t *json_number(uint64_t number)
{
    return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

json_t *json_time(int64_t unix_ms)
{
    return unix_ms > 0 ? json_integer(unix_ms) : json_null();
}

void json_put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

/* Writes a character that boxd_printable() shows as `shown` as JSON writes it. */
static void put_escape(const char *shown)
{
    const unsigned long code = strtoul(shown + 2, NULL, 16);
    if (code < 0x10000)
        printf("\\u%04lX", code);
    else
        printf("\\u%04lX\\u%04lX", 0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF));
}

/* Writes JSON in which the characters that are not safe to show are escaped: it reads as the same value. JSON
 * has escaped the control characters below U+0020; line ends stand between its tokens. */
static void put_json(const char *text)
{
    while (*text) {
        const unsigned char lead = (unsigned char)*text;
        const size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        char one[5] = "", shown[16];
        memcpy(one, text, size);
        boxd_printable(one, shown, sizeof shown);
        if (*text == '\n' || strcmp(one, shown) == 0)
            fputs(one, stdout);
        else
            put_escape(shown);
        text += size;
    }
}

int print_json(json_t *value, bool one_line)
{
    char *text = json_dumps(value, (one_line ? JSON_COMPACT : JSON_INDENT(2)) | JSON_ENCODE_ANY);
    json_decref(value);
    if (text)
        put_json(text);
    const bool written = text && putchar('\n') != EOF && fflush(stdout) == 0 && !ferror(stdout);
    free(text);
    return written ? EXIT_OK : cli_error(EXIT_FAILED, "cannot write the output");
}

/* ---- text ---- */

void print_text(FILE *to, const char *format, va_list arguments)
{
    enum { MAX_GROWTH = 4 }; /* a byte becomes \xNN */
    char *raw = NULL;
    if (vasprintf(&raw, format, arguments) < 0)
        return;
    const size_t size = MAX_GROWTH * strlen(raw) + 1;
    char *text = malloc(size);
    if (text)
        fputs(boxd_printable(raw, text, size), to);
    free(text);
    free(raw);
}

void print_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_text(stdout, format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* ---- cells ---- */

void format_bytes(char *to, size_t size, double bytes)
{
    static const char *const UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    for (; bytes >= 1024 && unit < 4; unit++)
        bytes /= 1024;
    const long tenths = (long)(bytes * 10 + 0.5);
    snprintf(to, size, tenths < 100 && tenths % 10 != 0 ? "%.1f %s" : "%.0f %s", bytes, UNITS[unit]);
}

static void format_age(char *to, int64_t unix_ms)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } UNITS[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    const int64_t seconds = (int64_t)time(NULL) - unix_ms / 1000;
    size_t i = 0;
    while (i < 3 && seconds < UNITS[i].seconds)
        i++;
    const int64_t count = seconds < 1 ? 1 : seconds / UNITS[i].seconds;
    snprintf(to, CELL_SIZE, "%" PRId64 " %s%s ago", count, UNITS[i].name, count == 1 ? "" : "s");
}

static void format_time(char *to, int64_t unix_ms)
{
    const time_t seconds = (time_t)(unix_ms / 1000);
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) || strftime(to, CELL_SIZE, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        *to = '\0';
}

static void format_value(char *to, const json_t *value)
{
    if (json_is_string(value))
        boxd_printable(json_string_value(value), to, CELL_SIZE);
    else if (json_is_integer(value))
        snprintf(to, CELL_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        snprintf(to, CELL_SIZE, "%s", json_is_true(value) ? "yes" : "no");
    else if (json_is_array(value) || json_is_object(value))
        snprintf(to, CELL_SIZE, "%zu",
                 json_is_array(value) ? json_array_size(value) : json_object_size(value));
    else
        snprintf(to, CELL_SIZE, "-");
}

static void format_cell(char *to, const json_t *row, const column *spec)
{
    const json_t *value = json_object_get(row, spec->key);
    const int64_t number = json_integer_value(value);
    char text[CELL_SIZE] = "";
    *to = '\0';
    switch (json_is_integer(value) ? spec->kind : CELL_TEXT) {
    case CELL_BYTES:
        format_bytes(to, CELL_SIZE, (double)number);
        break;
    case CELL_AGE:
        format_age(to, number);
        break;
    case CELL_TIME:
        format_time(to, number);
        break;
    case CELL_SHAPE:
        format_bytes(text, sizeof text, (double)json_integer_value(json_object_get(row, "memory_bytes")));
        snprintf(to, CELL_SIZE, "%" PRId64 " cpu, %.40s", number, text);
        break;
    case CELL_TEXT:
    case CELL_STATUS:
        format_value(to, value);
        break;
    }
}

/* ---- tables ---- */

static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static const char *colour_of(const column *spec, const char *text)
{
    if (spec->kind != CELL_STATUS)
        return "";
    if (strcmp(text, "running") == 0 || strcmp(text, "ready") == 0 || strcmp(text, "active") == 0 ||
        strcmp(text, "ok") == 0)
        return "\033[32m";
    return strcmp(text, "failed") == 0 || strcmp(text, "error") == 0 ? "\033[31m" : "\033[33m";
}

static void print_cell(const char *text, int width, const char *colour, bool last)
{
    printf("%s%s%s", colour, text, *colour ? "\033[0m" : "");
    if (last)
        putchar('\n');
    else
        printf("%*s", width - width_of(text) + 2, "");
}

static void print_table(const json_t *rows, const column *columns)
{
    int widths[MAX_COLUMNS] = {0};
    const bool coloured = colours_on(stdout);
    char text[CELL_SIZE] = "";
    size_t i;
    json_t *row;
    for (int k = 0; columns[k].title; k++) {
        widths[k] = width_of(columns[k].title);
        json_array_foreach(rows, i, row)
        {
            format_cell(text, row, &columns[k]);
            widths[k] = width_of(text) > widths[k] ? width_of(text) : widths[k];
        }
    }
    for (int k = 0; columns[k].title; k++)
        print_cell(columns[k].title, widths[k], coloured ? "\033[1m" : "", !columns[k + 1].title);
    json_array_foreach(rows, i, row) for (int k = 0; columns[k].title; k++)
    {
        format_cell(text, row, &columns[k]);
        print_cell(text, widths[k], coloured ? colour_of(&columns[k], text) : "", !columns[k + 1].title);
    }
}

static void print_first_column(const json_t *rows, const column *columns)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
        print_line("%s", json_string_value(json_object_get(row, columns[0].key)));
}

int print_rows(const cli *c, json_t *rows, const column *columns)
{
    if (c->json)
        return print_json(rows, false);
    if (c->quiet)
        print_first_column(rows, columns);
    else
        print_table(rows, columns);
    json_decref(rows);
    return EXIT_OK;
}

/* ---- one object ---- */

static bool is_empty(const json_t *value)
{
    return json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* Formats a number with the unit that its key ends in. Returns the length of the key without the unit. */
static size_t format_measure(char *to, const char *key, int64_t number)
{
    static const struct {
        const char *ending;
        cell_kind kind;
        const char *unit;
    } MEASURES[] = {{"_at_ms", CELL_TIME, ""},
                    {"_bytes", CELL_BYTES, ""},
                    {"_ms", CELL_TEXT, "ms"},
                    {"_s", CELL_TEXT, "s"}};
    const size_t length = strlen(key);
    for (size_t i = 0; i < sizeof MEASURES / sizeof *MEASURES; i++) {
        const size_t end = strlen(MEASURES[i].ending);
        if (length <= end || strcmp(key + length - end, MEASURES[i].ending) != 0)
            continue;
        if (MEASURES[i].kind == CELL_TIME)
            format_time(to, number);
        else if (MEASURES[i].kind == CELL_BYTES)
            format_bytes(to, CELL_SIZE, (double)number);
        else if (number == 0 && *MEASURES[i].unit == 's') /* the timeout of a box */
            snprintf(to, CELL_SIZE, "off");
        else
            snprintf(to, CELL_SIZE, "%" PRId64 " %s", number, MEASURES[i].unit);
        return length - end;
    }
    snprintf(to, CELL_SIZE, "%" PRId64, number);
    return length;
}

/* Prints `key: value`, or only the value if `key` is NULL. Arrays and objects are printed as JSON. */
static void print_member(const char *key, json_t *value)
{
    char cell[CELL_SIZE] = "";
    size_t length = key ? strlen(key) : 0;
    if (key && json_is_integer(value))
        length = format_measure(cell, key, json_integer_value(value));
    else if (!json_is_string(value))
        format_value(cell, value);
    if (key)
        printf("%.*s:%*s", (int)length, key, (int)(length < 26 ? 26 - length : 1), "");
    if (json_is_array(value) || json_is_object(value))
        print_json(json_incref(value), true);
    else
        print_line("%s", json_is_string(value) ? json_string_value(value) : cell);
}

int print_object(const cli *c, json_t *object, const char *key)
{
    if (c->json)
        return print_json(object, false);
    const char *name;
    json_t *value;
    if (c->quiet)
        print_member(NULL, json_object_get(object, key));
    else
        json_object_foreach(object, name, value) if (!is_empty(value)) print_member(name, value);
    json_decref(object);
    return EXIT_OK;
}

int print_done(const cli *c, json_t *object, const char *format, ...)
{
    if (c->json)
        return print_json(object, false);
    json_decref(object);
    if (c->quiet)
        return EXIT_OK;
    va_list arguments;
    va_start(arguments, format);
    print_text(stdout, format, arguments);
    va_end(arguments);
    putchar('\n');
    return EXIT_OK;
}
