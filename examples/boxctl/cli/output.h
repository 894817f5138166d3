/* output.h: prints values as JSON for scripts, or as text for people. */
#ifndef BOXCTL_OUTPUT_H
#define BOXCTL_OUTPUT_H

#include "cli/run.h"

#include <jansson.h>
#include <time.h>

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

/* The same for a result that -q does not hide: `object` with --json, else `word`. */
int print_word(const cli *c, json_t *object, const char *word);

/* Prints a line of a result: nothing with --json or -q. */
void print_for_people(const cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints a list of texts that a box has: {"box": ..., KEY: [...]} with --json, nothing with -q, else a line
 * for each. Returns the exit code. */
int print_list_of_box(const cli *c, const char *box, const char *key, const boxd_string_list *list);

/* Prints a value with --json, else nothing, and releases it. Returns the exit code. */
int print_if_json(const cli *c, json_t *value);

/* The same for a list, unless it is empty and `code`, the exit code of the failures, is not EXIT_OK: a list
 * that failed must not look like one without entries. */
int print_list(const cli *c, json_t *rows, int code);

/* Prints an array of objects as a table. Returns the exit code. */
int print_table(const json_t *rows, const column *columns);

/* Prints one JSON value, on one line or on several, and releases it. Returns the exit code. */
int print_json(json_t *value, bool one_line);

/* Whether output to this stream is coloured. */
bool colours_on(FILE *stream);

/* Sets when output is coloured: "auto", "always" or "never". False: another word. */
bool colours_choose(const char *word);

/* Text as a JSON string; invalid UTF-8 is replaced. null for NULL. */
json_t *json_text(const char *text);
json_t *json_texts(const char *const *items, size_t count);
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

/* "1.5 GiB"; "3 hours ago" or "in 3 hours"; a date and time of this machine's zone; "1h30m" */
void format_bytes(char *to, size_t size, double bytes);
void format_age(char *to, size_t size, int64_t unix_ms);
void format_time(char *to, size_t size, int64_t unix_ms);
void format_duration(char *to, size_t size, int64_t seconds);

/* The milliseconds of a clock: of CLOCK_REALTIME since 1970 UTC. */
int64_t clock_ms(clockid_t clock);

/* ---- standard output that fails ---- */

/* Called before everything else if standard output was closed when boxctl was started. */
void output_closed_at_start(void);

/* Whether it was. */
bool output_was_closed(void);

/* From now on a write to a pipe without a reader fails instead of ending boxctl, and standard output and
 * standard error block, also if they were in non-blocking mode. */
void output_begin(void);

/* What is printed from now on is the result of an action that was carried out: output_finish() says so. */
void output_after_action(void);

/* The same after something was made whose name or id the command line does not have: output_finish() prints
 * "WHAT is NAME" if it could not be printed. */
void output_after_making(const char *what, const char *name);

/* Writes what was printed so far. False: standard output failed, now or before; output_finish() prints why. A
 * command that prints for a long time ends then. */
bool output_flush(void);

/* Why standard output has failed, for a message of the command itself. */
const char *output_problem(void);

/* Writes all bytes to a descriptor, which may be in non-blocking mode. Returns 0, or an errno value. */
int write_whole(int fd, const void *data, size_t size);

/* Whether something can be printed, as far as that is known before: standard output is open for writing and
 * has a reader. */
bool output_is_usable(void);

/* Whether standard input can be read: it was not closed when boxctl started. */
bool input_is_usable(void);

/*
 * The end of every command: prints an error if output was lost, and returns the exit code, which is `code`,
 * or `own_failure` for a command that succeeded. As in other programs, the reader of a pipe may leave early,
 * as `head` does: the exit code is then that of SIGPIPE, without a message, unless boxctl was started with
 * SIGPIPE ignored.
 */
int output_finish(int code, int own_failure);

/* Whether a call failed because the reader of our standard output has gone, as in `boxctl exec BOX yes |
 * head`. The caller then exits like a program that SIGPIPE ends, without a message. */
bool is_output_closed(const boxd_error *error);

/* A box as JSON. README.md documents the keys. */
json_t *box_json(const boxd_box *box);

/* The labels of a box as JSON. */
json_t *labels_json(const boxd_pair *const *items, size_t count);

/* The name of a box, or its id if the name is not known. */
const char *box_label(const boxd_box *box);

#endif
