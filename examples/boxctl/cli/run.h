/* run.h: one run of the program: the settings of the command line, the client, errors, Ctrl-C. */
#ifndef BOXCTL_RUN_H
#define BOXCTL_RUN_H

#include <boxd/boxd.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

/* `boxctl --help` documents the exit codes. */
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

struct command;

typedef struct cli {
    const struct command *command;
    bool json, quiet;
    /* or NULL: the default of the library. --proxy may be "" */
    const char *api_url, *ca_file, *client_cert_file, *client_key_file, *proxy;
    /* --profile, or NULL */
    const char *profile;
    /* how often -v was given */
    int verbose;
    bool trace;
    /* each run exchanges the API key for a token */
    bool no_token_cache;
    /* 0: the default of each call; BOXD_NO_TIMEOUT */
    int64_t timeout_ms;
    /* The words after "--" of a command whose arguments end in "[-- COMMAND...]", NULL-terminated; NULL:
     * there was no "--" */
    char **rest;
    int rest_count;
    boxd_compute *compute;
    /* the box of a command for one box, or NULL */
    boxd_box *box;
    /* fired by Ctrl-C */
    boxd_cancel_token *cancel;
} cli;

/* Returns the client; opens it at the first call. From then on SIGINT, SIGTERM and SIGHUP cancel the calls.
 * NULL: the error was printed, and `*code` is the exit code. */
boxd_compute *cli_open(cli *c, int *code);

/* The same with a credential in place of the profile and the variables. */
boxd_compute *cli_open_with(cli *c, const char *api_key, const char *token, int *code);

/* The options of the client, by the options of the command line and the profile that credential_choose() has
 * chosen; without its credential if `has_credential` is false. */
void cli_client_options(const cli *c, boxd_compute_options *options, bool has_credential);

/* The options for every call: --timeout, and the cancel token. */
boxd_call_options cli_call(const cli *c);

/* A handle of the box with this name or id; opens the client. NULL: the error was printed, and `*code` is the
 * exit code. */
boxd_box *cli_box(cli *c, const char *name_or_id, int *code);

/* The same for a command for one box: sets and returns c->box, which cli_close() frees. */
boxd_box *cli_open_box(cli *c, const char *name_or_id, int *code);

/* Frees c->box and closes the client. */
void cli_close(cli *c);

/* Writes a message of the library with the names of boxctl's commands, options and variables in place of C
 * functions and options. Returns `text`. */
const char *cli_adapt(const char *message, char *text, size_t size);

/* From now on messages name the input of `boxctl login` in place of the profile. */
void cli_credential_was_typed(void);

/* Prints why a call failed, unless the same message was printed before, and returns the exit code for it. */
int cli_report(const cli *c, const boxd_error *error);

/* For a command that makes something: whether `what`, a name or a secret, can be printed. Otherwise prints an
 * error that ends in `advice`, and sets `*code`. */
bool cli_can_print(const cli *c, const char *what, const char *advice, int *code);

/* The exit code for an error, without printing it. */
int cli_error_code(const cli *c, const boxd_error *error);

/* The exit code of the command for a failure of boxctl itself: EXIT_FAILED, or EXIT_BOXCTL of exec and shell.
 */
int cli_failure_code(const cli *c);

/* Prints that a local file cannot be used, with the text of an errno value. Returns the exit code. */
int cli_file_error(const char *path, int problem);

/* Prints "boxctl: " and the message, and returns `code`. */
int cli_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints an error in the command line and how to get help. Returns the exit code. */
int cli_usage_error(const cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints a note that is not an error to standard error, unless -q was given. */
void cli_note(const cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Shows on a terminal, after a moment, that boxctl waits for `what`, until cli_waited() or the next message.
 */
void cli_waiting(const cli *c, const char *what);
void cli_waited(void);

/* A condition variable, and a wait for it until CLOCK_MONOTONIC has the value `at_ms`. */
void timed_cond_init(pthread_cond_t *cond);
void timed_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t at_ms);

/* The signal that asked the program to end, or 0. */
int interrupted_by(void);

/* From now on SIGINT, SIGTERM and SIGHUP fire `cancel`. A second signal ends the program at once; so do two
 * seconds. Call it before any thread is started. */
bool interrupt_begin(boxd_cancel_token *cancel);
void interrupt_end(void);

#endif
