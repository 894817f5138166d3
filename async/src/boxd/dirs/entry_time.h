/*
 * entry_time.h: modification times as texts: "-1.500000000". Pure.
 */
#ifndef BOXD_ENTRY_TIME_H
#define BOXD_ENTRY_TIME_H

#include "boxd/dirs/tree_entry.h"

/* Writes the modification time of `e` as a decimal fraction. */
enum { ENTRY_TIME_SIZE = 48 };
void entry_time_print(const tree_entry *e, char to[ENTRY_TIME_SIZE]);

/* Reads seconds, and nanoseconds that are added to them, from a decimal fraction: "-1.75" is a quarter of a
 * second after -2. Returns the end of the number. */
char *entry_time_read(const char *text, int64_t *seconds, uint32_t *nanoseconds);

/* The same from what GNU find prints: the digits behind the point are added to the seconds, also before 1970.
 */
char *entry_time_read_sum(const char *text, int64_t *seconds, uint32_t *nanoseconds);

#endif
