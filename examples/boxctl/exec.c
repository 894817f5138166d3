/* Commands in a box, and its log: exec, shell, logs. The library moves the bytes between the descriptors;
 * here is only what is asked of it. */
#include "boxctl.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct {
    bool in, tty, follow;
    words env;
    const char *dir;
} args;

#define COMMON_OPTIONS                                                                                       \
    {"env", 'e', OPTION_WORDS, &args.env, "NAME=VALUE", "in its environment; NAME alone: as it is here"},    \
    {                                                                                                        \
        "workdir", 'w', OPTION_TEXT, &args.dir, "DIR", "where it runs (default: /home/boxd)"                 \
    }

static const option_row EXEC_OPTIONS[] = {
    {"interactive", 'i', OPTION_SWITCH, &args.in, NULL, "pass standard input on"},
    {"tty", 't', OPTION_SWITCH, &args.tty, NULL, "with a terminal; with -i this one, in raw mode"},
    COMMON_OPTIONS,
    {0},
};
static const option_row SHELL_OPTIONS[] = {COMMON_OPTIONS, {0}};
static const option_row LOGS_OPTIONS[] = {
    {"follow", 'f', OPTION_SWITCH, &args.follow, NULL, "go on with what comes, until Ctrl-C"},
    {0},
};

/* ---- the environment ---- */

static bool is_set(const words *env, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < env->count; i++)
        if (strncmp(env->items[i], name, length) == 0 &&
            (env->items[i][length] == '=' || !env->items[i][length]))
            return true;
    return false;
}

/* `NAME=value` of this program's environment; NULL: not set, or no memory. The caller frees it. */
static char *here(const char *name)
{
    const char *value = getenv(name);
    const size_t size = value ? strlen(name) + strlen(value) + 2 : 0;
    char *word = value ? malloc(size) : NULL;
    if (word)
        snprintf(word, size, "%s=%s", name, value);
    return word;
}

/* The environment that was asked for, with the values of bare names, and with the kind of terminal. */
static char **make_env(bool terminal)
{
    char **env = calloc(args.env.count + 3, sizeof *env);
    size_t n = 0;
    for (size_t i = 0; env && i < args.env.count; i++) {
        const char *word = args.env.items[i];
        char *copy = strchr(word, '=') ? strdup(word) : here(word);
        if (copy)
            env[n++] = copy;
    }
    static const char *const OF_TERMINALS[] = {"TERM", "COLORTERM"};
    for (size_t i = 0; env && terminal && i < 2; i++) {
        char *word = is_set(&args.env, OF_TERMINALS[i]) ? NULL : here(OF_TERMINALS[i]);
        if (word)
            env[n++] = word;
    }
    return env;
}

static void free_env(char **env)
{
    for (size_t i = 0; env && env[i]; i++)
        free(env[i]);
    free(env);
}

/* ---- exec, shell ---- */

/* Of a failed run: the message, and what is known of the command. */
static int fail_run(const cli *c, const boxd_error *error)
{
    if (cli_lost_reader(error))
        return EXIT_SIGNAL + SIGPIPE;
    const int code = cli_fail(c, error);
    if (error->command == BOXD_COMMAND_UNKNOWN || error->command == BOXD_COMMAND_RUNNING)
        cli_note(c, "the command may run on in the box");
    return code;
}

/* What `operands` ask for: their words, or with none the login shell. */
static boxd_exec_result *run_in(boxd_box *box, char **argv, const boxd_exec_options *options,
                                boxd_error *error)
{
    static const char LOGIN_SHELL[] =
        "for s in \"$SHELL\" /bin/bash; do [ -x \"$s\" ] && exec \"$s\" -l; done; "
        "exec /bin/sh -l";
    return argv ? boxd_box_exec(box, boxd_argv(argv), options, error)
                : boxd_box_exec_shell(box, LOGIN_SHELL, options, error);
}

/* Everything goes by descriptors: the library moves the bytes. */
static void by_descriptors(boxd_exec_options *options)
{
    options->in = (boxd_input){.mode = args.in ? BOXD_INPUT_FD : BOXD_INPUT_CLOSED, .fd = STDIN_FILENO};
    options->out = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = STDOUT_FILENO};
    options->err = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = STDERR_FILENO};
    struct winsize size;
    options->pty = args.tty;
    if (args.tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        options->cols = size.ws_col;
        options->rows = size.ws_row;
    }
}

/* Before the library refuses it in words for programmers. */
static int no_terminal_here(const cli *c, bool is_shell)
{
    return cli_usage(c, "standard input is no terminal: %s",
                     is_shell ? "for a script on it use `boxctl exec -i BOX -- sh`" : "use -i without -t");
}

static int run_command(cli *c, boxd_box *box, char **argv)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (args.in && args.tty && !isatty(STDIN_FILENO))
        return no_terminal_here(c, !argv);
    char **env = make_env(args.tty);
    if (!env)
        return cli_complain(EXIT_OWN, "out of memory");
    boxd_exec_options options = {
        .size = sizeof options, .call = cli_call(c), .env = boxd_argv(env), .cwd = args.dir};
    const bool on_terminal = args.in && args.tty;
    if (on_terminal)
        options.terminal = boxd_terminal_open(NULL, &error);
    else
        by_descriptors(&options);
    boxd_exec_result *result = on_terminal && !options.terminal ? NULL : run_in(box, argv, &options, &error);
    if (options.terminal && !result)
        fputc('\n', stderr); /* the cursor is anywhere */
    boxd_terminal_free(options.terminal);
    free_env(env);
    if (!result)
        return fail_run(c, &error);
    const int code = result->exit_code;
    if (!result->exit_confirmed)
        cli_note(c, "the service did not confirm the exit code %d: the output may be cut off", code);
    boxd_exec_result_free(result);
    return code;
}

static int run_exec(cli *c, char **operands, int count)
{
    int skip = 1;
    if (count > 1 && strcmp(operands[1], "--") == 0) /* getopt stopped before it */
        skip = 2;
    else if (count > 1 && *operands[1] == '-')
        return cli_usage(c, "%s stands behind BOX, where the command begins: boxctl exec %s %s -- WORD...",
                         operands[1], operands[1], operands[0]);
    if (count <= skip)
        return cli_usage(c, "the command to run is missing: boxctl exec BOX -- WORD...");
    int code = EXIT_GOOD;
    boxd_box *box = cli_box(c, operands[0], &code);
    if (!box)
        return EXIT_OWN;
    code = run_command(c, box, operands + skip);
    boxd_box_free(box);
    return code;
}

static int run_shell(cli *c, char **operands, int count)
{
    (void)count;
    int code = EXIT_GOOD;
    boxd_box *box = cli_box(c, operands[0], &code);
    if (!box)
        return EXIT_OWN;
    args.in = args.tty = true;
    code = run_command(c, box, NULL);
    boxd_box_free(box);
    return code;
}

/* ---- logs ---- */

static int copy_log(const cli *c, boxd_logs *logs)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    boxd_read_status got;
    while ((got = boxd_logs_read(logs, NULL, &chunk, &error)) == BOXD_READ_DATA) {
        const bool written =
            fwrite(chunk->data, 1, chunk->size, stdout) == chunk->size && fflush(stdout) == 0;
        boxd_chunk_free(chunk);
        if (!written)
            return cli_complain(EXIT_REFUSED, "the log could not be written: %s", strerror(errno));
    }
    return got == BOXD_READ_END ? EXIT_GOOD : cli_fail(c, &error);
}

static int run_logs(cli *c, char **operands, int count)
{
    (void)count;
    int code = EXIT_GOOD;
    boxd_box *box = cli_box(c, operands[0], &code);
    if (!box)
        return code;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_logs *logs = boxd_box_stream_logs(
        box, BOXD_OPTIONS(boxd_box_stream_logs_options, .call = cli_call(c), .follow = args.follow), &error);
    code = logs ? copy_log(c, logs) : cli_fail(c, &error);
    boxd_logs_free(logs);
    boxd_box_free(box);
    return code;
}

const command EXEC_COMMANDS[] = {
    {"exec", NULL, "BOX [--] WORD...", "Run a command in a box",
     "Its exit code is boxctl's; 125 says that boxctl failed, 130 that Ctrl-C ended it, which kills the "
     "command. The\n"
     "words arrive as they are; for pipes and variables: exec BOX sh -c 'LINE'. Options stand before BOX.",
     EXEC_OPTIONS, 1, -1, true, true, run_exec, NULL},
    {"shell", "sh,ssh", "BOX", "Open a login shell in a box, on this terminal",
     "The terminal's size is followed, and its mode is restored whatever happens. All keys go to the box; "
     "the shell\n"
     "ends by `exit` or Ctrl-D.",
     SHELL_OPTIONS, 1, 1, false, true, run_shell, NULL},
    {"logs", NULL, "BOX", "Print the log of a box: the output of its main process", NULL, LOGS_OPTIONS, 1, 1,
     false, false, run_logs, NULL},
    {0},
};
