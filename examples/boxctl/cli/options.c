/* Reads the options of a command line, by the tables of the commands. */
#include "cli/boxctl.h"

#include <stdlib.h>
#include <string.h>

static struct {
    bool help, version, json, quiet, trace, no_token_cache;
    int verbose;
    const char *api_url, *ca_file, *cert_file, *key_file, *proxy, *profile, *colour;
    int64_t timeout_ms;
} want = {.timeout_ms = INT64_MIN};

const option_row GLOBAL_OPTIONS[] = {
    {"json", 0, OPTION_SWITCH, &want.json, NULL, "print JSON instead of text"},
    {"quiet", 'q', OPTION_SWITCH, &want.quiet, NULL, "print only names; actions print nothing"},
    {"timeout", 0, OPTION_DURATION, &want.timeout_ms, "TIME",
     "timeout of each call, e.g. 5s or 2m; 0 or \"never\": none (default: 1m; exec and cp: none)"},
    {"color", 0, OPTION_TEXT, &want.colour, "WHEN", "auto (default: on a terminal), always or never"},
    {"verbose", 'v', OPTION_COUNT, &want.verbose, NULL,
     "print what the library does to standard error; twice: with each attempt"},
    {"trace", 0, OPTION_SWITCH, &want.trace, NULL,
     "print each request to standard error: time, RPC, status, duration"},
    {"profile", 0, OPTION_TEXT, &want.profile, "NAME", "profile of `boxctl login` (default: $BOXD_PROFILE)"},
    {"api-url", 0, OPTION_TEXT, &want.api_url, "URL", "URL of the service (default: $BOXD_API_URL)"},
    {"proxy", 0, OPTION_TEXT, &want.proxy, "URL",
     "the proxy, http://HOST:PORT; \"\": none (default: $https_proxy)"},
    {"ca-file", 0, OPTION_TEXT, &want.ca_file, "FILE", "certificates to trust (default: $BOXD_CA_FILE)"},
    {"client-cert", 0, OPTION_TEXT, &want.cert_file, "FILE", "certificate of this client, for mutual TLS"},
    {"client-key", 0, OPTION_TEXT, &want.key_file, "FILE", "key of --client-cert"},
    {"no-token-cache", 0, OPTION_SWITCH, &want.no_token_cache, NULL,
     "do not keep the token in a file for the next run"},
    {"help", 'h', OPTION_SWITCH, &want.help, NULL, "show this help"},
    {"version", 0, OPTION_SWITCH, &want.version, NULL, "show the version"},
    {0},
};

/* ---- one value ---- */

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

bool option_has_value(const option_row *row)
{
    return row->kind != OPTION_SWITCH && row->kind != OPTION_COUNT;
}

/* Reads a duration for an option of milliseconds or of seconds. */
static bool read_duration(const option_row *row, const char *value)
{
    int64_t *target = row->target, ms = 0;
    if (strcmp(value, "never") == 0) {
        *target = BOXD_NEVER; /* the number of BOXD_NO_TIMEOUT, too */
        return true;
    }
    if (!parse_duration(value, &ms) || (row->kind == OPTION_SECONDS && ms % 1000 != 0))
        return false;
    *target = row->kind == OPTION_SECONDS ? ms / 1000 : ms;
    return true;
}

static int set_value(const cli *c, const option_row *row, const char *value)
{
    switch (row->kind) {
    case OPTION_SWITCH:
        *(bool *)row->target = true;
        break;
    case OPTION_COUNT:
        ++*(int *)row->target;
        break;
    case OPTION_TEXT:
        *(const char **)row->target = value;
        break;
    case OPTION_DURATION:
    case OPTION_SECONDS:
        if (!read_duration(row, value))
            return cli_usage_error(
                c, "invalid value \"%s\" for --%s: must be a time " DURATION_FORMS "%s, or \"never\"", value,
                row->name, row->kind == OPTION_SECONDS ? " (whole seconds)" : "");
        break;
    case OPTION_NUMBER:
        if (!parse_number(value, INT32_MAX, row->target))
            return cli_usage_error(c, "invalid value \"%s\" for --%s: must be a whole number", value,
                                   row->name);
        break;
    case OPTION_LIST:
        if (!append(row->target, value))
            return cli_error(EXIT_FAILED, "out of memory");
        break;
    }
    return OPTIONS_READ;
}

/* ---- finding an option ---- */

static const option_row *find_in(const option_row *rows, const char *name, size_t length)
{
    for (; rows && rows->name; rows++)
        if (strncmp(rows->name, name, length) == 0 && !rows->name[length])
            return rows;
    return NULL;
}

const option_row *option_find(const command *k, const char *name, size_t length)
{
    const option_row *row = k ? find_in(k->options, name, length) : NULL;
    return row ? row : find_in(GLOBAL_OPTIONS, name, length);
}

const option_row *option_find_letter(const command *k, char letter)
{
    const option_row *const tables[] = {k ? k->options : NULL, GLOBAL_OPTIONS};
    for (size_t i = 0; i < 2; i++)
        for (const option_row *row = tables[i]; row && row->name; row++)
            if (row->letter == letter)
                return row;
    return NULL;
}

bool option_has_letter(const command *k, const option_row *row)
{
    return row->letter && option_find_letter(k, row->letter) == row;
}

/* ---- options that do not exist ---- */

/* Writes what the user may have meant: an option with a similar name, or an option of the command that runs
 * in the box. Returns `to`. */
static const char *hint_for(const cli *c, const char *word, char *to, size_t size)
{
    enum { MAX_NAMES = 80 };
    const char *names[MAX_NAMES + 1];
    size_t count = 0;
    const option_row *const tables[] = {c->command ? c->command->options : NULL, GLOBAL_OPTIONS};
    for (size_t i = 0; i < 2; i++)
        for (const option_row *row = tables[i]; row && row->name && count < MAX_NAMES; row++)
            names[count++] = row->name;
    names[count] = NULL;
    const size_t dashes = strspn(word, "-");
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + dashes, "="), word + dashes);
    const char *similar = strlen(name) > 1 ? most_similar(name, names) : NULL;
    const char *rest = c->command ? strstr(command_arguments(c->command), "[-- COMMAND...]") : NULL;
    *to = '\0';
    if (rest && strcmp(name, "name") == 0)
        snprintf(to, size, "; the name is an argument: `boxctl create NAME`");
    else if (similar)
        snprintf(to, size, "; did you mean --%s?", similar);
    else if (c->command && strcmp(c->command->name, "shell") == 0)
        snprintf(to, size, "; to run a command: `boxctl exec BOX -- COMMAND`");
    else if (rest)
        snprintf(to, size, "; put -- before a command with options: create NAME -- sh -c LINE");
    return to;
}

static int unknown_option(const cli *c, const char *word)
{
    char hint[128];
    if (strncmp(word, "--", 2) == 0)
        return cli_usage_error(c, "unknown option %.*s%s", (int)strcspn(word, "="), word,
                               hint_for(c, word, hint, sizeof hint));
    return cli_usage_error(c, "unknown option %s%s", word, hint_for(c, word, hint, sizeof hint));
}

/* ---- the command line ---- */

typedef struct reader {
    const cli *c;
    char **words;
    /* the number of words, and the index of the next one */
    int count, next;
} reader;

static int read_long(reader *r, const char *word)
{
    const size_t length = strcspn(word + 2, "=");
    const char *value = word[2 + length] ? word + 2 + length + 1 : NULL;
    const option_row *row = option_find(r->c->command, word + 2, length);
    if (!row)
        return unknown_option(r->c, word);
    if (value && !option_has_value(row))
        return cli_usage_error(r->c, "option --%s takes no value", row->name);
    if (!value && option_has_value(row)) {
        if (r->next == r->count)
            return cli_usage_error(r->c, "option %s needs a value", word);
        value = r->words[r->next++];
    }
    return set_value(r->c, row, value);
}

/* Reads a word of letters: "-it", "-e NAME=VALUE" or "-eNAME=VALUE". */
static int read_letters(reader *r, const char *word)
{
    for (const char *at = word + 1; *at; at++) {
        const option_row *row = option_find_letter(r->c->command, *at);
        if (!row) {
            const char one[] = {'-', *at, '\0'};
            return unknown_option(r->c, word[2] ? word : one);
        }
        if (option_has_value(row)) {
            if (!at[1] && r->next == r->count)
                return cli_usage_error(r->c, "option -%c needs a value", *at);
            return set_value(r->c, row, at[1] ? at + 1 : r->words[r->next++]);
        }
        const int code = set_value(r->c, row, NULL);
        if (code != OPTIONS_READ)
            return code;
    }
    return OPTIONS_READ;
}

static int finish_globals(cli *c)
{
    if (want.version) {
        printf("boxctl %s\n", boxd_version());
        return EXIT_OK;
    }
    if (want.help)
        return OPTIONS_HELP;
    if (want.colour && !colours_choose(want.colour))
        return cli_usage_error(c, "invalid value \"%s\" for --color: must be auto, always or never",
                               want.colour);
    if (want.json && want.quiet)
        return cli_usage_error(
            c, "--json and --quiet cannot be combined: --json prints whole objects, and --quiet "
               "only names");
    if (!want.cert_file != !want.key_file)
        return cli_usage_error(c, "--client-cert and --client-key must be given together");
    c->json = want.json;
    c->quiet = want.quiet;
    c->verbose = want.verbose;
    c->trace = want.trace;
    c->no_token_cache = want.no_token_cache;
    c->api_url = want.api_url;
    c->proxy = want.proxy;
    c->profile = want.profile;
    c->ca_file = want.ca_file;
    c->client_cert_file = want.cert_file;
    c->client_key_file = want.key_file;
    if (want.timeout_ms != INT64_MIN)
        c->timeout_ms = want.timeout_ms == 0 ? BOXD_NO_TIMEOUT : want.timeout_ms;
    return OPTIONS_READ;
}

/* Whether an argument ends the options: without a command the name of the command, else the first word of a
 * command for the box. */
static bool ends_options(const cli *c, int arguments)
{
    return !c->command || (c->command->verbatim && arguments == 1);
}

/* Keeps the words from the next one on as they are. Returns the number of arguments. */
static int keep_rest(reader *r, int arguments)
{
    while (r->next < r->count)
        r->words[arguments++] = r->words[r->next++];
    return arguments;
}

/* Handles the word "--". */
static int read_end(cli *c, reader *r, int arguments)
{
    if (c->command && c->command->verbatim && arguments == 0)
        return arguments; /* in front of the box */
    if (!c->command || !strstr(command_arguments(c->command), "[-- "))
        return keep_rest(r, arguments);
    c->rest = r->words + r->next;
    c->rest_count = r->count - r->next;
    r->next = r->count;
    return arguments;
}

int options_read(cli *c, char **words, int *count)
{
    reader r = {.c = c, .words = words, .count = *count};
    int arguments = 0, code = OPTIONS_READ;
    while (r.next < r.count && code == OPTIONS_READ) {
        char *word = r.words[r.next];
        const bool is_option = *word == '-' && word[1];
        if (!is_option && ends_options(c, arguments)) {
            arguments = keep_rest(&r, arguments);
            break;
        }
        r.next++;
        if (!is_option)
            r.words[arguments++] = word;
        else if (strcmp(word, "--") == 0)
            arguments = read_end(c, &r, arguments);
        else
            code = word[1] == '-' ? read_long(&r, word) : read_letters(&r, word);
    }
    words[arguments] = NULL; /* of argv, or behind it, where argv has a NULL, too */
    *count = arguments;
    return code == OPTIONS_READ ? finish_globals(c) : code;
}
