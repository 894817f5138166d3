/*
 * liveness.h: whether the box still runs while a stream of it is silent. The streams of a box that died stay
 * silent for ever, so the process asks for the box's status after a silence.
 *
 * A passive part of a process (process_state.h): it says how long to wait and what a status means; the
 * process owns the timer and the probe (box_probe.h). Core thread.
 */
#ifndef BOXD_LIVENESS_H
#define BOXD_LIVENESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct liveness {
    /* The silence after which the status is asked; -1: never. Set once. */
    int64_t interval_ms;
    /* The stream may go on in a box that was stopped. Set once. */
    bool survives_stop;
    /* The last status was one of a dead box. */
    bool suspect;
    /* The status that ended the stream; NULL: the box runs as far as is known. */
    const char *dead_status;
} liveness;

/* How long the silence lasts until the next probe, if `silent_streams` of the client are silent. */
int64_t liveness_wait_ms(const liveness *l, int32_t silent_streams);

/* Takes the status that a probe found; "": unknown. True: the box is dead, as dead_status says. It takes two
 * probes in a row, since the last messages of a dead box may still be on their way. */
bool liveness_status(liveness *l, const char *status);

/* A message came. */
void liveness_message(liveness *l);

#endif
