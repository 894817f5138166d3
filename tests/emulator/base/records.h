/*
 * records.h: objects with an id and a name (disks, snapshots, networks, ...), in order of creation, with hash
 * look-up by either. Core thread only.
 */
#ifndef EMULATOR_BASE_RECORDS_H
#define EMULATOR_BASE_RECORDS_H

#include "base/util.h"

/* Embedded in each object. */
typedef struct record {
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
record *records_by_id(const records *all, const char *id);   /* NULL: not found, as below */
record *records_by_name(const records *all, const char *name);
record *records_by_id_or_name(const records *all, const char *id_or_name);
void records_end(records *all); /* after all records were removed */

#endif
