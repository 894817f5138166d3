/* command.h: commands and their options as data. */
#ifndef BOXCTL_COMMAND_H
#define BOXCTL_COMMAND_H

#include "cli/run.h"

typedef enum option_kind {
    /* bool * */
    OPTION_SWITCH,
    /* int *: how often the option was given */
    OPTION_COUNT,
    /* const char ** */
    OPTION_TEXT,
    /* int64_t *, not negative */
    OPTION_NUMBER,
    /* int64_t *, milliseconds, not negative; BOXD_NO_TIMEOUT for "never" */
    OPTION_DURATION,
    /* int64_t *, whole seconds, not negative; BOXD_NEVER for "never" */
    OPTION_SECONDS,
    /* string_list *, repeatable */
    OPTION_LIST
} option_kind;

typedef struct option_row {
    /* NULL ends a table */
    const char *name;
    /* or 0; takes precedence over the letter of a global option */
    char letter;
    option_kind kind;
    void *target;
    /* the name of the value in the help, or NULL; FILE and DIR are completed with paths */
    const char *value;
    const char *help;
} option_row;

/* The values of a repeatable option, NULL-terminated; `items` is NULL if the option was not given. */
typedef struct string_list {
    size_t count;
    const char **items;
} string_list;

/* What is open when a command runs. */
typedef enum command_opens {
    OPENS_NOTHING,
    /* the client: c->compute */
    OPENS_CLIENT,
    /* the client, and the box that the first argument names, if there is one: c->box */
    OPENS_BOX
} command_opens;

/* A command is one row of a table. Members that are not set are NULL or false. */
typedef struct command {
    /* "ls" or "disk ls"; NULL ends a table */
    const char *name;
    /* "list,ps" */
    const char *aliases;
    /* as the help shows them, which also sets their number: "BOX [NAME]" is one or two, "FROM... TO" is two
     * or more. A word in [] is optional. "[-- COMMAND...]" at the end: the words after "--" are `rest` of
     * cli. NULL: the command takes none. BOX, DISK, SNAPSHOT, FILE, DIR, ... are completed. */
    const char *arguments;
    const char *summary;
    /* paragraphs, separated by line ends; the help wraps them */
    const char *details;
    /* command lines, separated by line ends */
    const char *examples;
    const option_row *options;
    /* What the service returns only once: "the token". If standard output is closed, the command is not run.
     * NULL: nothing. */
    const char *prints_once;
    int (*run)(cli *c, char **args, int count);
    /* for `run` */
    const void *data;
    /* The framework opens it before `run`; a command that can refuse its arguments before calls cli_open() or
     * cli_open_box() itself. */
    command_opens opens;
    /* the second argument begins a command for the box: the words from there on, or after a "--" in front of
     * it, are arguments as they are. "BOX [--] COMMAND..." */
    bool verbatim;
    /* the exit code is that of the command in the box; failures of boxctl are EXIT_BOXCTL */
    bool returns_box_code;
    /* not in the help */
    bool hidden;
} command;

/* Commands that the help shows under one title. commands/table.c has all groups. */
typedef struct command_group {
    /* NULL ends the table; "": a part of the group before */
    const char *title;
    const command *commands;
} command_group;

extern const command_group COMMAND_GROUPS[];

/* ---- finding a command (find.c) ---- */

/* The command at the beginning of `words`. Sets `*length` to the number of words in its name. NULL: there is
 * no such command. */
const command *command_find(char **words, int count, int *length);

/* The command with this name or alias, of one word or two; NULL: no command has it. */
const command *command_by_name(const char *name);

/* Whether `word` is the first word of commands, as "disk" of "disk ls". */
bool command_is_group(const char *word);

/* Whether the name of `k` has two words and `word` is the first. */
bool command_is_in_group(const command *k, const char *word);

/* `arguments` of a command, "" for none. */
const char *command_arguments(const command *k);

/* Writes the other names of a command, "a, b". Returns `text`. */
const char *command_aliases(const command *k, char *text, size_t size);

/* Reads how many arguments a command takes; `*max` is INT_MAX without a limit. */
void command_count_arguments(const command *k, int *min, int *max);

/* ---- mistaken command lines (suggest.c) ---- */

/* Prints that there is no such command, and which one may be meant. Returns the exit code. */
int command_unknown(const cli *c, char **words, int count);

/* Prints that the argument `args[max]` is one too many, and which command may be meant. Returns the exit
 * code. */
int command_refuse_argument(const cli *c, char **args, int max);

/* Prints that the operand `at` of `count` is no port; `also` is what it may be instead, or "". If another
 * operand is one, the message has the order of the operands. Returns the exit code. */
int command_refuse_port(const cli *c, char **args, int count, int at, const char *also);

/* Prints the order of the operands of c->command, after an error, if the box in front of others does not
 * exist: the operands may be in another order. */
void command_note_order(const cli *c, const boxd_error *error);

/* The command that lists what `word` is the plural of: "disk ls" for "disks", "ls" for "boxes". NULL: none.
 */
const char *command_listing(const char *word);

/* ---- options (options.c) ---- */

/*
 * Reads the options of c->command and the global options in `words`, and moves the arguments to the beginning
 * of `words`: `*count` is their number. Without a command it reads up to the first argument, which is then
 * words[0], and keeps everything behind it. Returns OPTIONS_READ, OPTIONS_HELP (--help was given), or an exit
 * code; then everything was printed.
 */
enum { OPTIONS_READ = -1, OPTIONS_HELP = -2 };
int options_read(cli *c, char **words, int *count);

/* Frees the lists of the repeatable options in `rows`, which may be NULL. */
void options_free(const option_row *rows);

/* The table of the global options. */
extern const option_row GLOBAL_OPTIONS[];

/* The option with this name, of `k` (which may be NULL) or global. NULL: there is none. */
const option_row *option_find(const command *k, const char *name, size_t length);
const option_row *option_find_letter(const command *k, char letter);

/* Whether the letter of an option means it in `k` (which may be NULL): no option of the command has the same
 * letter. */
bool option_has_letter(const command *k, const option_row *row);

/* Whether an option takes a value. */
bool option_has_value(const option_row *row);

#endif
