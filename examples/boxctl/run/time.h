/* time.h: reads times as RFC 3339 writes them. */
#ifndef BOXCTL_RUN_TIME_H
#define BOXCTL_RUN_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads "2026-11-30T19:30:00.5+01:00" at the beginning of `text`; a blank may stand for the T, and a comma
 * for the point. Parts from the right may be missing, also the time of the day if `date_alone`. Without a
 * zone it is local time if `local`, else UTC. Returns the length; 0: `text` does not begin with a time. */
size_t time_parse(const char *text, size_t size, bool date_alone, bool local, int64_t *unix_ms);

#endif
