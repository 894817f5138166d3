/*
 * versions.h: compares version numbers. Pure.
 */
#ifndef BOXD_VERSIONS_H
#define BOXD_VERSIONS_H

#include <stdbool.h>

/* Compares `a` and `b`: three numbers, then a suffix; no suffix ranks above any; suffix parts are split at
 * '.', '-' and letter/digit borders, numeric parts compare numerically and below alphabetic ones, shorter
 * below longer. Sets *order to <0, 0 or >0. False: one of them cannot be read. */
bool version_compare(const char *a, const char *b, int *order);

/* Whether a program that uses version `ours` is notified of version `offered`: that is newer, and not a
 * pre-release unless `ours` is one. */
bool version_is_update(const char *offered, const char *ours);

#endif
