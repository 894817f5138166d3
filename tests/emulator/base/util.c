/*
 * util.c: see util.h. Any thread, but one thread at a time per arena or map.
 */
#include "base/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static void *checked(void *memory)
{
    if (memory == NULL) {
        (void)fputs("boxd-emulator: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *xmalloc(size_t size)
{
    return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
    return checked(realloc(old, size ? size : 1));
}

char *xstrdup(const char *text)
{
    return checked(strdup(text));
}

char *xstrndup(const char *text, size_t length)
{
    return checked(strndup(text, length));
}

char *xprintf(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return checked(text);
}

const char *error_text(int error)
{
    const char *text = strerrordesc_np(error);
    return text ? text : "unknown error";
}

/* ---- arena ---- */

enum { ARENA_BLOCK_BYTES = 2048, ARENA_ALIGN = 16 };

typedef struct arena_block {
    struct arena_block *next;
    size_t used, size;
    _Alignas(ARENA_ALIGN) unsigned char bytes[];
} arena_block;

static void *arena_raw(arena *a, size_t size)
{
    size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    arena_block *block = a->blocks;
    if (block == NULL || block->size - block->used < size) {
        size_t capacity = size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES;
        block = xmalloc(sizeof *block + capacity);
        block->next = a->blocks;
        block->used = 0;
        block->size = capacity;
        a->blocks = block;
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

static void *allocator_alloc(void *data, size_t size)
{
    return arena_raw(data, size);
}

static void allocator_free(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

void arena_init(arena *a)
{
    a->blocks = NULL;
    a->allocator = (ProtobufCAllocator){allocator_alloc, allocator_free, a};
}

void arena_clear(arena *a)
{
    while (a->blocks != NULL) {
        arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
}

void *arena_alloc(arena *a, size_t size)
{
    return memset(arena_raw(a, size), 0, size);
}

char *arena_strdup(arena *a, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(arena_raw(a, size), text, size);
}

char *arena_printf(arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    size_t size = length < 0 ? 1 : (size_t)length + 1;
    char *text = arena_raw(a, size);
    text[0] = '\0';
    va_start(args, format);
    (void)vsnprintf(text, size, format, args);
    va_end(args);
    return text;
}

/* ---- string map: open addressing, linear probing ---- */

typedef struct strmap_slot {
    /* NULL: never used; TOMBSTONE: removed. */
    const char *key;
    void *value;
} strmap_slot;

static const char TOMBSTONE[] = "";

static uint64_t hash(const char *key, size_t length)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)key[i]) * 1099511628211u;
    return h;
}

static strmap_slot *find_slot(const strmap *map, const char *key, size_t length)
{
    if (map->capacity == 0)
        return NULL;
    for (size_t i = (size_t)hash(key, length) & (map->capacity - 1);; i = (i + 1) & (map->capacity - 1)) {
        strmap_slot *slot = &map->slots[i];
        if (slot->key == NULL)
            return NULL;
        if (slot->key != TOMBSTONE && strlen(slot->key) == length && memcmp(slot->key, key, length) == 0)
            return slot;
    }
}

void *strmap_get(const strmap *map, const char *key, size_t length)
{
    const strmap_slot *slot = find_slot(map, key, length);
    return slot ? slot->value : NULL;
}

static void insert(strmap *map, const char *key, void *value)
{
    size_t i = (size_t)hash(key, strlen(key)) & (map->capacity - 1);
    while (map->slots[i].key != NULL)
        i = (i + 1) & (map->capacity - 1);
    map->slots[i] = (strmap_slot){key, value};
    map->used++;
    map->filled++;
}

void strmap_put(strmap *map, const char *key, void *value)
{
    if ((map->filled + 1) * 4 > map->capacity * 3) {
        strmap old = *map;
        size_t capacity = 16;
        while (capacity < (old.used + 1) * 2)
            capacity *= 2;
        *map = (strmap){.slots = xcalloc(capacity, sizeof *map->slots), .capacity = capacity};
        for (size_t i = 0; i < old.capacity; i++) {
            if (old.slots[i].key != NULL && old.slots[i].key != TOMBSTONE)
                insert(map, old.slots[i].key, old.slots[i].value);
        }
        free(old.slots);
    }
    insert(map, key, value);
}

void strmap_remove(strmap *map, const char *key)
{
    strmap_slot *slot = find_slot(map, key, strlen(key));
    if (slot == NULL)
        return;
    *slot = (strmap_slot){TOMBSTONE, NULL};
    map->used--;
}

void strmap_clear(strmap *map)
{
    free(map->slots);
    *map = (strmap){0};
}

/* ---- clocks and random numbers ---- */

static int64_t clock_us(clockid_t id)
{
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t now_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

int64_t now_ms(void)
{
    return now_us() / 1000;
}

int64_t wall_ms(void)
{
    return clock_us(CLOCK_REALTIME) / 1000;
}

void random_bytes(void *out, size_t size)
{
    unsigned char *p = out;
    while (size > 0) {
        ssize_t n = getrandom(p, size, 0);
        if (n <= 0) {
            (void)fputs("boxd-emulator: cannot get random bytes from the kernel\n", stderr);
            abort();
        }
        p += n;
        size -= (size_t)n;
    }
}

void random_hex(char *out, size_t digits)
{
    for (size_t i = 0; i < digits; i++) {
        unsigned char byte;
        random_bytes(&byte, 1);
        out[i] = "0123456789abcdef"[byte & 15];
    }
    out[digits] = '\0';
}

void random_uuid(char out[37])
{
    unsigned char b[16];
    random_bytes(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    (void)snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                   b[15]);
}
