/*
 * tar_header.h: writes the headers of a tar archive, in a form that GNU tar and the tar of BusyBox read.
 * Pure.
 *
 * Long names are written as GNU tar writes them, because BusyBox does not read names of pax headers, and
 * because names are bytes there. A time with a fraction of a second gets a pax header, which BusyBox skips.
 */
#ifndef BOXD_TAR_HEADER_H
#define BOXD_TAR_HEADER_H

#include "boxd/dirs/tree_entry.h"
#include "text.h"

#include <stddef.h>

/* An archive consists of blocks of this size. */
enum { TAR_BLOCK = 512 };

/* Appends the header of `e`. The data of a file follows it, and tar_padding() zeros. */
void tar_add_header(text *t, const tree_entry *e);

/* Appends the end of the archive. */
void tar_add_end(text *t);

/* How many zeros complete the last block of `size` bytes. */
static inline size_t tar_padding(uint64_t size)
{
    return (size_t)((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

/* The sum of the bytes of a header, with spaces in place of the sum that is stored in it. */
uint32_t tar_checksum(const char *block);

/* The fields of a header: their places and sizes. */
enum {
    TAR_NAME_AT = 0,
    TAR_NAME_SIZE = 100,
    TAR_MODE_AT = 100,
    TAR_SIZE_AT = 124,
    TAR_MTIME_AT = 136,
    TAR_NUMBER_SIZE = 12,
    TAR_SUM_AT = 148,
    TAR_SUM_SIZE = 8,
    TAR_TYPE_AT = 156,
    TAR_LINK_AT = 157,
    TAR_MAGIC_AT = 257,
    TAR_PREFIX_AT = 345,
    TAR_PREFIX_SIZE = 155
};

#endif
