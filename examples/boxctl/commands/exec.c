/* The commands exec, shell and logs. The library moves the bytes between the box and the file descriptors of
 * boxctl; this file only sets the options. */
#include "cli/boxctl.h"
#include "commands/table.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct {
    bool in, tty, follow;
    string_list env;
    const char *dir;
} opts;

#define COMMON_OPTIONS                                                                                       \
    {"env",     'e',          OPTION_LIST,                                                                   \
     &opts.env, "NAME=VALUE", "set an environment variable; NAME alone: pass on its value"},                 \
    {                                                                                                        \
        "workdir", 'w', OPTION_TEXT, &opts.dir, "DIR", "working directory (default: /home/boxd)"             \
    }

static const option_row EXEC_OPTIONS[] = {
    {"interactive", 'i', OPTION_SWITCH, &opts.in, NULL, "pass standard input to the command"},
    {"tty", 't', OPTION_SWITCH, &opts.tty, NULL,
     "allocate a terminal; with -i, use this terminal in raw mode"},
    COMMON_OPTIONS,
    {0},
};
static const option_row SHELL_OPTIONS[] = {COMMON_OPTIONS, {0}};
static const option_row LOGS_OPTIONS[] = {
    {"follow", 'f', OPTION_SWITCH, &opts.follow, NULL, "follow the log until Ctrl-C"},
    {0},
};

/* ---- the environment ---- */

static bool is_set(const string_list *env, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < env->count; i++)
        if (strncmp(env->items[i], name, length) == 0 &&
            (env->items[i][length] == '=' || !env->items[i][length]))
            return true;
    return false;
}

/* `NAME=value` from the environment of this program. NULL: not set, or out of memory. The caller frees it. */
static char *own_variable(const char *name)
{
    const char *value = getenv(name);
    const size_t size = value ? strlen(name) + strlen(value) + 2 : 0;
    char *word = value ? malloc(size) : NULL;
    if (word)
        snprintf(word, size, "%s=%s", name, value);
    return word;
}

/* The environment for the command: the -e options, and with a terminal also the type of the terminal. */
static char **make_env(bool terminal)
{
    char **env = calloc(opts.env.count + 3, sizeof *env);
    size_t n = 0;
    for (size_t i = 0; env && i < opts.env.count; i++) {
        const char *word = opts.env.items[i];
        char *copy = strchr(word, '=') ? strdup(word) : own_variable(word);
        if (copy)
            env[n++] = copy;
    }
    static const char *const TERMINAL_VARIABLES[] = {"TERM", "COLORTERM"};
    for (size_t i = 0; env && terminal && i < 2; i++) {
        char *word = is_set(&opts.env, TERMINAL_VARIABLES[i]) ? NULL : own_variable(TERMINAL_VARIABLES[i]);
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

/* Prints why a run failed, and whether the command may still be running. Returns the exit code. */
static int fail_run(const cli *c, const boxd_error *error)
{
    if (is_output_closed(error))
        return EXIT_SIGNAL + SIGPIPE;
    const int code = cli_report(c, error);
    if (error->command == BOXD_COMMAND_UNKNOWN || error->command == BOXD_COMMAND_RUNNING)
        cli_note(c, "the command may still be running in the box");
    return code;
}

/* Runs the command, or the login shell if `argv` is NULL. */
static boxd_exec_result *run_in(boxd_box *box, char **argv, const boxd_exec_options *options,
                                boxd_error *error)
{
    static const char LOGIN_SHELL[] =
        "for s in \"$SHELL\" /bin/bash; do [ -x \"$s\" ] && exec \"$s\" -l; done; "
        "exec /bin/sh -l";
    return argv ? boxd_box_exec(box, boxd_argv(argv), options, error)
                : boxd_box_exec_shell(box, LOGIN_SHELL, options, error);
}

/* Connects the command to the standard descriptors of boxctl. */
static void use_descriptors(boxd_exec_options *options)
{
    options->in = (boxd_input){.mode = opts.in ? BOXD_INPUT_FD : BOXD_INPUT_CLOSED, .fd = STDIN_FILENO};
    options->out = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = STDOUT_FILENO};
    options->err = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = STDERR_FILENO};
    struct winsize size;
    options->pty = opts.tty;
    if (opts.tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        options->cols = size.ws_col;
        options->rows = size.ws_row;
    }
}

/* Checked here, because the message of the library is for programmers. */
static int refuse_no_terminal(const cli *c, bool is_shell)
{
    return cli_usage_error(c, "standard input is not a terminal: %s",
                           is_shell ? "to run a script, use `boxctl exec -i BOX -- sh`"
                                    : "use -i without -t");
}

/* Refuses descriptors with which the command cannot run. */
static int check_descriptors(const cli *c, bool is_shell)
{
    if (opts.in && opts.tty && !isatty(STDIN_FILENO))
        return refuse_no_terminal(c, is_shell);
    if (!(opts.in && opts.tty) && output_was_closed())
        return cli_error(EXIT_BOXCTL,
                         "standard output is closed; the command was not run: to discard its output, use "
                         ">/dev/null");
    return EXIT_OK;
}

static int run_command(cli *c, boxd_box *box, char **argv)
{
    boxd_error error = BOXD_ERROR_INIT;
    const int refused = check_descriptors(c, !argv);
    if (refused != EXIT_OK)
        return refused;
    char **env = make_env(opts.tty);
    if (!env)
        return cli_error(EXIT_BOXCTL, "out of memory");
    boxd_exec_options options = {
        .size = sizeof options, .call = cli_call(c), .env = boxd_argv(env), .cwd = opts.dir};
    const bool on_terminal = opts.in && opts.tty;
    if (on_terminal)
        options.terminal = boxd_terminal_open(NULL, &error);
    else
        use_descriptors(&options);
    boxd_exec_result *result = on_terminal && !options.terminal ? NULL : run_in(box, argv, &options, &error);
    if (options.terminal && !result)
        fputc('\n', stderr); /* the cursor can be in the middle of a line */
    boxd_terminal_free(options.terminal);
    free_env(env);
    if (!result)
        return fail_run(c, &error);
    const int code = result->exit_code;
    if (!result->exit_confirmed)
        cli_note(c, "the service did not confirm the exit code %d: the output may be incomplete", code);
    if (result->warning)
        cli_note(c, "exit code %d: %s", code, result->warning);
    boxd_exec_result_free(result);
    return code;
}

static int run_exec(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    boxd_box *box = cli_box(c, args[0], &code);
    if (!box)
        return EXIT_BOXCTL;
    code = run_command(c, box, args + 1);
    boxd_box_free(box);
    return code;
}

static int run_shell(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    boxd_box *box = cli_box(c, args[0], &code);
    if (!box)
        return EXIT_BOXCTL;
    opts.in = opts.tty = true;
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
        fwrite(chunk->data, 1, chunk->size, stdout);
        boxd_chunk_free(chunk);
        if (!output_flush())
            return EXIT_FAILED;
    }
    return got == BOXD_READ_END ? EXIT_OK : cli_report(c, &error);
}

static int run_logs(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    boxd_box *box = cli_box(c, args[0], &code);
    if (!box)
        return code;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_logs *logs = boxd_box_stream_logs(
        box, BOXD_OPTIONS(boxd_box_stream_logs_options, .call = cli_call(c), .follow = opts.follow), &error);
    code = logs ? copy_log(c, logs) : cli_report(c, &error);
    boxd_logs_free(logs);
    boxd_box_free(box);
    return code;
}

const command EXEC_COMMANDS[] = {
    {.name = "exec",
     .arguments = "BOX [--] COMMAND...",
     .summary = "Run a command in a box",
     .details = "The exit code is that of the command. 125 means that boxctl itself failed. Ctrl-C kills the "
                "command "
                "and exits with 130. The arguments reach the command unchanged; for pipes and variables use "
                "a shell: "
                "boxctl exec BOX sh -c 'LINE'. Options of boxctl stand before COMMAND.",
     .examples = "boxctl exec web -- make -j4\n"
                 "boxctl exec -it web bash\n"
                 "tar c src | boxctl exec -i web -- tar x",
     .options = EXEC_OPTIONS,
     .verbatim = true,
     .returns_box_code = true,
     .run = run_exec},
    {.name = "shell",
     .aliases = "sh,ssh",
     .arguments = "BOX",
     .summary = "Open a login shell in a box",
     .details = "All keys go to the box; end the shell with `exit` or Ctrl-D. The size of the terminal is "
                "passed on, "
                "and its mode is always restored.",
     .options = SHELL_OPTIONS,
     .returns_box_code = true,
     .run = run_shell},
    {.name = "logs",
     .arguments = "BOX",
     .summary = "Print the log of a box (output of its main process)",
     .options = LOGS_OPTIONS,
     .run = run_logs},
    {0},
};
