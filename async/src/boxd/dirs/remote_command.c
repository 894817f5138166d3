/* remote_command.c: the words of commands in a box. Called by remote_tar.c, remote_list.c and remote_shell.c
 * on the core thread. */
#include "boxd/dirs/remote_command.h"

#include "mem.h"

#include <string.h>

void remote_add_word(remote_command *c, const char *before, const char *word)
{
    char **words = mem_grow(c->words, c->count + 1, &c->capacity, sizeof *words); /* with the NULL */
    c->failed |= !words;
    if (!words)
        return;
    c->words = words;
    char *copy = mem_printf("%s%s", before, word);
    c->failed |= !copy;
    if (copy)
        c->words[c->count++] = copy;
    c->words[c->count] = NULL;
}

void remote_add_words(remote_command *c, const char *const *words)
{
    for (; *words; words++)
        remote_add_word(c, "", *words);
}

void remote_command_free(remote_command *c)
{
    for (size_t i = 0; i < c->count; i++)
        mem_free(c->words[i]);
    mem_free(c->words);
    *c = (remote_command){0};
}

/* "( -name a -o -path ./b/c )", with the meaning of path_filter.c. */
void remote_add_patterns(remote_command *c, char *const *patterns)
{
    remote_add_word(c, "", "(");
    for (char *const *pattern = patterns; *pattern; pattern++) {
        const bool is_path = strchr(*pattern, '/');
        if (pattern > patterns)
            remote_add_word(c, "", "-o");
        remote_add_word(c, "", is_path ? "-path" : "-name");
        remote_add_word(c, is_path ? "./" : "", *pattern);
    }
    remote_add_word(c, "", ")");
}

void remote_add_exclusion(remote_command *c, const path_filter *filter)
{
    if (!filter->exclude)
        return;
    remote_add_words(c, (const char *const[]){"!", "-path", ".", NULL});
    remote_add_patterns(c, filter->exclude);
    remote_add_words(c, (const char *const[]){"-prune", "-o", NULL});
}
