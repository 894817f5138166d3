/*
 * boxctl.h: what the parts of boxctl share.
 *
 * A command is a row of data (`command`): its name, its operands, its options as a table, a function. main.c
 * finds it, options.c reads its options and writes its help, the function makes a JSON value and output.c
 * prints that: as it is with --json, else as a table.
 */
#ifndef BOXCTL_H
#define BOXCTL_H

#include <boxd/boxd.h>
#include <jansson.h>

#include <stdio.h>

/* ---- exit codes: `boxctl --help` documents them ---- */

enum {
    EXIT_GOOD = 0,
    EXIT_REFUSED = 1, /* the service refused, or something failed */
    EXIT_USAGE = 2,   /* the command line makes no sense */
    EXIT_NOT_FOUND = 3,
    EXIT_AUTH = 4,
    EXIT_CONNECTION = 5,
    EXIT_TIMEOUT = 6,
    EXIT_OWN = 125,   /* of exec and shell: boxctl itself failed, not the command in the box */
    EXIT_SIGNAL = 128 /* and the signal's number: 130 is Ctrl-C */
};

/* ---- a run of the program ---- */

struct command;

typedef struct cli {
    const struct command *command;
    bool json, quiet;
    const char *api_url; /* or NULL */
    int64_t timeout_ms;  /* 0: each call's own default */
    boxd_compute *compute;
    boxd_cancel_token *cancel; /* fired by Ctrl-C */
} cli;

/* The client, opened at the first use, with Ctrl-C and SIGTERM from then on a cancelled call; NULL: the error
 * was told, and `*code` is the exit code. */
boxd_compute *cli_open(cli *c, int *code);

/* What every call takes: --timeout, and the token that Ctrl-C fires. */
boxd_call_options cli_call(const cli *c);

/* Closes the client. */
void cli_close(cli *c);

/* A handle for a box, disk or snapshot by name or id; NULL: the error was told, and `*code` is set. */
boxd_box *cli_box(cli *c, const char *name_or_id, int *code);

/* Tells why a call failed, and returns the exit code for that. */
int cli_fail(const cli *c, const boxd_error *error);

/* Whether a call failed since who read our output has gone: `boxctl exec BOX yes | head`. Then programs end
 * by SIGPIPE, without a word. */
bool cli_lost_reader(const boxd_error *error);

/* Tells what is wrong on this side ("boxctl: ..."), and returns `code`. */
int cli_complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a command line that makes no sense: names the command's --help. */
int cli_usage(const cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Something worth knowing that is no failure, on standard error; not with -q. */
void cli_note(const cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The signal that asked the program to end, or 0. */
int interrupted_by(void);

/* From here on SIGINT, SIGTERM and SIGHUP fire `cancel`; a second one, or two seconds, end the program. To be
 * called before any thread is made. */
bool interrupt_begin(boxd_cancel_token *cancel);
void interrupt_end(void);

/* ---- commands ---- */

typedef enum option_kind {
    OPTION_SWITCH,  /* bool * */
    OPTION_TEXT,    /* const char ** */
    OPTION_NUMBER,  /* int64_t *, not negative */
    OPTION_SECONDS, /* int64_t *, not negative, or BOXD_NEVER for "never" */
    OPTION_WORDS    /* words *, repeatable */
} option_kind;

typedef struct option_row {
    const char *name; /* NULL ends a table */
    char letter;      /* or 0 */
    option_kind kind;
    void *target;
    const char *value; /* how the help calls it */
    const char *help;
} option_row;

/* Words of a repeatable option, NULL-terminated; `items` is NULL if there is none. */
typedef struct words {
    size_t count;
    const char **items;
} words;

typedef struct command {
    const char *name;     /* "ls", or "disk ls"; NULL ends a table */
    const char *aliases;  /* "list,ps", or NULL */
    const char *operands; /* as the help shows them: "BOX [NAME]" */
    const char *summary;
    const char *details; /* or NULL */
    const option_row *options;
    int min, max;  /* operands; max -1: any number */
    bool verbatim; /* options end at the first operand: what follows is for the box */
    bool own_code; /* its exit codes are the box's, so that failures here have EXIT_OWN */
    int (*run)(cli *c, char **operands, int count);
    const void *data; /* the command's own */
} command;

extern const command BOX_COMMANDS[], LIFE_COMMANDS[], EXEC_COMMANDS[], CP_COMMANDS[], PROXY_COMMANDS[],
    DISK_COMMANDS[], SNAPSHOT_COMMANDS[], DOMAIN_COMMANDS[], TOKEN_COMMANDS[], API_COMMANDS[],
    DOCTOR_COMMANDS[];

extern const option_row NO_OPTIONS[];

/* Reads the global options and those of c->command (none yet: only up to the first operand); `*index` is set
 * to the first operand. OPTIONS_READ, OPTIONS_HELP (it was asked for), or an exit code: all was said. */
enum { OPTIONS_READ = -1, OPTIONS_HELP = -2 };
int options_read(cli *c, int argc, char **argv, int *index);

/* Frees what the repeatable ones of `rows` hold. */
void options_free(const option_row *rows);

/* Writes a command's help; the table of the global options. */
void options_command_help(const command *k);
void options_global_help(FILE *to);

/* A number of an operand; false: it is none between 0 and `max`. */
bool parse_number(const char *text, int64_t max, int64_t *number);

/* ---- output ---- */

typedef enum cell_kind {
    CELL_TEXT,
    CELL_STATUS, /* coloured */
    CELL_BYTES,
    CELL_AGE,  /* unix milliseconds, as "3 hours ago" */
    CELL_TIME, /* unix milliseconds, as a date */
    CELL_SHAPE /* of a box: vcpu and memory_bytes */
} cell_kind;

typedef struct column {
    const char *title; /* NULL ends a table */
    const char *key;   /* of the row's object */
    cell_kind kind;
} column;

/* Prints an array of objects and gives it back: with --json as it is, with -q the first column alone, else as
 * a table. Returns the exit code. */
int print_rows(const cli *c, json_t *rows, const column *columns);

/* Prints one object and gives it back: with --json as it is, with -q the member `key` alone, else `key:
 * value` lines, dates and sizes readable. */
int print_object(const cli *c, json_t *object, const char *key);

/* What an action came to: with --json `object`, else the sentence; nothing with -q. Gives `object` back. */
int print_done(const cli *c, json_t *object, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Prints one JSON value, on one line or over several, and gives it back. */
int print_json(json_t *value, bool one_line);

/* Whether this stream is a terminal that may be coloured. */
bool colours_on(FILE *stream);

/* Text as a JSON string, whatever its bytes; null for NULL. */
json_t *json_text(const char *text);
json_t *json_number(uint64_t number);
json_t *json_time(int64_t unix_ms); /* null for 0 */

/* Sets a member, and gives `value` back. */
void put(json_t *object, const char *key, json_t *value);

/* What others say must not steer the terminal: controls become question marks, in place. */
void make_harmless(char *text);

/* "1.5 GiB" */
void format_bytes(char *to, size_t size, double bytes);

/* A box as JSON: README.md documents the keys. */
json_t *box_json(const boxd_box *box);

/* Its name, or its id, for a message. */
const char *box_label(const boxd_box *box);

#endif
