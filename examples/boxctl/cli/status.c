/* A line on the terminal while boxctl waits, as "waiting for web ...". It is erased before anything else is
 * printed. */
#include "cli/run.h"

#include <unistd.h>

static bool is_shown;

void cli_waiting(const cli *c, const char *what)
{
    char shown[64];
    if (c->quiet || c->verbose > 0 || c->trace || !isatty(STDERR_FILENO))
        return;
    fflush(stdout);
    fprintf(stderr, "waiting for %s ...", boxd_printable(what, shown, sizeof shown));
    fflush(stderr);
    is_shown = true;
}

void cli_waited(void)
{
    if (!is_shown)
        return;
    fprintf(stderr, "\r\033[K");
    fflush(stderr);
    is_shown = false;
}
