/* Writes the help from the tables of the commands, in lines of at most 80 columns. */
#include "cli/help.h"
#include "cli/boxctl.h"

#include <string.h>

/* FIRST: where the summary of a command begins; OPTION: where the text of an option begins. */
enum { WIDTH = 80, FIRST_COLUMN = 16, OPTION_COLUMN = 29 };

/* ---- text ---- */

/* Prints the words of `text` in lines. The cursor is at `cursor`; further lines begin at `indent`. A line end
 * in `text` ends a paragraph. */
static void print_words(FILE *to, const char *text, int cursor, int indent)
{
    bool is_first = true;
    while (*text) {
        const int length = (int)strcspn(text, " \n");
        if (!is_first && cursor + 1 + length > WIDTH) {
            fprintf(to, "\n%*s", indent, "");
            cursor = indent;
            is_first = true;
        }
        fprintf(to, "%s%.*s", is_first ? "" : " ", length, text);
        cursor += length + !is_first;
        is_first = false;
        text += length;
        if (*text == '\n') {
            fprintf(to, "\n%*s", indent, "");
            cursor = indent;
            is_first = true;
        }
        text += *text != '\0';
    }
    fputc('\n', to);
}

/* Prints two columns: `left`, and `text` from `cursor` on. */
static void print_pair(FILE *to, const char *left, int cursor, const char *text)
{
    const int length = fprintf(to, "  %s", left);
    if (length + 1 >= cursor)
        fprintf(to, "\n%*s", cursor, "");
    else
        fprintf(to, "%*s", cursor - length, "");
    print_words(to, text, cursor, cursor);
}

/* Prints lines with two blanks in front of each. */
static void print_lines(FILE *to, const char *lines)
{
    while (*lines) {
        const int length = (int)strcspn(lines, "\n");
        fprintf(to, "  %.*s\n", length, lines);
        lines += length + (lines[length] == '\n');
    }
}

/* ---- options ---- */

static void print_options(FILE *to, const command *k, const option_row *rows)
{
    for (const option_row *row = rows; row->name; row++) {
        char left[96], text[512], letter[5] = "    ";
        if (option_has_letter(k, row))
            snprintf(letter, sizeof letter, "-%c, ", row->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, row->name, row->value ? " " : "",
                 row->value ? row->value : "");
        snprintf(text, sizeof text, "%s%s", row->help, row->kind == OPTION_LIST ? " (repeatable)" : "");
        print_pair(to, left, OPTION_COLUMN, text);
    }
}

/* ---- help ---- */

/* Names the global options; `boxctl --help` describes them. */
static void print_global_names(const command *k)
{
    char text[512] = "Global options, see `boxctl --help`:";
    for (const option_row *row = GLOBAL_OPTIONS; row->name; row++) {
        const size_t used = strlen(text);
        const bool has_letter = option_has_letter(k, row);
        const char letter[] = {'-', row->letter, '/', '\0'};
        snprintf(text + used, sizeof text - used, " %s--%s%s", has_letter ? letter : "", row->name,
                 row[1].name ? "," : "");
    }
    print_words(stdout, text, 0, 0);
}

void help_command(const command *k)
{
    char usage[256];
    snprintf(usage, sizeof usage, "Usage: boxctl %s%s%s%s", k->name, k->options ? " [OPTION]..." : "",
             k->arguments ? " " : "", command_arguments(k));
    print_words(stdout, usage, 0, 4);
    printf("\n%s.\n", k->summary);
    if (k->details) {
        putchar('\n');
        print_words(stdout, k->details, 0, 0);
    }
    if (k->examples) {
        printf("\nExamples\n");
        print_lines(stdout, k->examples);
    }
    char aliases[128];
    if (k->aliases)
        printf("\nAliases: %s\n", command_aliases(k, aliases, sizeof aliases));
    if (k->options) {
        printf("\nOptions\n");
        print_options(stdout, k, k->options);
    }
    putchar('\n');
    print_global_names(k);
}

void help_group(FILE *to, const char *word)
{
    fprintf(to, "Usage: boxctl %s COMMAND\n\nCommands\n", word);
    for (const command_group *g = COMMAND_GROUPS; g->title; g++)
        for (const command *k = g->commands; k->name; k++)
            if (command_is_in_group(k, word)) {
                char left[128];
                snprintf(left, sizeof left, "%s %s", k->name, command_arguments(k));
                print_pair(to, left, OPTION_COLUMN + 11, k->summary);
            }
    fprintf(to, "\n`boxctl help %s COMMAND` shows the options of a command.\n", word);
}

const char HELP_PURPOSE[] = "manage boxes from the command line";
const char HELP_ENDING[] =
    "BOX is the name or the id of a box. `boxctl help COMMAND` shows the arguments and options of a "
    "command, `boxctl help --all` those of all commands.";

static const char TOPICS[] =
    "`boxctl help environment` lists the environment variables, `boxctl help exit-codes` the exit "
    "codes.";

const help_row HELP_VARIABLES[] = {
    {"BOXD_API_KEY, BOXD_TOKEN",
     "the credential; there is no option for it, because other users can read command lines"},
    {"BOXD_PROFILE", "profile of `boxctl login`, if there is no credential in a variable"},
    {"BOXD_API_URL, BOXD_BASE_URL, BOXD_EXCHANGE_URL, BOXD_ENVIRONMENT", "address of the service"},
    {"BOXD_CA_FILE, SSL_CERT_FILE", "certificates to trust instead of the system's"},
    {"https_proxy, http_proxy, all_proxy",
     "the proxy for https URLs, for http URLs, for both; `boxctl doctor` shows which one is used"},
    {"no_proxy",
     "hosts without a proxy: names (also for the names below them), addresses, ranges (10.0.0.0/8) or "
     "*, separated by commas. Upper-case names of these variables work, except HTTP_PROXY"},
    {"BOXD_NO_TOKEN_CACHE", "the same as --no-token-cache"},
    {"XDG_CACHE_HOME", "the token is kept below this directory, in boxd (default: ~/.cache)"},
    {"NO_COLOR", "disables colours"},
    {0},
};

const help_row HELP_EXIT_CODES[] = {
    {"0", "success"},
    {"1", "the service refused the request, or another error occurred"},
    {"2", "usage error"},
    {"3", "not found"},
    {"4", "no valid credential, or permission denied"},
    {"5", "the service cannot be reached"},
    {"6", "timeout"},
    {"130", "interrupted by Ctrl-C (128 + number of the signal)"},
    {"...",
     "exec, shell and job wait return the exit code of the command in the box, 125 if boxctl itself fails, "
     "and 130 on Ctrl-C. The shell of the box returns 126 for a command that cannot be executed, and 127 for "
     "a command that does not exist"},
    {0},
};

bool help_topic(const char *word)
{
    static const struct {
        const char *word;
        const help_row *rows;
        int cursor;
    } ROWS[] = {{"environment", HELP_VARIABLES, OPTION_COLUMN}, {"exit-codes", HELP_EXIT_CODES, 7}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (strcmp(ROWS[i].word, word) != 0)
            continue;
        for (const help_row *row = ROWS[i].rows; row->left; row++)
            print_pair(stdout, row->left, ROWS[i].cursor, row->text);
        return true;
    }
    return false;
}

/* Prints the group of commands, such as "disk", that begins with `first` in one line: its commands may be in
 * several tables. Prints nothing if another command is the first one. */
static void print_group_names(FILE *to, const command *first)
{
    char group[64], text[512] = "";
    snprintf(group, sizeof group, "%.*s", (int)strcspn(first->name, " "), first->name);
    for (const command_group *g = COMMAND_GROUPS; g->title; g++)
        for (const command *k = g->commands; k->name; k++) {
            const size_t used = strlen(text);
            if (!command_is_in_group(k, group))
                continue;
            if (used == 0 && k != first)
                return;
            snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "", strchr(k->name, ' ') + 1);
        }
    print_pair(to, group, FIRST_COLUMN, text);
}

void help_all(FILE *to)
{
    fprintf(to, "boxctl manages boxes from the command line.\n\n"
                "Usage: boxctl [OPTION]... COMMAND [ARGUMENT]...\n");
    for (const command_group *g = COMMAND_GROUPS; g->title; g++) {
        if (*g->title)
            fprintf(to, "\n%s\n", g->title);
        for (const command *k = g->commands; k->name; k++) {
            if (!k->hidden && strchr(k->name, ' '))
                print_group_names(to, k);
            else if (!k->hidden)
                print_pair(to, k->name, FIRST_COLUMN, k->summary);
        }
    }
    fprintf(to, "\nGlobal options\n");
    print_options(to, NULL, GLOBAL_OPTIONS);
    fputc('\n', to);
    print_words(to, HELP_ENDING, 0, 0);
    print_words(to, TOPICS, 0, 0);
}
