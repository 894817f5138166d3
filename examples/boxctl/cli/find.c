/* Finds the command that a command line names. */
#include "cli/boxctl.h"
#include "cli/help.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

enum { NAME_SIZE = 64, MAX_NAMES = 300 };

/* ---- commands by name ---- */

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

static const command *find_by_name(const char *name)
{
    for (const command_group *g = COMMAND_GROUPS; g->title; g++)
        for (const command *k = g->commands; k->name; k++)
            if (has_name(k, name))
                return k;
    return NULL;
}

/* Words that mean the same after the name of a group, in all groups. */
static const struct {
    const char *word, *instead;
} SYNONYMS[] = {{"list", "ls"},    {"delete", "rm"}, {"remove", "rm"},   {"destroy", "rm"},
                {"new", "create"}, {"get", "show"},  {"inspect", "show"}};

static const command *find_in_group(const char *first, const char *second)
{
    char name[NAME_SIZE];
    if (snprintf(name, sizeof name, "%s %s", first, second) >= (int)sizeof name)
        return NULL;
    const command *k = find_by_name(name);
    for (size_t i = 0; !k && i < sizeof SYNONYMS / sizeof *SYNONYMS; i++)
        if (strcmp(SYNONYMS[i].word, second) == 0) {
            snprintf(name, sizeof name, "%s %s", first, SYNONYMS[i].instead);
            k = find_by_name(name);
        }
    return k;
}

const command *command_find(char **words, int count, int *length)
{
    *length = 2;
    const command *k = count > 1 ? find_in_group(words[0], words[1]) : NULL;
    if (k)
        return k;
    *length = 1;
    return find_by_name(words[0]);
}

bool command_is_in_group(const command *k, const char *word)
{
    const size_t length = strlen(word);
    return !k->hidden && strncmp(k->name, word, length) == 0 && k->name[length] == ' ';
}

bool command_is_group(const char *word)
{
    for (const command_group *g = COMMAND_GROUPS; g->title; g++)
        for (const command *k = g->commands; k->name; k++)
            if (command_is_in_group(k, word))
                return true;
    return false;
}

/* ---- names that do not exist ---- */

/* Names that other tools have for a command of boxctl. */
static const struct {
    const char *name, *instead;
} OTHER_TOOLS[] = {
    {"run", "create"},        {"kill", "stop"},   {"attach", "shell"},  {"images", "snapshot ls"},
    {"image", "snapshot ls"}, {"info", "doctor"}, {"auth", "login"},    {"describe", "show"},
    {"copy-to", "cp"},        {"enter", "shell"}, {"console", "shell"}, {"expose", "port expose"},
    {"up", "start"},          {"down", "stop"},
};

/* Adds the words of the names and aliases of `k`: of a group the second word with `group`, else the first. */
static size_t add_names(const command *k, const char *group, char (*texts)[NAME_SIZE], size_t count)
{
    for (const char *from = k->name; from && count < MAX_NAMES;) {
        char *to = texts[count];
        snprintf(to, NAME_SIZE, "%.*s", (int)strcspn(from, ","), from);
        char *space = strchr(to, ' ');
        const size_t length = group ? strlen(group) : 0;
        if (!group) {
            if (space)
                *space = '\0';
            count++;
        } else if (space && strncmp(to, group, length) == 0 && to + length == space) {
            memmove(to, space + 1, strlen(space + 1) + 1);
            count++;
        }
        from = from == k->name ? k->aliases : strchr(from, ',') ? strchr(from, ',') + 1 : NULL;
    }
    return count;
}

/* Writes the most similar name: of a command, or of a command in `group`. "": there is none. */
static void similar_name(const char *word, const char *group, char *to, size_t size)
{
    static char texts[MAX_NAMES][NAME_SIZE];
    const char *names[MAX_NAMES + 1];
    size_t count = 0;
    for (const command_group *g = COMMAND_GROUPS; g->title; g++)
        for (const command *k = g->commands; k->name; k++)
            if (!k->hidden)
                count = add_names(k, group, texts, count);
    for (size_t i = 0; i < count; i++)
        names[i] = texts[i];
    names[count] = NULL;
    const char *similar = most_similar(word, names);
    for (size_t i = 0; !group && i < sizeof OTHER_TOOLS / sizeof *OTHER_TOOLS; i++)
        if (strcmp(OTHER_TOOLS[i].name, word) == 0)
            similar = OTHER_TOOLS[i].instead;
    snprintf(to, size, "%s%s%s", similar && group ? group : "", similar && group ? " " : "",
             similar ? similar : "");
}

int command_unknown(const cli *c, char **words, int count)
{
    const char *second = count > 1 ? words[1] : "";
    const bool is_group = command_is_group(words[0]);
    char similar[2 * NAME_SIZE];
    if (is_group && !*second) {
        help_group(stderr, words[0]);
        return EXIT_USAGE;
    }
    similar_name(is_group ? second : words[0], is_group ? words[0] : NULL, similar, sizeof similar);
    cli_usage_error(c, "unknown command \"%s%s%s\"%s%s%s", words[0], is_group ? " " : "",
                    is_group ? second : "", *similar ? "; did you mean \"" : "", similar,
                    *similar ? "\"?" : "");
    return EXIT_USAGE;
}

/* ---- arguments ---- */

const char *command_arguments(const command *k)
{
    return k->arguments ? k->arguments : "";
}

void command_count_arguments(const command *k, int *min, int *max)
{
    int optional = 0;
    bool counted = false; /* the word was counted, by its first letter */
    *min = *max = 0;
    for (const char *at = command_arguments(k); *at && strncmp(at, "[-- ", 4) != 0; at++) {
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
