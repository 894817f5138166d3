/*
 * mask.h: covers what a report must not show: keys, tokens, hosts, addresses, ids. A text of the service is
 * free: what has none of the known forms is not covered.
 */
#ifndef LIVE_MASK_H
#define LIVE_MASK_H

#include <stddef.h>

/* Registers the credentials and hosts of the environment. Before the first mask_text(). */
void mask_init(void);
/* A further secret; short texts are ignored. */
void mask_add(const char *secret, const char *shown);
/* Writes `text` to `out`, covered; cut if it does not fit. Returns `out`. */
const char *mask_text(const char *text, char *out, size_t size);

#endif
