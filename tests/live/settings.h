/*
 * settings.h: the command line of the program.
 */
#ifndef LIVE_SETTINGS_H
#define LIVE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#define LIVE_STEM "boxd-live-"

typedef struct live_settings {
    /* "boxd" or "drukbox". */
    const char *product;
    /* Names of everything that the run makes begin with it. */
    char prefix[32];
    /* Patterns of checks, separated by ","; NULL: all. */
    const char *only;
    /* The report is written to this path with ".md" and ".json". */
    char report[512];
    /* The directory of the journals. */
    char state_dir[512];
    bool yes, list, clean;
    /* Of --clean: NULL: the journals of earlier runs. */
    const char *clean_prefix;
    /* 0: the default of the product. */
    int64_t max_seconds;
} live_settings;

/* False: the program ends with *exit_code. */
bool settings_parse(live_settings *out, int argc, char **argv, int *exit_code);

/* Whether the text is the prefix of a run. All objects whose names begin with a prefix are removed: so a
 * prefix of another form is never accepted, neither from the command line nor from a journal. */
bool settings_is_prefix(const char *text);

#endif
