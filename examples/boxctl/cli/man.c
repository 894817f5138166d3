/* Writes manual pages from the tables of the commands, in the man(7) format. */
#include "cli/boxctl.h"
#include "cli/help.h"

#include <ctype.h>
#include <string.h>

/* ---- text ---- */

/* Prints one letter of text. `first`: at the beginning of a line, where "." and "'" begin a request. */
static void put_letter(FILE *to, char letter, bool first)
{
    if (first && (letter == '.' || letter == '\''))
        fputs("\\&", to);
    if (letter == '\\')
        fputs("\\e", to);
    else if (letter == '-')
        fputs("\\-", to);
    else if (letter == '\'')
        fputs("\\(aq", to);
    else
        fputc(letter, to);
}

/* Prints text; what stands in `` is bold. A line end ends a paragraph. */
static void put_text(FILE *to, const char *text)
{
    bool bold = false, first = true;
    for (; *text; text++) {
        if (*text == '`') {
            bold = !bold;
            fputs(bold ? "\\fB" : "\\fP", to);
        } else if (*text == '\n') {
            fputs("\n.PP\n", to);
        } else {
            put_letter(to, *text, first);
        }
        first = *text == '\n';
    }
    fputc('\n', to);
}

/* Prints a word in a font. */
static void put_word(FILE *to, char font, const char *word)
{
    fprintf(to, "\\f%c", font);
    for (; *word; word++)
        put_letter(to, *word, false);
    fputs("\\fP", to);
}

/* Prints the words of arguments: placeholders in italics. */
static void put_arguments(FILE *to, const char *text)
{
    for (bool inside = false; *text; text++) {
        const bool is_upper = isupper((unsigned char)*text);
        if (is_upper != inside)
            fputs(is_upper ? "\\fI" : "\\fP", to);
        inside = is_upper;
        put_letter(to, *text, false);
        if (inside && !text[1])
            fputs("\\fP", to);
    }
}

/* "boxctl-disk-ls" of "disk ls" */
static void put_page_name(FILE *to, const char *name)
{
    fputs("boxctl\\-", to);
    for (; *name; name++)
        put_letter(to, (char)(*name == ' ' ? '-' : *name), false);
}

/* ---- parts of a page ---- */

/* `name` is NULL for boxctl itself. */
static void put_head(FILE *to, const char *name, const char *summary)
{
    fputs(".TH BOXCTL", to);
    for (const char *at = name; at && *at; at++) {
        if (at == name)
            fputs("\\-", to);
        put_letter(to, (char)(*at == ' ' ? '-' : toupper((unsigned char)*at)), false);
    }
    fprintf(to, " 1 \"\" \"boxctl %s\" \"boxctl\"\n.SH NAME\n", BOXD_VERSION_STRING);
    if (name)
        put_page_name(to, name);
    else
        fputs("boxctl", to);
    fputs(" \\- ", to);
    put_text(to, summary);
}

static void put_options(FILE *to, const char *title, const command *k, const option_row *rows)
{
    fprintf(to, ".SH %s\n", title);
    for (const option_row *row = rows; row->name; row++) {
        char name[64];
        fputs(".TP\n", to);
        if (option_has_letter(k, row))
            fprintf(to, "\\fB\\-%c\\fP, ", row->letter);
        snprintf(name, sizeof name, "--%s", row->name);
        put_word(to, 'B', name);
        if (row->value) {
            fputc(' ', to);
            put_word(to, 'I', row->value);
        }
        fputc('\n', to);
        put_text(to, row->help);
        if (row->kind == OPTION_LIST)
            fputs("(repeatable)\n", to);
    }
}

static void put_examples(FILE *to, const char *lines)
{
    fputs(".SH EXAMPLES\n.nf\n", to);
    while (*lines) {
        const size_t length = strcspn(lines, "\n");
        for (size_t i = 0; i < length; i++)
            put_letter(to, lines[i], i == 0);
        fputc('\n', to);
        lines += length + (lines[length] == '\n');
    }
    fputs(".fi\n", to);
}

static void put_rows(FILE *to, const char *title, const help_row *rows)
{
    fprintf(to, ".SH %s\n", title);
    for (; rows->left; rows++) {
        fputs(".TP\n", to);
        put_word(to, 'B', rows->left);
        fputc('\n', to);
        put_text(to, rows->text);
    }
}

/* A command in the list of a page. */
static void put_command(FILE *to, const command *k)
{
    fputs(".TP\n", to);
    put_word(to, 'B', k->name);
    fputc(' ', to);
    put_arguments(to, command_arguments(k));
    fputc('\n', to);
    put_text(to, k->summary);
}

/* ---- pages ---- */

static void command_page(FILE *to, const command *k)
{
    put_head(to, k->name, k->summary);
    fputs(".SH SYNOPSIS\n\\fBboxctl ", to);
    for (const char *at = k->name; *at; at++)
        put_letter(to, *at, false);
    fputs(k->options ? "\\fP [\\fIOPTION\\fP]... " : "\\fP ", to);
    put_arguments(to, command_arguments(k));
    fputs("\n.SH DESCRIPTION\n", to);
    put_text(to, k->details ? k->details : k->summary);
    char aliases[128];
    if (k->aliases) {
        fputs(".PP\nAliases: ", to);
        put_text(to, command_aliases(k, aliases, sizeof aliases));
    }
    if (k->options)
        put_options(to, "OPTIONS", k, k->options);
    put_options(to, "GLOBAL OPTIONS", k, GLOBAL_OPTIONS);
    if (k->examples)
        put_examples(to, k->examples);
    fputs(".SH SEE ALSO\n.BR boxctl (1)\nfor the environment variables and the exit codes\n", to);
}

void man_group_page(FILE *to, const char *word)
{
    char summary[128];
    snprintf(summary, sizeof summary, "commands of the group %s", word);
    put_head(to, word, summary);
    fputs(".SH SYNOPSIS\n\\fBboxctl ", to);
    fprintf(to, "%s\\fP \\fICOMMAND\\fP [\\fIARGUMENT\\fP]...\n.SH COMMANDS\n", word);
    for (const command_group *g = COMMAND_GROUPS; g->title; g++)
        for (const command *k = g->commands; k->name; k++)
            if (command_is_in_group(k, word))
                put_command(to, k);
    fprintf(to, ".SH SEE ALSO\n.BR boxctl (1).\nThe page boxctl\\-%s\\-COMMAND describes a command.\n", word);
}

static void main_page(FILE *to)
{
    put_head(to, NULL, HELP_PURPOSE);
    fputs(".SH SYNOPSIS\n\\fBboxctl\\fP [\\fIOPTION\\fP]... \\fICOMMAND\\fP [\\fIARGUMENT\\fP]...\n.SH "
          "DESCRIPTION\n",
          to);
    put_text(to, HELP_ENDING);
    fputs("The page boxctl\\-COMMAND describes a command: boxctl\\-ls(1), boxctl\\-disk\\-create(1).\n.SH "
          "COMMANDS\n",
          to);
    for (const command_group *g = COMMAND_GROUPS; g->title; g++) {
        if (*g->title)
            fprintf(to, ".SS %s\n", g->title);
        for (const command *k = g->commands; k->name; k++)
            if (!k->hidden)
                put_command(to, k);
    }
    put_options(to, "GLOBAL OPTIONS", NULL, GLOBAL_OPTIONS);
    put_rows(to, "ENVIRONMENT", HELP_VARIABLES);
    fputs(".SH FILES\n.TP\n\\fI$XDG_CONFIG_HOME/boxd/profiles/\\fP\nprofiles of \\fBboxctl login\\fP; the "
          "default of "
          "$XDG_CONFIG_HOME is ~/.config\n",
          to);
    put_rows(to, "EXIT STATUS", HELP_EXIT_CODES);
}

void man_page(FILE *to, const command *k)
{
    if (k)
        command_page(to, k);
    else
        main_page(to);
}
