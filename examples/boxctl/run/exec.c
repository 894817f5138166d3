/* The commands exec and shell. The library moves the bytes between the box and the file descriptors of
 * boxctl; this file only sets the options. */
#include "cli/boxctl.h"
#include "commands/table.h"
#include "run/environment.h"
#include "run/job.h"
#include "run/lines.h"
#include "run/newlines.h"
#include "run/session.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The exit codes of a shell for a directory that cannot be entered, which a command may have, too, and for a
 * command that does not exist. */
enum { CD_FAILED_IN_BOX = 2, NOT_FOUND_IN_BOX = 127 };

static struct {
    bool in, tty, detach;
    environment environment;
    const char *escape;
} opts;

#define ESCAPE_OPTION                                                                                        \
    {                                                                                                        \
        "escape", 0, OPTION_TEXT, &opts.escape, "CHAR",                                                      \
            "escape character of a session on the terminal (default: ~; or none): \"~.\" at the beginning "  \
            "of a line ends the session, \"~?\" lists the others"                                            \
    }

static const option_row EXEC_OPTIONS[] = {
    {"interactive", 'i', OPTION_SWITCH, &opts.in, NULL, "pass standard input to the command"},
    {"tty", 't', OPTION_SWITCH, &opts.tty, NULL,
     "allocate a terminal; with -i, use this terminal in raw mode"},
    {"detach", 'd', OPTION_SWITCH, &opts.detach, NULL,
     "start the command as a job, and print the id of the job: see `boxctl job`"},
    ENVIRONMENT_OPTIONS(opts.environment),
    ESCAPE_OPTION,
    {0},
};
static const option_row SHELL_OPTIONS[] = {ENVIRONMENT_OPTIONS(opts.environment), ESCAPE_OPTION, {0}};

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

/* The login shell of the user of the box. */
static const char LOGIN_SHELL[] = "for s in \"$SHELL\" /bin/bash; do [ -x \"$s\" ] && exec \"$s\" -l; done; "
                                  "exec /bin/sh -l";

/* A session_starter: starts the command, or the login shell if `argv` is NULL. */
static boxd_process *start_session(boxd_box *box, const boxd_exec_options *options, const void *argv,
                                   boxd_error *error)
{
    return argv ? boxd_box_exec_stream(box, (const char *const *)argv, options, error)
                : boxd_box_exec_shell_stream(box, LOGIN_SHELL, options, error);
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

/* Prints what is to be said about an exit code, and returns it. Frees `result`. */
static int finish_run(const cli *c, boxd_exec_result *result)
{
    const int code = result->exit_code;
    if (!result->exit_confirmed)
        cli_note(c, "the service did not confirm the exit code %d: the output may be incomplete", code);
    if (result->warning)
        cli_note(c, "exit code %d: %s", code, result->warning);
    boxd_exec_result_free(result);
    return code;
}

static int run_on_terminal(const cli *c, char **argv, const boxd_exec_options *options)
{
    char escape = '~';
    boxd_exec_result *result = NULL;
    boxd_error error = BOXD_ERROR_INIT;
    if (!isatty(STDIN_FILENO))
        return refuse_no_terminal(c, !argv);
    if (opts.escape && !session_parse_escape(opts.escape, &escape))
        return cli_usage_error(c,
                               "invalid value \"%s\" for --escape: must be a character, ^ and a letter, or "
                               "none",
                               opts.escape);
    switch (session_run(c->box, options, escape, start_session, argv, &result, &error)) {
    case SESSION_EXITED:
        return finish_run(c, result);
    case SESSION_DISCONNECTED:
        fputc('\n', stderr);
        cli_note(c, "the session was ended by %c.", escape);
        return EXIT_BOXCTL;
    case SESSION_FAILED:
        break;
    }
    if (error.command != BOXD_COMMAND_NONE && error.command != BOXD_COMMAND_NOT_STARTED)
        fputc('\n', stderr); /* the cursor can be in the middle of a line */
    return fail_run(c, &error);
}

/* The result as JSON, with the output as text, or as base64 if it is not UTF-8. */
static json_t *result_json(const boxd_exec_result *result)
{
    json_t *object = json_pack("{s:i, s:b}", "exit_code", result->exit_code, "exit_confirmed",
                               (int)result->exit_confirmed);
    json_put_bytes(object, "stdout", "stdout_encoding", result->out.data, result->out.size);
    json_put_bytes(object, "stderr", "stderr_encoding", result->err.data, result->err.size);
    return object;
}

static int run_with_pipes(const cli *c, char **argv, boxd_exec_options options)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (output_was_closed())
        return cli_error(EXIT_BOXCTL,
                         "standard output is closed; the command was not run: to discard its output, use "
                         ">/dev/null");
    use_descriptors(&options);
    if (c->json)
        options.out = options.err = (boxd_output){.mode = BOXD_OUTPUT_KEEP};
    newlines output;
    const bool is_shown = opts.tty && !c->json && isatty(STDOUT_FILENO) && newlines_begin(&output);
    if (is_shown)
        options.out.fd = output.pipe[1];
    boxd_exec_result *result = boxd_box_exec(c->box, boxd_argv(argv), &options, &error);
    if (is_shown)
        newlines_end(&output);
    if (!result)
        return fail_run(c, &error);
    if (c->json && print_json(result_json(result), false) != EXIT_OK) {
        boxd_exec_result_free(result);
        return EXIT_BOXCTL;
    }
    return finish_run(c, result);
}

/* Starts the command as a job. */
static int run_detached(const cli *c, char **argv, char **env)
{
    const int code =
        job_start(c, argv, &(job_settings){.env = env, .dir = opts.environment.dir, .input = opts.in});
    return code == EXIT_OK || code >= EXIT_SIGNAL ? code : EXIT_BOXCTL;
}

/* Runs the command, or the login shell if `argv` is NULL. */
static int run_command(const cli *c, char **argv)
{
    char **env = environment_make(&opts.environment, opts.tty);
    if (!env)
        return cli_error(EXIT_BOXCTL, "out of memory");
    const boxd_exec_options options = {
        .size = sizeof options, .call = cli_call(c), .env = boxd_argv(env), .cwd = opts.environment.dir};
    const int code = opts.detach           ? run_detached(c, argv, env)
                     : opts.in && opts.tty ? run_on_terminal(c, argv, &options)
                                           : run_with_pipes(c, argv, options);
    environment_free(env);
    if (code == CD_FAILED_IN_BOX && opts.environment.dir && !opts.detach)
        cli_note(c, "if the directory %s of --workdir does not exist in the box, the command was not run",
                 opts.environment.dir);
    if (code == NOT_FOUND_IN_BOX && argv && !argv[1] && strpbrk(argv[0], " |&;<>$"))
        cli_note(c, "\"%s\" is one word; to run a line with a shell: boxctl exec BOX -- sh -c LINE", argv[0]);
    return code;
}

static int run_exec(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    if (opts.detach && opts.tty)
        return cli_usage_error(c, "a job has no terminal: use -d without -t");
    if (opts.detach && !cli_can_print(c, JOB_ID, ": use `boxctl job start --id ID`", &code))
        return code;
    if (c->json && opts.in && opts.tty)
        return cli_usage_error(c, "--json cannot be used with a session on the terminal: leave out -t");
    return cli_open_box(c, args[0], &code) ? run_command(c, args + 1) : EXIT_BOXCTL;
}

static int run_shell(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    if (c->json)
        return cli_usage_error(c, "--json cannot be used with a session on the terminal");
    opts.in = opts.tty = true;
    return cli_open_box(c, args[0], &code) ? run_command(c, NULL) : EXIT_BOXCTL;
}

const command EXEC_COMMANDS[] = {
    {.name = "exec",
     .arguments = "BOX [--] COMMAND...",
     .summary = "Run a command in a box",
     .details =
         "The exit code is that of the command. 125 means that boxctl itself failed, 126 that the command "
         "cannot be executed, 127 that there is no such command; 2 may also mean that the directory of -w "
         "does not exist. Ctrl-C kills the command "
         "and exits with 130. The arguments reach the command unchanged; for pipes and variables use "
         "a shell: "
         "boxctl exec BOX sh -c 'LINE'. Options of boxctl stand before COMMAND.\n"
         "With --timeout the service is asked to end the command in time, and boxctl waits up to a second "
         "more to "
         "learn whether it was.\n"
         "With --json the result is one object: exit_code, exit_confirmed, stdout, stdout_encoding "
         "(\"utf-8\", or \"base64\" for other bytes), stderr, stderr_encoding; up to 64 MiB of each "
         "output.",
     .examples = "boxctl exec web -- make -j4\n"
                 "boxctl exec -it web bash\n"
                 "tar c src | boxctl exec -i web -- tar x\n"
                 "boxctl exec -d web -- ./nightly.sh",
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
    {0},
};
