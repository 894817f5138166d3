/* tar_reader.c: an archive that a box sends. Called by download_dir.c on the disk thread. */
#include "boxd/dirs/tar_reader.h"

#include "boxd/dirs/entry_time.h"
#include "errors.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* The largest extension that is read: a path, a target, or the records of a pax header. */
enum { MAX_META_BYTES = 256 * 1024 };

void tar_reader_init(tar_reader *r, const tar_events *events, void *owner)
{
    *r = (tar_reader){.events = events, .owner = owner};
}

static void clear_extension(tar_extension *x)
{
    text_free(&x->path);
    text_free(&x->target);
    *x = (tar_extension){0};
}

void tar_reader_free(tar_reader *r)
{
    clear_extension(&r->extension);
    text_free(&r->meta);
    text_free(&r->rest);
}

static bool damaged(boxd_error *error, const char *how)
{
    error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES, "the archive that the box sent is damaged: %s",
                   how);
    return false;
}

/* ---- fields ---- */

static int64_t base_256(const char *field, size_t size)
{
    uint64_t value = field[0] & 0x40 ? UINT64_MAX : 0;
    for (size_t i = 1; i < size; i++)
        value = value << 8 | (unsigned char)field[i];
    return (int64_t)value;
}

static int64_t number(const char *field, size_t size)
{
    uint64_t value = 0;
    size_t i = 0;
    if (field[0] & 0x80)
        return base_256(field, size);
    while (i < size && field[i] == ' ')
        i++;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        value = value << 3 | (uint64_t)(field[i] - '0');
    return (int64_t)value;
}

/* A text that ends with NUL, or with the field. */
static void add_field(text *t, const char *field, size_t size)
{
    text_add_bytes(t, field, strnlen(field, size));
}

static void set_text(text *t, const char *bytes, size_t size)
{
    text_free(t);
    *t = (text)TEXT_INIT;
    text_add_bytes(t, bytes, size);
}

/* ---- pax records ---- */

/* One record, "key=value", which ends with NUL. */
static bool read_record(tar_extension *x, const char *record, size_t size, boxd_error *error)
{
    const char *value = memchr(record, '=', size);
    if (!value)
        return damaged(error, "a pax record has no =");
    const size_t key_size = (size_t)(value - record), value_size = size - key_size - 1;
    value++;
#define IS(key) (key_size == sizeof(key) - 1 && memcmp(record, key, key_size) == 0)
    if (memchr(value, 0, value_size) && (IS("path") || IS("linkpath")))
        return damaged(error, "a name contains NUL");
    if (IS("path")) {
        set_text(&x->path, value, value_size);
        x->has_path = true;
    } else if (IS("linkpath")) {
        set_text(&x->target, value, value_size);
        x->has_target = true;
    } else if (IS("size")) {
        x->size = strtoull(value, NULL, 10);
        x->has_size = true;
    } else if (IS("mtime")) {
        (void)entry_time_read(value, &x->mtime_s, &x->mtime_ns);
        x->has_time = true;
    } else if (key_size > 10 && memcmp(record, "GNU.sparse", 10) == 0) {
        return damaged(error, "it has a sparse file, which was not asked for");
    }
#undef IS
    return true;
}

/* "LENGTH key=value\n", where the length is that of the whole record. */
static bool read_records(tar_extension *x, char *at, size_t size, boxd_error *error)
{
    while (size > 0) {
        size_t length = 0, digits = 0;
        for (; digits < size && digits < 8 && at[digits] >= '0' && at[digits] <= '9'; digits++)
            length = length * 10 + (size_t)(at[digits] - '0');
        if (digits == 0 || digits >= size || at[digits] != ' ' || length <= digits + 1 || length > size ||
            at[length - 1] != '\n')
            return damaged(error, "a pax header is malformed");
        at[length - 1] = '\0';
        if (!read_record(x, at + digits + 1, length - digits - 2, error))
            return false;
        at += length;
        size -= length;
    }
    return true;
}

/* An extension has arrived as a whole. */
static bool end_meta(tar_reader *r, boxd_error *error)
{
    tar_extension *x = &r->extension;
    text *to = r->meta_type == 'L' ? &x->path : &x->target;
    bool good = true;
    if (r->meta.failed || !r->meta.data) {
        error_no_memory(error, "reading an archive");
        good = false;
    } else if (r->meta_type == 'x') {
        good = read_records(x, r->meta.data, r->meta.size, error);
    } else if (r->meta_type != 'g') {
        set_text(to, r->meta.data, strnlen(r->meta.data, r->meta.size));
        x->has_path |= r->meta_type == 'L';
        x->has_target |= r->meta_type == 'K';
    }
    text_free(&r->meta);
    r->meta = (text)TEXT_INIT;
    return good;
}

/* ---- headers ---- */

static entry_kind kind_of(char type, const char *path)
{
    const size_t size = strlen(path);
    switch (type) {
    case '0':
    case '\0':
    case '7':
        return size > 0 && path[size - 1] == '/' ? ENTRY_DIR : ENTRY_FILE;
    case '1':
        return ENTRY_HARD_LINK;
    case '2':
        return ENTRY_LINK;
    case '5':
        return ENTRY_DIR;
    default:
        return ENTRY_OTHER;
    }
}

/* Completes the extension with what the header says. */
static void read_names(tar_reader *r)
{
    tar_extension *x = &r->extension;
    const char *b = r->block;
    const bool is_ustar = memcmp(b + TAR_MAGIC_AT, "ustar\0", 6) == 0;
    if (!x->has_path && is_ustar && b[TAR_PREFIX_AT]) {
        add_field(&x->path, b + TAR_PREFIX_AT, TAR_PREFIX_SIZE);
        text_add(&x->path, "/");
    }
    if (!x->has_path)
        add_field(&x->path, b + TAR_NAME_AT, TAR_NAME_SIZE);
    if (!x->has_target)
        add_field(&x->target, b + TAR_LINK_AT, TAR_NAME_SIZE);
    text_add(&x->path, "");
    text_add(&x->target, "");
}

static bool begin_entry(tar_reader *r, uint64_t size, boxd_error *error)
{
    tar_extension *x = &r->extension;
    read_names(r);
    if (x->path.failed || x->target.failed) {
        error_no_memory(error, "reading an archive");
        return false;
    }
    tree_entry e = {.kind = kind_of(r->block[TAR_TYPE_AT], x->path.data),
                    .path = x->path.data,
                    .target = x->target.data,
                    .mode = (uint32_t)number(r->block + TAR_MODE_AT, 8) & 07777,
                    .size = x->has_size ? x->size : size,
                    .mtime_s = x->has_time ? x->mtime_s : number(r->block + TAR_MTIME_AT, TAR_NUMBER_SIZE),
                    .mtime_ns = x->has_time ? x->mtime_ns : 0};
    if (e.size > INT64_MAX)
        return damaged(error, "an entry has an impossible size");
    if (e.kind == ENTRY_LINK || e.kind == ENTRY_HARD_LINK || e.kind == ENTRY_DIR)
        e.size = 0;
    r->left = e.size;
    r->padding = tar_padding(e.size);
    r->state = TAR_DATA;
    r->events->entry(r->owner, &e);
    clear_extension(x);
    return true;
}

static bool begin_meta(tar_reader *r, char type, uint64_t size, boxd_error *error)
{
    if (size > MAX_META_BYTES)
        return damaged(error, "a name or a pax header is too long");
    r->meta_type = type;
    r->left = size;
    r->padding = tar_padding(size);
    r->state = TAR_META;
    text_add(&r->meta, "");
    return true;
}

static bool is_zero(const char *block)
{
    return block[0] == 0 && memcmp(block, block + 1, TAR_BLOCK - 1) == 0;
}

static bool read_header(tar_reader *r, boxd_error *error)
{
    const char type = r->block[TAR_TYPE_AT];
    if (is_zero(r->block)) {
        r->state = r->ending ? TAR_COMPLETE : TAR_HEADER;
        r->ending = true;
        return true;
    }
    r->ending = false;
    if (number(r->block + TAR_SUM_AT, TAR_SUM_SIZE) != (int64_t)tar_checksum(r->block))
        return damaged(error, "a header has a wrong checksum");
    const int64_t size = number(r->block + TAR_SIZE_AT, TAR_NUMBER_SIZE);
    if (size < 0)
        return damaged(error, "an entry has a negative size");
    if (type == 'S')
        return damaged(error, "it has a sparse file, which was not asked for");
    if (type == 'x' || type == 'g' || type == 'L' || type == 'K')
        return begin_meta(r, type, (uint64_t)size, error);
    return begin_entry(r, (uint64_t)size, error);
}

/* ---- pieces ---- */

/* Reads a part of a header. Returns how many bytes. */
static size_t feed_header(tar_reader *r, const char *bytes, size_t size, boxd_error *error)
{
    size_t part = TAR_BLOCK - r->block_size;
    if (part > size)
        part = size;
    memcpy(r->block + r->block_size, bytes, part);
    r->block_size += part;
    if (r->block_size < TAR_BLOCK)
        return part;
    r->block_size = 0;
    return read_header(r, error) ? part : 0;
}

static size_t feed_data(tar_reader *r, const char *bytes, size_t size)
{
    const size_t part = r->left < size ? (size_t)r->left : size;
    if (part > 0 && r->state == TAR_META)
        text_add_bytes(&r->meta, bytes, part);
    else if (part > 0)
        r->events->data(r->owner, bytes, part);
    r->left -= part;
    return part;
}

/* All data of an entry or an extension is read. */
static bool end_data(tar_reader *r, boxd_error *error)
{
    const bool is_meta = r->state == TAR_META;
    r->state = TAR_PADDING;
    if (is_meta)
        return end_meta(r, error);
    r->events->end(r->owner);
    return true;
}

static size_t feed_padding(tar_reader *r, size_t size)
{
    const size_t part = r->padding < size ? r->padding : size;
    r->padding -= part;
    if (r->padding == 0)
        r->state = TAR_HEADER;
    return part;
}

/* Zeros complete the last record of tar. */
static void keep_rest(tar_reader *r, const char *bytes, size_t size)
{
    for (const char *end = bytes + size; bytes < end && r->rest.size < TAR_MAX_REST; bytes++)
        if (*bytes)
            text_add_bytes(&r->rest, bytes, 1);
}

bool tar_reader_feed(tar_reader *r, const char *bytes, size_t size, boxd_error *error)
{
    size_t part = 0;
    for (;; bytes += part, size -= part) {
        const bool has_data = r->state == TAR_DATA || r->state == TAR_META;
        part = 0;
        if (has_data && r->left == 0) {
            if (!end_data(r, error))
                return false;
        } else if (r->state == TAR_PADDING && r->padding == 0) {
            r->state = TAR_HEADER;
        } else if (size == 0 || r->state == TAR_COMPLETE) {
            keep_rest(r, bytes, size);
            return true;
        } else if (has_data) {
            part = feed_data(r, bytes, size);
        } else if (r->state == TAR_PADDING) {
            part = feed_padding(r, size);
        } else {
            part = feed_header(r, bytes, size, error);
            if (part == 0)
                return false;
        }
    }
}
