/* environment.h: the options for the environment of a command in a box. */
#ifndef BOXCTL_RUN_ENVIRONMENT_H
#define BOXCTL_RUN_ENVIRONMENT_H

#include "cli/boxctl.h"

/* The values of the options --env and --workdir. */
typedef struct environment {
    string_list env;
    const char *dir;
} environment;

/* The rows of both options, for the options of a command. `environment` is a variable. */
#define ENVIRONMENT_OPTIONS(environment)                                                                     \
    {"env",        'e',                                                                                      \
     OPTION_LIST,  &(environment).env,                                                                       \
     "NAME=VALUE", "set an environment variable; NAME alone: pass on its value"},                            \
    {                                                                                                        \
        "workdir", 'w', OPTION_TEXT, &(environment).dir, "DIR", "working directory (default: /home/boxd)"    \
    }

/* The environment of the command, as NAME=value: the options, and with a terminal also the type of the
 * terminal. NULL: out of memory. */
char **environment_make(const environment *e, bool terminal);
void environment_free(char **env);

#endif
