/* boxctl: boxes from the command line. The commands are tables in the other files; here they are found and
 * run. */
#include "boxctl.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *title;
    const command *commands;
} GROUPS[] = {
    {"Boxes", BOX_COMMANDS},
    {"Their state", LIFE_COMMANDS},
    {"Commands and logs", EXEC_COMMANDS},
    {"Files", CP_COMMANDS},
    {"Routes", PROXY_COMMANDS},
    {"Domains", DOMAIN_COMMANDS},
    {"Disks", DISK_COMMANDS},
    {"Snapshots", SNAPSHOT_COMMANDS},
    {"Tokens", TOKEN_COMMANDS},
    {"Everything else", API_COMMANDS},
    {"When it does not work", DOCTOR_COMMANDS},
};
enum { GROUP_COUNT = sizeof GROUPS / sizeof *GROUPS };

static const char ENDING[] =
    "\nA BOX is a name or an id. `boxctl help COMMAND` tells the rest of each.\n"
    "\nEnvironment\n"
    "  BOXD_API_KEY, BOXD_TOKEN   the credential; never on the command line, where others can read it\n"
    "  BOXD_API_URL, BOXD_BASE_URL, BOXD_EXCHANGE_URL, BOXD_ENVIRONMENT, BOXD_CA_FILE   where the service "
    "is\n"
    "  NO_COLOR                   no colours\n"
    "\nExit codes\n"
    "    0  good\n"
    "    1  the service refused, or something failed\n"
    "    2  the command line makes no sense\n"
    "    3  not found\n"
    "    4  no valid credential, or no permission\n"
    "    5  the service cannot be reached\n"
    "    6  out of time\n"
    "  130  Ctrl-C (128 and the signal's number)\n"
    "  exec and shell: the exit code of the command in the box; 125 where boxctl itself failed, whatever the "
    "reason;\n"
    "  130 on Ctrl-C\n";

/* ---- help ---- */

static void help_line(FILE *to, const command *k)
{
    char left[64];
    snprintf(left, sizeof left, "%s %s", k->name, k->operands);
    fprintf(to, "  %-38s %s\n", left, k->summary);
}

static void help_all(FILE *to)
{
    fprintf(to, "boxctl: boxes from the command line\n\nUsage: boxctl [OPTION]... COMMAND [OPERAND]...\n");
    for (size_t g = 0; g < GROUP_COUNT; g++) {
        fprintf(to, "\n%s\n", GROUPS[g].title);
        for (const command *k = GROUPS[g].commands; k->name; k++)
            help_line(to, k);
    }
    fprintf(to, "\nOptions of all commands\n");
    options_global_help(to);
    fputs(ENDING, to);
}

/* Whether `word` is the first of the two words of the name of `k`. */
static bool is_family(const command *k, const char *word)
{
    const size_t length = strlen(word);
    return strncmp(k->name, word, length) == 0 && k->name[length] == ' ';
}

/* The help of "disk": its commands. False: no command begins with that word. */
static bool help_family(FILE *to, const char *word)
{
    bool found = false;
    for (size_t g = 0; g < GROUP_COUNT; g++)
        for (const command *k = GROUPS[g].commands; k->name; k++)
            if (is_family(k, word)) {
                if (!found)
                    fprintf(to, "Usage: boxctl %s COMMAND\n\n", word);
                found = true;
                fprintf(to, "  %s %s\n      %s\n", k->name, k->operands, k->summary);
            }
    return found;
}

/* ---- which command ---- */

static bool is_called(const command *k, const char *word)
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
    for (size_t g = 0; g < GROUP_COUNT; g++)
        for (const command *k = GROUPS[g].commands; k->name; k++)
            if (is_called(k, word))
                return k;
    return NULL;
}

/* The command that `argv` begins with, and of how many words its name is. */
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

static int no_such_command(cli *c, int argc, char **argv)
{
    const char *second = argc > 1 ? argv[1] : "";
    if (!help_family(*second == '-' ? stdout : stderr, argv[0]))
        return cli_usage(c, "there is no command \"%s\"", argv[0]);
    if (strcmp(second, "--help") == 0 || strcmp(second, "-h") == 0)
        return EXIT_GOOD;
    if (*second)
        return cli_complain(EXIT_USAGE, "there is no command \"%s %s\"", argv[0], second);
    return EXIT_USAGE;
}

/* `help disk ls`, `-h ls`: the help of what the words name, whatever follows; without words the whole. */
static int help_of(cli *c, int argc, char **argv)
{
    int length = 0;
    if (argc == 0 || *argv[0] == '-') {
        help_all(stdout);
        return EXIT_GOOD;
    }
    const command *k = choose_command(argc, argv, &length);
    if (!k)
        return help_family(stdout, argv[0]) ? EXIT_GOOD : cli_usage(c, "there is no command \"%s\"", argv[0]);
    options_command_help(k);
    return EXIT_GOOD;
}

static int run(cli *c, char **operands, int count)
{
    const command *k = c->command;
    if (count < k->min)
        return cli_usage(c, "%s is missing: boxctl %s %s", count == 0 ? "an operand" : "one more operand",
                         k->name, k->operands);
    if (k->max >= 0 && count > k->max)
        return cli_usage(c, "\"%s\" is one operand too many: boxctl %s%s%s", operands[k->max], k->name,
                         *k->operands ? " " : "", k->operands);
    return k->run(c, operands, count);
}

static int run_command(cli *c, int argc, char **argv)
{
    int length = 0;
    c->command = choose_command(argc, argv, &length);
    if (!c->command)
        return no_such_command(c, argc, argv);
    argc -= length - 1; /* argv[0] is the last word of its name */
    argv += length - 1;
    int index = 0;
    int code = options_read(c, argc, argv, &index);
    if (code == OPTIONS_HELP) {
        options_command_help(c->command);
        code = EXIT_GOOD;
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

/* One that is closed would be the number of the next file or connection that is opened. */
static void open_missing_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) != fd)
            _exit(EXIT_OWN); /* there is nowhere to say why */
}

/* Before the constructors of the libraries that we are linked with: some open descriptors. */
typedef void (*preinit)(void);
__attribute__((section(".preinit_array"), used)) static const preinit FIRST = open_missing_descriptors;

int main(int argc, char **argv)
{
    cli c = {0};
    const int code = run_line(&c, argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_GOOD)
        return cli_complain(EXIT_REFUSED, "the output could not be written");
    return code;
}
