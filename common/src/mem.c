/*
 * mem.c: allocation, with failures for tests. Called everywhere, on any thread.
 */
#include "mem.h"

#include "os/libc.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_int_fast64_t fail_countdown = -1;
static atomic_uint_fast64_t allocations;

static bool allowed(void)
{
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    if (atomic_load_explicit(&fail_countdown, memory_order_relaxed) < 0)
        return true;
    int_fast64_t left = atomic_fetch_sub(&fail_countdown, 1);
    if (left > 0)
        return true;
    atomic_store(&fail_countdown, 0);
    return false;
}

void *mem_alloc(size_t size)
{
    return allowed() ? malloc(size ? size : 1) : NULL;
}

void *mem_calloc(size_t count, size_t size)
{
    if (size == 0 || count == 0)
        count = size = 1;
    return allowed() ? calloc(count, size) : NULL;
}

void *mem_realloc(void *old, size_t size)
{
    return allowed() ? realloc(old, size ? size : 1) : NULL;
}

void *mem_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    enum { FIRST_CAPACITY = 16 };
    if (count < *capacity)
        return array;
    const size_t more = *capacity ? 2 * *capacity : FIRST_CAPACITY;
    void *grown = more <= SIZE_MAX / size ? mem_realloc(array, more * size) : NULL;
    if (grown)
        *capacity = more;
    return grown;
}

char *mem_strndup(const char *text, size_t size)
{
    if (!text)
        return NULL;
    char *copy = mem_alloc(size + 1);
    if (copy) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

char *mem_strdup(const char *text)
{
    return text ? mem_strndup(text, strlen(text)) : NULL;
}

char *mem_printf(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : mem_alloc((size_t)length + 1);
    if (text)
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void mem_free(void *p)
{
    free(p);
}

size_t mem_size(void *p, size_t size)
{
    return p ? libc_allocation_size(p, size) + sizeof(size_t) : 0;
}

void mem_zero(void *bytes, size_t size)
{
    if (size)
        libc_zero(bytes, size);
}

void mem_free_secret(char *secret)
{
    if (secret)
        mem_zero(secret, strlen(secret));
    free(secret);
}

uint64_t mem_fail_after(int64_t count)
{
    atomic_store(&fail_countdown, count);
    return atomic_load(&allocations);
}
