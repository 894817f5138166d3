/*
 * settings.c: parses the command line. Called by main() before anything else.
 */
#include "settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

/* The text of help.txt. */
static const char help[] = {
#include "help.inc"
};

enum {
    OPT_PRODUCT = 256,
    OPT_ONLY,
    OPT_LIST,
    OPT_YES,
    OPT_SECONDS,
    OPT_REPORT,
    OPT_STATE,
    OPT_CLEAN,
    OPT_HELP
};

static const struct option names[] = {
    {"product", required_argument, NULL, OPT_PRODUCT},
    {"only", required_argument, NULL, OPT_ONLY},
    {"list", no_argument, NULL, OPT_LIST},
    {"yes", no_argument, NULL, OPT_YES},
    {"max-seconds", required_argument, NULL, OPT_SECONDS},
    {"report", required_argument, NULL, OPT_REPORT},
    {"state", required_argument, NULL, OPT_STATE},
    {"clean", optional_argument, NULL, OPT_CLEAN},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static bool reject(const char *message, const char *value)
{
    (void)fprintf(stderr, "boxd-live: %s: \"%s\" (see --help)\n", message, value);
    return false;
}

bool settings_is_prefix(const char *text)
{
    const size_t stem = strlen(LIVE_STEM);
    return strncmp(text, LIVE_STEM, stem) == 0 && strlen(text) == stem + 6 &&
           strspn(text + stem, "0123456789abcdef") == 6;
}

static bool parse_seconds(live_settings *s, const char *text)
{
    char *end;
    errno = 0;
    s->max_seconds = strtoll(text, &end, 10);
    return (errno == 0 && *end == '\0' && s->max_seconds > 0) ||
           reject("--max-seconds needs a number of seconds, at least 1", text);
}

static bool parse_option(live_settings *s, int option, const char *value)
{
    switch (option) {
    case OPT_PRODUCT:
        s->product = value;
        return strcmp(value, "boxd") == 0 || strcmp(value, "drukbox") == 0 ||
               reject("no such product", value);
    case OPT_ONLY:
        s->only = value;
        return true;
    case OPT_LIST:
        return s->list = true;
    case OPT_YES:
        return s->yes = true;
    case OPT_SECONDS:
        return parse_seconds(s, value);
    case OPT_REPORT:
        (void)snprintf(s->report, sizeof s->report, "%s", value);
        return true;
    case OPT_STATE:
        (void)snprintf(s->state_dir, sizeof s->state_dir, "%s", value);
        return true;
    case OPT_CLEAN:
        s->clean = true;
        s->clean_prefix = value;
        return value == NULL || settings_is_prefix(value) ||
               reject("not a prefix of a run, which is boxd-live- and 6 hexadecimal digits", value);
    default:
        return false;
    }
}

static void set_defaults(live_settings *s)
{
    unsigned char random[3] = {0};
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    *s = (live_settings){0};
    (void)snprintf(s->prefix, sizeof s->prefix, LIVE_STEM "%02x%02x%02x", random[0], random[1], random[2]);
    (void)snprintf(s->report, sizeof s->report, "%s", s->prefix);
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && *state != '\0')
        (void)snprintf(s->state_dir, sizeof s->state_dir, "%s/boxd-live", state);
    else
        (void)snprintf(s->state_dir, sizeof s->state_dir, "%s/.local/state/boxd-live", home ? home : ".");
}

bool settings_parse(live_settings *s, int argc, char **argv, int *exit_code)
{
    set_defaults(s);
    *exit_code = 2;
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        if (option == OPT_HELP) {
            (void)fputs(help, stdout);
            *exit_code = 0;
            return false;
        }
        if (!parse_option(s, option, optarg))
            return false;
    }
    return optind == argc || reject("unexpected argument", argv[optind]);
}
