/*
 * records.h: things with an id and a name (disks, snapshots, networks, ...) in order of creation, found fast
 * among many thousands. Core thread only.
 */
#ifndef EMULATOR_BASE_RECORDS_H
#define EMULATOR_BASE_RECORDS_H

#include "base/util.h"

typedef struct record { /* what is kept embeds this */
    struct record *next, *prev;
    char id[37], *name;
} record;

typedef struct {
    record *first, *last;
    strmap by_id, by_name;
    size_t count;
} records;

void records_add(records *all, record *r, const char *name); /* a new id; the name must be free */
void records_remove(records *all, record *r);                /* frees the name */
record *records_by_id(const records *all, const char *id);   /* NULL: none, as below */
record *records_by_name(const records *all, const char *name);
record *records_by_either(const records *all, const char *id_or_name);
void records_end(records *all); /* when all are removed */

#endif
