/* output.h: prints values as JSON for scripts, or as text for people. */
#ifndef BOXCTL_OUTPUT_H
#define BOXCTL_OUTPUT_H

#include "cli/run.h"

#include <jansson.h>

typedef enum cell_kind {
    CELL_TEXT,
    /* coloured */
    CELL_STATUS,
    CELL_BYTES,
    /* milliseconds since 1970 UTC, printed as "3 hours ago" */
    CELL_AGE,
    /* milliseconds since 1970 UTC, printed as a date */
    CELL_TIME,
    /* size of a box: vcpu and memory_bytes */
    CELL_SHAPE
} cell_kind;

typedef struct column {
    /* NULL ends a table */
    const char *title;
    /* member of the row's object */
    const char *key;
    cell_kind kind;
} column;

/* Prints an array of objects and releases it: as JSON with --json, only the first column with -q, else as a
 * table. Returns the exit code. */
int print_rows(const cli *c, json_t *rows, const column *columns);

/* Prints one object and releases it: as JSON with --json, only the member `key` with -q, else as `key: value`
 * lines with readable dates and sizes. Returns the exit code. */
int print_object(const cli *c, json_t *object, const char *key);

/* Prints the result of an action: `object` with --json, nothing with -q, else the formatted text. Releases
 * `object`. Returns the exit code. */
int print_done(const cli *c, json_t *object, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Prints one JSON value, on one line or on several, and releases it. Returns the exit code. */
int print_json(json_t *value, bool one_line);

/* Whether output to this stream is coloured. */
bool colours_on(FILE *stream);

/* Text as a JSON string; invalid UTF-8 is replaced. null for NULL. */
json_t *json_text(const char *text);
json_t *json_number(uint64_t number);
/* null for 0 */
json_t *json_time(int64_t unix_ms);

/* Sets a member and takes over the reference to `value`. */
void json_put(json_t *object, const char *key, json_t *value);

/* Prints formatted text as boxd_printable() writes it, so that text of the service cannot control the
 * terminal or forge a line. All that is not JSON, and not output of a command, is printed by these two. */
void print_text(FILE *to, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

/* The same on standard output, with a line end. */
void print_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "1.5 GiB" */
void format_bytes(char *to, size_t size, double bytes);

/* A box as JSON. README.md documents the keys. */
json_t *box_json(const boxd_box *box);

/* The name of a box, or its id if the name is not known. */
const char *box_label(const boxd_box *box);

#endif
