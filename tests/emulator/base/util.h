/*
 * util.h: helpers for all files: allocation that aborts when memory runs out (in test equipment a clean abort
 * is better than a failure that is handled halfway), an arena per call, a string map, clocks, random ids.
 */
#ifndef EMULATOR_BASE_UTIL_H
#define EMULATOR_BASE_UTIL_H

#include <protobuf-c/protobuf-c.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define count_of(array) (sizeof(array) / sizeof((array)[0]))
#define printf_like(text, first) __attribute__((format(printf, text, first)))

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t length);
char *xprintf(const char *format, ...) printf_like(1, 2);

/* Memory that is freed all at once. Not thread-safe: one thread at a time. */
typedef struct {
    struct arena_block *blocks;
    /* For protobuf_c_message_unpack; its free does nothing. */
    ProtobufCAllocator allocator;
} arena;

void arena_init(arena *a);
void arena_clear(arena *a);
void *arena_alloc(arena *a, size_t size); /* zeroed */
char *arena_strdup(arena *a, const char *text);
char *arena_printf(arena *a, const char *format, ...) printf_like(2, 3);

/* A map from strings to pointers. A key is borrowed and must live as long as its entry. */
typedef struct {
    struct strmap_slot *slots;
    /* `filled` is `used` plus the tombstones of removed entries. */
    size_t capacity, used, filled;
} strmap;

void *strmap_get(const strmap *map, const char *key, size_t length);
void strmap_put(strmap *map, const char *key, void *value); /* the key must be absent */
void strmap_remove(strmap *map, const char *key);
void strmap_clear(strmap *map);

const char *error_text(int error); /* strerror for threads */

int64_t now_ms(void);  /* monotonic */
int64_t now_us(void);  /* monotonic */
int64_t wall_ms(void); /* unix time in milliseconds */
void random_bytes(void *out, size_t size);
void random_hex(char *out, size_t digits); /* NUL-terminated: out has digits + 1 bytes */
void random_uuid(char out[37]);

#endif
