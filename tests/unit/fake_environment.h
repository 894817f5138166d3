/*
 * fake_environment.h: an environment that a unit test sets, for functions that take a getenv_fn.
 */
#ifndef FAKE_ENVIRONMENT_H
#define FAKE_ENVIRONMENT_H

#include <stddef.h>
#include <string.h>

/* "NAME=value" strings that end with NULL. */
static const char *const *variables;

static inline const char *fake_getenv(const char *name)
{
    const size_t size = strlen(name);
    for (size_t i = 0; variables[i]; i++)
        if (strncmp(variables[i], name, size) == 0 && variables[i][size] == '=')
            return variables[i] + size + 1;
    return NULL;
}

#endif
