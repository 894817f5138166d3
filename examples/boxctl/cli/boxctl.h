/*
 * boxctl.h: declarations that the parts of boxctl share.
 *
 * A command is a row of data (`command`): its name, its arguments, a table of its options, and a function.
 * main.c finds the row, options.c reads the options and writes the help, the function makes a JSON value, and
 * output.c prints this value as JSON (--json) or as a table. Everything runs on the main thread, unless a
 * comment says otherwise.
 */
#ifndef BOXCTL_H
#define BOXCTL_H

#include <boxd/boxd.h>
#include <jansson.h>

#include <stdarg.h>
#include <stdio.h>

/* ---- exit codes; `boxctl --help` documents them ---- */

enum {
    EXIT_OK = 0,
    /* the service refused the request, or another error occurred */
    EXIT_FAILED = 1,
    /* the command line is wrong */
    EXIT_USAGE = 2,
    EXIT_NOT_FOUND = 3,
    EXIT_AUTH = 4,
    EXIT_CONNECTION = 5,
    EXIT_TIMEOUT = 6,
    /* of exec and shell: boxctl itself failed, not the command in the box */
    EXIT_BOXCTL = 125,
    /* plus the number of the signal: 130 is Ctrl-C */
    EXIT_SIGNAL = 128
};

/* ---- one run of the program ---- */

struct command;

typedef struct cli {
    const struct command *command;
    bool json, quiet;
    /* or NULL */
    const char *api_url;
    /* 0: the default of each call */
    int64_t timeout_ms;
    boxd_compute *compute;
    /* fired by Ctrl-C */
    boxd_cancel_token *cancel;
} cli;

/* Returns the client; opens it at the first call. From then on SIGINT, SIGTERM and SIGHUP cancel the calls.
 * NULL: the error was printed, and `*code` is the exit code. */
boxd_compute *cli_open(cli *c, int *code);

/* The options for every call: --timeout, and the cancel token. */
boxd_call_options cli_call(const cli *c);

/* Closes the client. */
void cli_close(cli *c);

/* A handle of the box with this name or id. NULL: the error was printed, and `*code` is the exit code. */
boxd_box *cli_box(cli *c, const char *name_or_id, int *code);

/* Writes a message of the library with the names of boxctl's commands, options and variables in place of C
 * functions and options. Returns `text`. */
const char *cli_adapt(const char *message, char *text, size_t size);

/* Prints why a call failed and returns the exit code for it. */
int cli_report(const cli *c, const boxd_error *error);

/* Whether a call failed because the reader of our standard output has gone, as in `boxctl exec BOX yes |
 * head`. The caller then exits like a program that SIGPIPE ends, without a message. */
bool is_output_closed(const boxd_error *error);

/* Prints "boxctl: " and the message, and returns `code`. */
int cli_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints an error in the command line and how to get help. Returns the exit code. */
int cli_usage_error(const cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints a note that is not an error to standard error, unless -q was given. */
void cli_note(const cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The signal that asked the program to end, or 0. */
int interrupted_by(void);

/* From now on SIGINT, SIGTERM and SIGHUP fire `cancel`. A second signal ends the program at once; so do two
 * seconds. Call it before any thread is started. */
bool interrupt_begin(boxd_cancel_token *cancel);
void interrupt_end(void);

/* ---- commands ---- */

typedef enum option_kind {
    /* bool * */
    OPTION_SWITCH,
    /* const char ** */
    OPTION_TEXT,
    /* int64_t *, not negative */
    OPTION_NUMBER,
    /* int64_t *, not negative; BOXD_NEVER for "never" */
    OPTION_SECONDS,
    /* string_list *, repeatable */
    OPTION_LIST
} option_kind;

typedef struct option_row {
    /* NULL ends a table */
    const char *name;
    /* or 0 */
    char letter;
    option_kind kind;
    void *target;
    /* the name of the value in the help, or NULL */
    const char *value;
    const char *help;
} option_row;

/* The values of a repeatable option, NULL-terminated; `items` is NULL if the option was not given. */
typedef struct string_list {
    size_t count;
    const char **items;
} string_list;

/* A command is one row of a table. Members that are not set are NULL or false. */
typedef struct command {
    /* "ls" or "disk ls"; NULL ends a table */
    const char *name;
    /* "list,ps" */
    const char *aliases;
    /* as the help shows them, which also sets their number: "BOX [NAME]" is one or two, "FROM... TO" is two
     * or more. A word in [] is optional, "--" is not counted. NULL: the command takes none */
    const char *arguments;
    const char *summary;
    const char *details;
    const option_row *options;
    /* options end at the first argument: the rest belongs to the command in the box */
    bool verbatim;
    /* the exit code is that of the command in the box; failures of boxctl are EXIT_BOXCTL */
    bool returns_box_code;
    int (*run)(cli *c, char **args, int count);
    /* for `run` */
    const void *data;
} command;

/* Commands that the help shows under one title. commands/table.c has all groups. */
typedef struct command_group {
    /* NULL ends the table */
    const char *title;
    const command *commands;
} command_group;

extern const command_group COMMAND_GROUPS[];

/* Reads the global options and the options of c->command; without a command, only up to the first argument.
 * Sets `*index` to the first argument. Returns OPTIONS_READ, OPTIONS_HELP (--help was given), or an exit
 * code; then everything was printed. */
enum { OPTIONS_READ = -1, OPTIONS_HELP = -2 };
int options_read(cli *c, int argc, char **argv, int *index);

/* Frees the lists of the repeatable options in `rows`, which may be NULL. */
void options_free(const option_row *rows);

/* Prints the help of a command; the table of the global options. */
void options_command_help(const command *k);
void options_global_help(FILE *to);

/* Reads an argument as a number. False: it is not a number from 0 to `max`. */
bool parse_number(const char *text, int64_t max, int64_t *number);

/* ---- output ---- */

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
