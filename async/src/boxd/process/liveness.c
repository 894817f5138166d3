/* liveness.c: what a box's status means for its streams. Called by the process on the core thread. */
#include "boxd/process/liveness.h"

#include "names.h"

#include <string.h>

/* A client with very many silent streams probes a hundred times a second at most: each of them less often. */
#define MS_BETWEEN_PROBES 10

/* How long the last messages of a box that died may take to arrive. */
#define LAST_MESSAGES_MS 500

int64_t liveness_wait_ms(const liveness *l, int32_t silent_streams)
{
    const int64_t least = (int64_t)silent_streams * MS_BETWEEN_PROBES;
    if (l->suspect && l->interval_ms > LAST_MESSAGES_MS)
        return LAST_MESSAGES_MS;
    return l->interval_ms > least ? l->interval_ms : least;
}

/* The name of a status after which no message can come; NULL: one can. */
static const char *find_dead_status(const liveness *l, const char *status)
{
    static const char *const dead[] = {"failed", "destroyed", "destroying", "error", "stopped"};
    const size_t count = sizeof dead / sizeof *dead - l->survives_stop;
    for (size_t i = 0; i < count; i++)
        if (ascii_equal(status, strlen(status), dead[i]))
            return dead[i];
    return NULL;
}

bool liveness_status(liveness *l, const char *status)
{
    const char *found = find_dead_status(l, status);
    if (found && l->suspect)
        l->dead_status = found;
    else
        l->suspect = found != NULL;
    return l->dead_status != NULL;
}

void liveness_message(liveness *l)
{
    l->suspect = false;
}
