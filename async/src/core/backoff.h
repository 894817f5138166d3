/*
 * backoff.h: the pause before another attempt: it doubles with each failure, and is random, so that clients
 * that fail together do not return together. Pure.
 */
#ifndef BOXD_BACKOFF_H
#define BOXD_BACKOFF_H

#include <stdint.h>

/* Between half and the whole of `first_ms`, doubled `failures` times, up to `max_ms`. `random` is the
 * caller's state, any number at first. */
static inline int64_t backoff_ms(uint64_t *random, int64_t first_ms, int64_t max_ms, unsigned failures)
{
    int64_t whole = first_ms;
    for (; failures > 0 && whole < max_ms; failures--)
        whole *= 2;
    if (whole > max_ms)
        whole = max_ms;
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return whole / 2 + (int64_t)((*random >> 33) % (uint64_t)(whole / 2 + 1));
}

#endif
