/*
 * mem.h: every allocation of the library goes through here, so that tests can make any of them fail.
 * All functions: any thread.
 */
#ifndef BOXD_MEM_H
#define BOXD_MEM_H

#include <stddef.h>
#include <stdint.h>

/* NULL when out of memory; a size of 0 gives a unique pointer. */
void *mem_alloc(size_t size);

/* Zeroed. NULL when out of memory or when count * size overflows. */
void *mem_calloc(size_t count, size_t size);

/* As realloc: on failure NULL, and `old` stays. */
void *mem_realloc(void *old, size_t size);

/* Grows an array of `count` elements of `size` bytes if it is full: if `*capacity` elements are allocated.
 * Returns the array, which may have moved; on failure NULL, and `array` stays. */
void *mem_grow(void *array, size_t count, size_t *capacity, size_t size);

/* NULL for NULL, and when out of memory. */
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t size);

/* Formatted text; NULL when out of memory. */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

void mem_free(void *p);

/* The memory that an allocation takes, with the overhead of the allocator; 0 for NULL. Where the C library
 * does not say it, `size` counts. */
size_t mem_size(void *p, size_t size);

/* Frees text that held a secret, zeroed first. NULL is allowed. */
void mem_free_secret(char *secret);

/* Overwrites bytes in a way no compiler removes. */
void mem_zero(void *bytes, size_t size);

/* For tests: `count` more allocations succeed, and all later ones fail, until the next call with a negative
 * count. Returns the number of allocations so far. */
uint64_t mem_fail_after(int64_t count);

#endif
