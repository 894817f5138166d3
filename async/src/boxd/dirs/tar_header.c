/* tar_header.c: the headers of an archive that is sent. Called by tree_reader.c on the disk thread. */
#include "boxd/dirs/tar_header.h"

#include "boxd/dirs/entry_time.h"

#include <stdio.h>
#include <string.h>

static const char zeros[TAR_BLOCK];

uint32_t tar_checksum(const char *block)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        const bool own = i >= TAR_SUM_AT && i < TAR_SUM_AT + TAR_SUM_SIZE;
        sum += own ? ' ' : (unsigned char)block[i];
    }
    return sum;
}

/* Writes octal digits and a NUL into a field. Base 256, with the highest bit set, if they do not fit. */
static void put_number(char *field, size_t size, int64_t value)
{
    const bool fits = value >= 0 && (uint64_t)value >> (3 * (size - 1)) == 0;
    for (size_t i = size - 1; i-- > 0 && fits;) {
        field[i] = (char)('0' + (value & 7));
        value >>= 3;
    }
    if (fits)
        return;
    uint64_t rest = (uint64_t)value;
    memset(field, value < 0 ? 0xff : 0, size);
    for (size_t i = size; i-- > 1 && size - 1 - i < sizeof rest;) {
        field[i] = (char)(rest & 0xff);
        rest >>= 8;
    }
    if (value >= 0)
        memset(field, 0x80, 1);
}

static void put_text(char *field, size_t size, const char *value)
{
    const size_t length = strlen(value);
    memcpy(field, value, length < size ? length : size);
}

typedef struct header {
    char type;
    const char *name, *target;
    uint32_t mode;
    uint64_t size;
    int64_t mtime_s;
} header;

static void add_block(text *t, const header *h)
{
    char block[TAR_BLOCK] = {0};
    put_text(block + TAR_NAME_AT, TAR_NAME_SIZE, h->name);
    put_number(block + TAR_MODE_AT, 8, h->mode);
    put_number(block + TAR_MODE_AT + 8, 8, 0);  /* the owner */
    put_number(block + TAR_MODE_AT + 16, 8, 0); /* the group */
    put_number(block + TAR_SIZE_AT, TAR_NUMBER_SIZE, (int64_t)h->size);
    put_number(block + TAR_MTIME_AT, TAR_NUMBER_SIZE, h->mtime_s);
    block[TAR_TYPE_AT] = h->type;
    put_text(block + TAR_LINK_AT, TAR_NAME_SIZE, h->target ? h->target : "");
    put_text(block + TAR_MAGIC_AT, 8, "ustar  ");
    (void)snprintf(block + TAR_SUM_AT, TAR_SUM_SIZE, "%06o", (unsigned)tar_checksum(block));
    block[TAR_SUM_AT + TAR_SUM_SIZE - 1] = ' ';
    text_add_bytes(t, block, sizeof block);
}

/* Adds data that belongs to the next header. */
static void add_data(text *t, char type, const char *name, const char *bytes, size_t size)
{
    add_block(t, &(header){.type = type, .name = name, .size = size});
    text_add_bytes(t, bytes, size);
    text_add_bytes(t, zeros, tar_padding(size));
}

static void add_long(text *t, char type, const char *value)
{
    if (value && strlen(value) > TAR_NAME_SIZE)
        add_data(t, type, "././@LongLink", value, strlen(value) + 1);
}

/* The fraction of a second. A pax record begins with its own length. */
static void add_time(text *t, const tree_entry *e)
{
    char record[64], time[ENTRY_TIME_SIZE];
    if (e->mtime_ns == 0)
        return;
    entry_time_print(e, time);
    int length = (int)strlen(" mtime=\n") + (int)strlen(time);
    length += length + 2 < 100 ? 2 : 3; /* the digits of the length */
    length = snprintf(record, sizeof record, "%d mtime=%s\n", length, time);
    add_data(t, 'x', "./@PaxHeader", record, (size_t)length);
}

void tar_add_header(text *t, const tree_entry *e)
{
    static const char types[] = {[ENTRY_FILE] = '0', [ENTRY_DIR] = '5', [ENTRY_LINK] = '2'};
    text name = TEXT_INIT;
    text_add(&name, "./");
    text_add(&name, e->path);
    if (e->kind == ENTRY_DIR && *e->path)
        text_add(&name, "/");
    char *path = text_take(&name);
    if (!path) {
        t->failed = true;
        return;
    }
    const char *target = e->kind == ENTRY_LINK ? e->target : NULL;
    add_time(t, e);
    add_long(t, 'K', target);
    add_long(t, 'L', path);
    add_block(
        t, &(header){types[e->kind], path, target, e->mode, e->kind == ENTRY_FILE ? e->size : 0, e->mtime_s});
    text_free(&(text){.data = path});
}

void tar_add_end(text *t)
{
    text_add_bytes(t, zeros, sizeof zeros);
    text_add_bytes(t, zeros, sizeof zeros);
}
