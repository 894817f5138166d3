/*
 * records.c: see records.h. Core thread only.
 */
#include "base/records.h"

#include <stdlib.h>
#include <string.h>

void records_add(records *all, record *r, const char *name)
{
    random_uuid(r->id);
    r->name = xstrdup(name);
    r->next = NULL;
    r->prev = all->last;
    if (all->last != NULL)
        all->last->next = r;
    else
        all->first = r;
    all->last = r;
    all->count++;
    strmap_put(&all->by_id, r->id, r);
    if (r->name[0] != '\0') /* a record without a name is found only by id */
        strmap_put(&all->by_name, r->name, r);
}

void records_remove(records *all, record *r)
{
    strmap_remove(&all->by_id, r->id);
    if (r->name[0] != '\0')
        strmap_remove(&all->by_name, r->name);
    if (r->prev != NULL)
        r->prev->next = r->next;
    else
        all->first = r->next;
    if (r->next != NULL)
        r->next->prev = r->prev;
    else
        all->last = r->prev;
    all->count--;
    free(r->name);
    r->name = NULL;
}

record *records_by_id(const records *all, const char *id)
{
    return strmap_get(&all->by_id, id, strlen(id));
}

record *records_by_name(const records *all, const char *name)
{
    return strmap_get(&all->by_name, name, strlen(name));
}

record *records_by_id_or_name(const records *all, const char *id_or_name)
{
    record *r = records_by_name(all, id_or_name);
    return r ? r : records_by_id(all, id_or_name);
}

void records_end(records *all)
{
    strmap_clear(&all->by_id);
    strmap_clear(&all->by_name);
}
