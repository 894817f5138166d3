/*
 * notice.c: prints the newest version or hands it to the program. Called by call.c for each answer that names
 * one, on the core thread.
 */
#include "boxd/client/notice.h"

#include "boxd/client/versions.h"

#include <boxd/base.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* Once per process, however many clients it opens. */
static void print_update(const char *latest)
{
    static atomic_flag printed = ATOMIC_FLAG_INIT;
    if (isatty(STDERR_FILENO) && !atomic_flag_test_and_set(&printed))
        (void)fprintf(
            stderr,
            "boxd: version %s of the C library is available, this program uses %s; update the package, "
            "or build and install the new release (BOXD_NO_UPDATE_NOTICE=1 silences this)\n",
            latest, boxd_version());
}

void notice_receive(notice *n, const char *latest)
{
    if (n->done || !version_is_update(latest, boxd_version()))
        return;
    n->done = true;
    if (n->post)
        n->post(n->owner, latest);
    else
        print_update(latest);
}
