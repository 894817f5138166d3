/*
 * record.c: results that are freed at once: a struct and everything that it points to, in blocks of
 * memory, up to a limit. Called by the functions that map replies, each record on one thread at a time.
 */
#include "record.h"

#include "errors.h"
#include "mem.h"
#include "utf8.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FIRST_SPARE 384 /* beside the struct: the size of a few names and ids */
#define MAX_BLOCK ((size_t)64 * 1024)
#define ALIGNMENT _Alignof(max_align_t)

typedef struct record_block {
    struct record_block *next;
    size_t used, size;
    _Alignas(max_align_t) char data[];
} record_block;

bool record_limit_take(record_limit *limit, size_t size)
{
    if (!limit)
        return true;
    const bool fits = limit->used_bytes <= limit->max_bytes && size <= limit->max_bytes - limit->used_bytes;
    limit->used_bytes = fits ? limit->used_bytes + size : limit->max_bytes;
    return fits;
}

void record_limit_error(const record_limit *limit, boxd_error *error)
{
    error_set_sent(
        error, BOXD_ERR_TOO_LARGE, BOXD_SENT_YES,
        "the result needs more than the %zu bytes of memory that %s allows; raise %s, or ask for less",
        limit->max_bytes, limit->option, limit->option);
}

/* The limit is checked before the allocation. */
static bool add_block(record *r, size_t size)
{
    const bool possible = size <= SIZE_MAX - sizeof(record_block);
    if (!possible || !record_limit_take(r->limit, sizeof(record_block) + size)) {
        r->failed = true;
        r->too_large = r->limit != NULL;
        return false;
    }
    record_block *block = mem_alloc(sizeof *block + size); /* calloc() of glibc takes longer */
    if (!block) {
        r->failed = true;
        return false;
    }
    memset(block, 0, sizeof *block + size);
    block->size = size;
    if (r->last)
        r->last->next = block;
    else
        r->first = block;
    r->last = block;
    return true;
}

/* `size` zeroed bytes. The size of the blocks doubles, so that a long list needs few of them. */
static char *take(record *r, size_t size, size_t alignment)
{
    if (r->failed)
        return NULL;
    size_t used = (r->last->used + alignment - 1) / alignment * alignment;
    if (used > r->last->size || size > r->last->size - used) {
        size_t next = r->last->size < MAX_BLOCK ? 2 * r->last->size : MAX_BLOCK;
        if (!add_block(r, size > next ? size : next))
            return NULL;
        used = 0;
    }
    r->last->used = used + size;
    return r->last->data + used;
}

void *record_begin(record *r, size_t size, record_limit *limit)
{
    *r = (record){.limit = limit};
    return add_block(r, size + FIRST_SPARE) ? take(r, size, ALIGNMENT) : NULL;
}

void *record_array(record *r, size_t count, size_t size)
{
    if (count == 0)
        return NULL;
    if (count > SIZE_MAX / size) {
        r->failed = true;
        r->too_large = r->limit != NULL;
        return NULL;
    }
    return take(r, count * size, ALIGNMENT);
}

void *record_pointers(record *r, size_t count, size_t size)
{
    const void **pointers = record_array(r, count, sizeof *pointers);
    const char *structs = pointers ? record_array(r, count, size) : NULL;
    for (size_t i = 0; structs && i < count; i++)
        pointers[i] = structs + i * size;
    return structs ? pointers : NULL;
}

void *record_item(const void *pointers, size_t i)
{
    void *item;
    memcpy(&item, (const char *)pointers + i * sizeof item, sizeof item);
    return item;
}

char *record_value(record *r, const char *text)
{
    const size_t size = strlen(text), kept = utf8_kept_size(text, size), rest = size - kept;
    char *copy = take(r, kept + utf8_repaired_size(text + kept, rest) + 1, 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, kept); /* usually all of it: text is then decoded only once */
    *utf8_repair(copy + kept, text + kept, rest) = '\0';
    return copy;
}

char *record_raw(record *r, const char *bytes)
{
    return record_joined(r, "", bytes, "");
}

char *record_text(record *r, const char *text)
{
    return text && *text ? record_value(r, text) : NULL;
}

char *record_joined(record *r, const char *before, const char *text, const char *after)
{
    char *copy = take(r, strlen(before) + strlen(text) + strlen(after) + 1, 1);
    if (copy)
        (void)stpcpy(stpcpy(stpcpy(copy, before), text), after);
    return copy;
}

const char *const *record_texts(record *r, size_t count, const char *const *texts)
{
    const char **copies = record_array(r, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++)
        copies[i] = record_value(r, texts[i]);
    return copies;
}

int64_t record_ms(int64_t unix_seconds)
{
    if (unix_seconds > INT64_MAX / 1000)
        return INT64_MAX;
    return unix_seconds > 0 ? unix_seconds * 1000 : 0;
}

int64_t record_duration(uint64_t sent)
{
    return sent > INT64_MAX ? INT64_MAX : (int64_t)sent;
}

void *record_struct(const record *r)
{
    return r->first ? r->first->data : NULL;
}

static record_block *block_of(void *data)
{
    return data ? (record_block *)(void *)((char *)data - offsetof(record_block, data)) : NULL;
}

static void free_blocks(record_block *block, bool secret)
{
    while (block) {
        record_block *next = block->next;
        if (secret)
            mem_zero(block->data, block->size);
        mem_free(block);
        block = next;
    }
}

void *record_end(record *r, boxd_error *error)
{
    if (!r->failed)
        return r->first->data;
    free_blocks(r->first, true);
    if (r->too_large)
        record_limit_error(r->limit, error);
    else
        error_set_sent(error, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES,
                       "out of memory: storing the answer of a call that succeeded");
    return NULL;
}

void record_free(void *data)
{
    free_blocks(block_of(data), false);
}

void record_free_secret(void *data)
{
    free_blocks(block_of(data), true);
}

void *record_items(record *r, size_t count, size_t item_size, const void *sources, record_fill *fill)
{
    void *items = record_pointers(r, count, item_size);
    for (size_t i = 0; items && i < count; i++)
        fill(r, record_item(items, i), record_item(sources, i));
    return items;
}

void *record_list(size_t count, size_t item_size, const void *sources, record_fill *fill, record_limit *limit,
                  boxd_error *error)
{
    record r;
    any_list *list = record_begin(&r, sizeof *list, limit);
    if (list) {
        list->items = record_items(&r, count, item_size, sources, fill);
        list->count = list->items ? count : 0;
    }
    return record_end(&r, error);
}

void *record_one(size_t size, const void *source, record_fill *fill, record_limit *limit, boxd_error *error)
{
    record r;
    void *made = record_begin(&r, size, limit);
    if (made)
        fill(&r, made, source);
    return record_end(&r, error);
}
