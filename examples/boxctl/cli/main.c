/* boxctl manages boxes from the command line. The other folders have the tables of commands; this file runs
 * the command that find.c has found. */
#include "cli/boxctl.h"
#include "cli/complete.h"
#include "cli/help.h"

#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

/* `help disk ls`, `-h ls`: the help of the command or group that is named; without a name, the help of
 * everything. */
static int help_of(const cli *c, char **words, int count)
{
    int length = 0;
    if (count > 0 && strcmp(words[0], "--all") == 0) {
        for (const command_group *g = COMMAND_GROUPS; g->title; g++)
            for (const command *of = g->commands; of->name; of++)
                help_command(of);
        return EXIT_OK;
    }
    if (count == 0 || *words[0] == '-' || strcmp(words[0], "help") == 0) {
        help_all(stdout);
        return EXIT_OK;
    }
    if (count == 1 && help_topic(words[0]))
        return EXIT_OK;
    const command *k = command_find(words, count, &length);
    if (k)
        help_command(k);
    else if (command_is_group(words[0]) && (count < 2 || *words[1] == '-'))
        help_group(stdout, words[0]);
    else
        return command_unknown(c, words, count);
    return EXIT_OK;
}

/* Opens what the command needs. Returns EXIT_OK, or an exit code after printing the error. */
static int open_for(cli *c, char **args, int count)
{
    int code = EXIT_OK;
    if (c->command->opens == OPENS_BOX && count > 0)
        cli_open_box(c, args[0], &code);
    else if (c->command->opens != OPENS_NOTHING)
        cli_open(c, &code);
    return code;
}

static int run(cli *c, char **args, int count)
{
    const command *k = c->command;
    int min, max;
    command_count_arguments(k, &min, &max);
    if (count < min)
        return cli_usage_error(c, "missing argument; usage: boxctl %s %s", k->name, command_arguments(k));
    if (count > max)
        return command_refuse_argument(c, args, max);
    int code = EXIT_OK;
    if (k->prints_once && !cli_can_print(c, k->prints_once, "", &code))
        return code;
    code = open_for(c, args, count);
    return code == EXIT_OK ? k->run(c, args, count) : code;
}

static int run_command(cli *c, char **words, int count)
{
    int length = 0;
    c->command = command_find(words, count, &length);
    if (!c->command) {
        const bool wants_help = count > 1 && (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0);
        return wants_help ? help_of(c, words, count) : command_unknown(c, words, count);
    }
    words += length;
    count -= length;
    int code = options_read(c, words, &count);
    if (code == OPTIONS_HELP) {
        help_command(c->command);
        code = EXIT_OK;
    } else if (code == OPTIONS_READ) {
        code = run(c, words, count);
    }
    options_free(c->command->options);
    cli_close(c);
    return code;
}

static int run_line(cli *c, char **words, int count)
{
    const bool is_bash = count > 0 && strcmp(words[0], "__complete_bash") == 0;
    if (is_bash || (count > 0 && strcmp(words[0], "__complete") == 0))
        return complete(c, is_bash, words + 1, count - 1);
    const int code = options_read(c, words, &count);
    const bool is_help = count > 0 && strcmp(words[0], "help") == 0;
    if (code == OPTIONS_HELP || is_help)
        return help_of(c, words + is_help, count - is_help);
    if (code != OPTIONS_READ)
        return code;
    if (count > 0)
        return run_command(c, words, count);
    help_all(stderr);
    return EXIT_USAGE;
}

/* ---- the standard descriptors ---- */

static bool input_was_closed;

bool input_is_usable(void)
{
    const int mode = fcntl(STDIN_FILENO, F_GETFL);
    return !input_was_closed && mode >= 0 && (mode & O_ACCMODE) != O_WRONLY;
}

/* A closed standard descriptor would be reused for the next file or connection that is opened. In place of
 * standard output stands a descriptor to which nothing can be written, so that output is not lost in silence.
 * Standard input is empty; commands that copy it ask input_is_usable(). */
static void open_missing_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(EXIT_BOXCTL); /* there is no stream to print the reason to */
        if (fd == STDIN_FILENO)
            input_was_closed = true;
        if (fd == STDOUT_FILENO)
            output_closed_at_start();
    }
}

/* Runs before the constructors of the shared libraries, because some of them open descriptors. */
typedef void (*preinit)(void);
__attribute__((section(".preinit_array"), used)) static const preinit FIRST = open_missing_descriptors;

int main(int argc, char **argv)
{
    cli c = {0};
    setlocale(LC_CTYPE, ""); /* how wide characters are */
    output_begin();
    const int code = run_line(&c, argv + 1, argc > 0 ? argc - 1 : 0);
    return output_finish(code, cli_failure_code(&c));
}
