/* boxctl manages boxes from the command line. The other files have the tables of commands; this file finds
 * the command and runs it. */
#include "cli/boxctl.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const char ENDING[] =
    "\nBOX is the name or the id of a box. `boxctl help COMMAND` shows the options of a command.\n"
    "\nEnvironment variables\n"
    "  BOXD_API_KEY, BOXD_TOKEN   the credential; there is no option for it, because other users can read\n"
    "                             command lines\n"
    "  BOXD_API_URL, BOXD_BASE_URL, BOXD_EXCHANGE_URL, BOXD_ENVIRONMENT\n"
    "                             address of the service\n"
    "  BOXD_CA_FILE, SSL_CERT_FILE\n"
    "                             certificates to trust instead of the system's\n"
    "  https_proxy, http_proxy, all_proxy\n"
    "                             the proxy for https URLs, for http URLs, for both; `boxctl doctor` shows\n"
    "                             which one is used\n"
    "  no_proxy                   hosts without a proxy: names (also for the names below them), addresses,\n"
    "                             ranges (10.0.0.0/8) or *, separated by commas. Upper-case names of these\n"
    "                             variables work, except HTTP_PROXY\n"
    "  NO_COLOR                   disables colours\n"
    "\nExit codes\n"
    "    0  success\n"
    "    1  the service refused the request, or another error occurred\n"
    "    2  usage error\n"
    "    3  not found\n"
    "    4  no valid credential, or permission denied\n"
    "    5  the service cannot be reached\n"
    "    6  timeout\n"
    "  130  interrupted by Ctrl-C (128 + number of the signal)\n"
    "  exec and shell return the exit code of the command in the box, 125 if boxctl itself fails, and 130\n"
    "  on Ctrl-C.\n";

/* ---- help ---- */

static const char *arguments_of(const command *k)
{
    return k->arguments ? k->arguments : "";
}

static void help_line(FILE *to, const command *k)
{
    char left[64];
    snprintf(left, sizeof left, "%s %s", k->name, arguments_of(k));
    fprintf(to, "  %-38s %s\n", left, k->summary);
}

static void help_all(FILE *to)
{
    fprintf(
        to,
        "boxctl manages boxes from the command line.\n\nUsage: boxctl [OPTION]... COMMAND [ARGUMENT]...\n");
    for (size_t g = 0; COMMAND_GROUPS[g].title; g++) {
        fprintf(to, "\n%s\n", COMMAND_GROUPS[g].title);
        for (const command *k = COMMAND_GROUPS[g].commands; k->name; k++)
            help_line(to, k);
    }
    fprintf(to, "\nGlobal options\n");
    options_global_help(to);
    fputs(ENDING, to);
}

/* Whether the name of `k` has two words and `word` is the first: "disk" of "disk ls". */
static bool is_in_group(const command *k, const char *word)
{
    const size_t length = strlen(word);
    return strncmp(k->name, word, length) == 0 && k->name[length] == ' ';
}

/* Prints the help of a group of commands, such as "disk". False: there is no such group. */
static bool help_group(FILE *to, const char *word)
{
    bool found = false;
    for (size_t g = 0; COMMAND_GROUPS[g].title; g++)
        for (const command *k = COMMAND_GROUPS[g].commands; k->name; k++)
            if (is_in_group(k, word)) {
                if (!found)
                    fprintf(to, "Usage: boxctl %s COMMAND\n\n", word);
                found = true;
                fprintf(to, "  %s %s\n      %s\n", k->name, arguments_of(k), k->summary);
            }
    return found;
}

/* ---- finding the command ---- */

static bool has_name(const command *k, const char *word)
{
    if (strcmp(k->name, word) == 0)
        return true;
    const size_t length = strlen(word);
    for (const char *alias = k->aliases; alias; alias = strchr(alias, ',')) {
        alias += *alias == ',';
        if (strncmp(alias, word, length) == 0 && (alias[length] == '\0' || alias[length] == ','))
            return true;
    }
    return false;
}

static const command *find_command(const char *word)
{
    for (size_t g = 0; COMMAND_GROUPS[g].title; g++)
        for (const command *k = COMMAND_GROUPS[g].commands; k->name; k++)
            if (has_name(k, word))
                return k;
    return NULL;
}

/* The command at the beginning of `argv`. Sets `*length` to the number of words in its name. */
static const command *choose_command(int argc, char **argv, int *length)
{
    char two[64];
    *length = 2;
    if (argc > 1 && snprintf(two, sizeof two, "%s %s", argv[0], argv[1]) < (int)sizeof two) {
        const command *k = find_command(two);
        if (k)
            return k;
    }
    *length = 1;
    return find_command(argv[0]);
}

static int unknown_command(cli *c, int argc, char **argv)
{
    const char *second = argc > 1 ? argv[1] : "";
    if (!help_group(*second == '-' ? stdout : stderr, argv[0]))
        return cli_usage_error(c, "unknown command \"%s\"", argv[0]);
    if (strcmp(second, "--help") == 0 || strcmp(second, "-h") == 0)
        return EXIT_OK;
    if (*second)
        return cli_error(EXIT_USAGE, "unknown command \"%s %s\"", argv[0], second);
    return EXIT_USAGE;
}

/* `help disk ls`, `-h ls`: the help of the command or group that is named; without a name, the help of
 * everything. */
static int help_of(cli *c, int argc, char **argv)
{
    int length = 0;
    if (argc == 0 || *argv[0] == '-') {
        help_all(stdout);
        return EXIT_OK;
    }
    const command *k = choose_command(argc, argv, &length);
    if (!k)
        return help_group(stdout, argv[0]) ? EXIT_OK : cli_usage_error(c, "unknown command \"%s\"", argv[0]);
    options_command_help(k);
    return EXIT_OK;
}

/* Reads how many arguments a command takes; `*max` is INT_MAX without a limit. */
static void argument_count(const command *k, int *min, int *max)
{
    int optional = 0;
    bool counted = false; /* a letter of a word counts the word */
    *min = *max = 0;
    for (const char *at = arguments_of(k); *at; at++) {
        if (isupper((unsigned char)*at) && !counted) {
            *min += optional == 0;
            *max += *max < INT_MAX;
        }
        counted = *at != ' ' && (counted || isupper((unsigned char)*at));
        optional += (*at == '[') - (*at == ']');
        if (*at == '.')
            *max = INT_MAX;
    }
}

static int run(cli *c, char **args, int count)
{
    const command *k = c->command;
    int min, max;
    argument_count(k, &min, &max);
    if (count < min)
        return cli_usage_error(c, "missing argument; usage: boxctl %s %s", k->name, arguments_of(k));
    if (count > max)
        return cli_usage_error(c, "unexpected argument \"%s\"; usage: boxctl %s%s%s", args[max], k->name,
                               k->arguments ? " " : "", arguments_of(k));
    return k->run(c, args, count);
}

static int run_command(cli *c, int argc, char **argv)
{
    int length = 0;
    c->command = choose_command(argc, argv, &length);
    if (!c->command)
        return unknown_command(c, argc, argv);
    argc -= length - 1; /* argv[0] is now the last word of the name */
    argv += length - 1;
    int index = 0;
    int code = options_read(c, argc, argv, &index);
    if (code == OPTIONS_HELP) {
        options_command_help(c->command);
        code = EXIT_OK;
    } else if (code == OPTIONS_READ) {
        code = run(c, argv + index, argc - index);
    }
    options_free(c->command->options);
    cli_close(c);
    return code;
}

static int run_line(cli *c, int argc, char **argv)
{
    int index = 0;
    const int code = options_read(c, argc, argv, &index);
    const bool is_help = index < argc && strcmp(argv[index], "help") == 0;
    if (code == OPTIONS_HELP || is_help)
        return help_of(c, argc - index - is_help, argv + index + is_help);
    if (code != OPTIONS_READ)
        return code;
    if (index < argc)
        return run_command(c, argc - index, argv + index);
    help_all(stderr);
    return EXIT_USAGE;
}

/* ---- the standard descriptors ---- */

/* A closed standard descriptor would be reused for the next file or connection that is opened. */
static void open_missing_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) != fd)
            _exit(EXIT_BOXCTL); /* there is no stream to print the reason to */
}

/* Runs before the constructors of the shared libraries, because some of them open descriptors. */
typedef void (*preinit)(void);
__attribute__((section(".preinit_array"), used)) static const preinit FIRST = open_missing_descriptors;

int main(int argc, char **argv)
{
    cli c = {0};
    const int code = run_line(&c, argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_OK)
        return cli_error(EXIT_FAILED, "cannot write the output");
    return code;
}
