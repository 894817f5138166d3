/*
 * iso_time.h: points in time as ISO 8601 text and as milliseconds since 1970 UTC. Pure.
 */
#ifndef BOXD_ISO_TIME_H
#define BOXD_ISO_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ISO_TIME_SIZE = 40 };

/* "2026-06-01T12:00:00+00:00", with microseconds when there are some. False: the year is not from 1 to 9999.
 */
bool iso_time_write(int64_t ms, char buffer[ISO_TIME_SIZE]);

/* Reads a time with an offset ("Z", "+05:30"). False: not such a time. */
bool iso_time_read(const char *text, int64_t *ms);

/* Reads a decimal number of `size` bytes: seconds since 1970, or milliseconds if it is above 20,000,000,000.
 * False: no such number, or a year that is not from 1 to 9999. */
bool iso_time_read_unix(const char *text, size_t size, int64_t *ms);

#endif
