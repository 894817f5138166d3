/* The environment of a command in a box, from the options --env. */
#include "run/environment.h"

#include <stdlib.h>
#include <string.h>

static bool is_set(const string_list *env, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < env->count; i++)
        if (strncmp(env->items[i], name, length) == 0 &&
            (env->items[i][length] == '=' || !env->items[i][length]))
            return true;
    return false;
}

/* `NAME=value` from the environment of this program. NULL: not set, or out of memory. The caller frees it. */
static char *own_variable(const char *name)
{
    const char *value = getenv(name);
    const size_t size = value ? strlen(name) + strlen(value) + 2 : 0;
    char *word = value ? malloc(size) : NULL;
    if (word)
        snprintf(word, size, "%s=%s", name, value);
    return word;
}

char **environment_make(const environment *e, bool terminal)
{
    char **env = calloc(e->env.count + 3, sizeof *env);
    size_t n = 0;
    for (size_t i = 0; env && i < e->env.count; i++) {
        const char *word = e->env.items[i];
        char *copy = strchr(word, '=') ? strdup(word) : own_variable(word);
        if (copy)
            env[n++] = copy;
    }
    static const char *const TERMINAL_VARIABLES[] = {"TERM", "COLORTERM"};
    for (size_t i = 0; env && terminal && i < 2; i++) {
        char *word = is_set(&e->env, TERMINAL_VARIABLES[i]) ? NULL : own_variable(TERMINAL_VARIABLES[i]);
        if (word)
            env[n++] = word;
    }
    return env;
}

void environment_free(char **env)
{
    for (size_t i = 0; env && env[i]; i++)
        free(env[i]);
    free(env);
}
