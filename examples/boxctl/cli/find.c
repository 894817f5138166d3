/* Finds the command that a command line names. */
#include "cli/boxctl.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

enum { NAME_SIZE = 64 };

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

const command *command_by_name(const char *name)
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
    const command *k = command_by_name(name);
    for (size_t i = 0; !k && i < sizeof SYNONYMS / sizeof *SYNONYMS; i++)
        if (strcmp(SYNONYMS[i].word, second) == 0) {
            snprintf(name, sizeof name, "%s %s", first, SYNONYMS[i].instead);
            k = command_by_name(name);
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
    return command_by_name(words[0]);
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

/* ---- arguments ---- */

const char *command_arguments(const command *k)
{
    return k->arguments ? k->arguments : "";
}

const char *command_aliases(const command *k, char *text, size_t size)
{
    size_t used = 0;
    for (const char *at = k->aliases; at && *at && used + 2 < size; at++) {
        text[used++] = *at;
        if (*at == ',')
            text[used++] = ' ';
    }
    text[used] = '\0';
    return text;
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
