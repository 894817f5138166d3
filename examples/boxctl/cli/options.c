/* Reads the options with getopt_long() and prints their help, both from the same tables. */
#include "cli/boxctl.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* LONG_ONLY + i is the value of row i if the row has no letter */
enum { MAX_OPTIONS = 40, LONG_ONLY = 1000 };

static bool want_help, want_version, want_json, want_quiet;
static const char *want_url;
static int64_t want_timeout_s;

static const option_row GLOBAL[] = {
    {"json", 0, OPTION_SWITCH, &want_json, NULL, "print JSON instead of text"},
    {"quiet", 'q', OPTION_SWITCH, &want_quiet, NULL, "print only names; actions print nothing"},
    {"api-url", 0, OPTION_TEXT, &want_url, "URL", "URL of the service (default: $BOXD_API_URL)"},
    {"timeout", 0, OPTION_NUMBER, &want_timeout_s, "SECONDS",
     "timeout of each call (default: 60; exec and cp: none)"},
    {"help", 'h', OPTION_SWITCH, &want_help, NULL, "show this help"},
    {"version", 0, OPTION_SWITCH, &want_version, NULL, "show the version"},
    {0},
};

/* ---- one value ---- */

bool parse_number(const char *text, int64_t max, int64_t *number)
{
    char *end = NULL;
    errno = 0;
    const long long value = isdigit((unsigned char)*text) ? strtoll(text, &end, 10) : -1;
    if (errno != 0 || value < 0 || value > max || *end)
        return false;
    *number = value;
    return true;
}

static bool append(string_list *list, const char *word)
{
    const char **items = realloc(list->items, (list->count + 2) * sizeof *items);
    if (!items)
        return false;
    list->items = items;
    items[list->count++] = word;
    items[list->count] = NULL;
    return true;
}

void options_free(const option_row *rows)
{
    for (; rows && rows->name; rows++) {
        if (rows->kind != OPTION_LIST)
            continue;
        string_list *list = rows->target;
        free(list->items);
        *list = (string_list){0};
    }
}

static int set_value(const cli *c, const option_row *row, const char *value)
{
    switch (row->kind) {
    case OPTION_SWITCH:
        *(bool *)row->target = true;
        break;
    case OPTION_TEXT:
        *(const char **)row->target = value;
        break;
    case OPTION_SECONDS:
        if (strcmp(value, "never") == 0) {
            *(int64_t *)row->target = BOXD_NEVER;
            break;
        }
    /* fallthrough */
    case OPTION_NUMBER:
        if (!parse_number(value, INT32_MAX, row->target))
            return cli_usage_error(c, "invalid value \"%s\" for --%s: must be a whole number%s", value,
                                   row->name, row->kind == OPTION_SECONDS ? " of seconds or \"never\"" : "");
        break;
    case OPTION_LIST:
        if (!append(row->target, value))
            return cli_error(EXIT_FAILED, "out of memory");
        break;
    }
    return OPTIONS_READ;
}

/* ---- the command line ---- */

typedef struct reader {
    const option_row *rows[MAX_OPTIONS];
    struct option longs[MAX_OPTIONS + 1];
    char shorts[2 * MAX_OPTIONS + 4];
    int count;
} reader;

static void add_rows(reader *r, const option_row *rows)
{
    char *s = r->shorts + strlen(r->shorts);
    for (; rows && rows->name && r->count < MAX_OPTIONS; rows++) {
        const bool valued = rows->kind != OPTION_SWITCH;
        const int value = rows->letter ? rows->letter : LONG_ONLY + r->count;
        r->longs[r->count] =
            (struct option){rows->name, valued ? required_argument : no_argument, NULL, value};
        r->rows[r->count++] = rows;
        if (rows->letter) {
            *s++ = rows->letter;
            if (valued)
                *s++ = ':';
        }
    }
}

static const option_row *row_of(const reader *r, int value)
{
    for (int i = 0; i < r->count; i++)
        if (r->longs[i].val == value)
            return r->rows[i];
    return NULL;
}

/* A hint after "unknown option": the user may have meant an option of the command that runs in the box. */
static const char *hint_for(const cli *c)
{
    const bool takes_command = c->command && !c->command->verbatim && c->command->arguments &&
                               strstr(c->command->arguments, "-- COMMAND");
    return takes_command ? "; put -- before a command with options: create NAME -- sh -c LINE" : "";
}

static int bad_option(const cli *c, int found, char **argv)
{
    const char *word = argv[optind - 1];
    if (found == ':')
        return cli_usage_error(c, "option %s needs a value", word);
    if (strncmp(word, "--", 2) != 0)
        return cli_usage_error(c, "unknown option -%c%s", optopt, hint_for(c));
    if (optopt)
        return cli_usage_error(c, "option %.*s takes no value", (int)strcspn(word, "="), word);
    return cli_usage_error(c, "unknown option %s%s", word, hint_for(c));
}

static int finish_globals(cli *c)
{
    if (want_version) {
        printf("boxctl %s\n", boxd_version());
        return EXIT_OK;
    }
    if (want_help)
        return OPTIONS_HELP;
    c->json = want_json;
    c->quiet = want_quiet;
    c->api_url = want_url;
    c->timeout_ms = want_timeout_s * 1000;
    return OPTIONS_READ;
}

int options_read(cli *c, int argc, char **argv, int *index)
{
    reader r = {0};
    const bool stop = !c->command || c->command->verbatim; /* at the first argument */
    snprintf(r.shorts, sizeof r.shorts, "%s", stop ? "+:" : ":");
    add_rows(&r, GLOBAL);
    if (c->command)
        add_rows(&r, c->command->options);
    opterr = 0;
    optind = 0; /* restarts getopt */
    for (int found; (found = getopt_long(argc, argv, r.shorts, r.longs, NULL)) != -1;) {
        const option_row *row = row_of(&r, found);
        const int code = row ? set_value(c, row, optarg) : bad_option(c, found, argv);
        if (code != OPTIONS_READ)
            return code;
    }
    *index = optind;
    return finish_globals(c);
}

/* ---- help ---- */

static void options_help(FILE *to, const option_row *rows)
{
    for (; rows->name; rows++) {
        char left[64];
        char letter[4] = "   ";
        if (rows->letter)
            snprintf(letter, sizeof letter, "-%c,", rows->letter);
        snprintf(left, sizeof left, "%s --%s %s", letter, rows->name, rows->value ? rows->value : "");
        fprintf(to, "  %-28s %s%s\n", left, rows->help, rows->kind == OPTION_LIST ? " (repeatable)" : "");
    }
}

void options_global_help(FILE *to)
{
    options_help(to, GLOBAL);
}

void options_command_help(const command *k)
{
    printf("Usage: boxctl %s%s%s%s\n\n%s.\n", k->name, k->options ? " [OPTION]..." : "",
           k->arguments ? " " : "", k->arguments ? k->arguments : "", k->summary);
    if (k->details)
        printf("\n%s\n", k->details);
    if (k->aliases)
        printf("\nAliases: %s\n", k->aliases);
    if (k->options) {
        printf("\nOptions\n");
        options_help(stdout, k->options);
    }
    printf("\nGlobal options\n");
    options_global_help(stdout);
}
