/*
 * libc.h: functions that not every C library has, or that differ between C libraries. The build checks for
 * each one (common/CMakeLists.txt). Any thread.
 */
#ifndef BOXD_OS_LIBC_H
#define BOXD_OS_LIBC_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

/* The description of an errno value in the language of the program's locale. It is static, or written to
 * `buffer`. */
const char *errno_local_text(int number, char *buffer, size_t size);

/* The same in English, if the C library has that. */
const char *errno_text(int number, char *buffer, size_t size);

/* The same, for an argument of a message: the text lives as long as the block. */
#define ERRNO_TEXT(number) errno_text((number), (char[ERRNO_TEXT_SIZE]){0}, ERRNO_TEXT_SIZE)
enum { ERRNO_TEXT_SIZE = 100 };

/* Overwrites bytes in a way that no compiler removes. */
void libc_zero(void *bytes, size_t size);

/* The usable bytes of an allocation; `fallback` if the C library does not say. */
size_t libc_allocation_size(void *allocation, size_t fallback);

/* Fills `bytes` with at most 256 random bytes, without waiting for entropy. False: not possible. */
bool libc_random(void *bytes, size_t size);

/* Opens a file for reading; it is closed on exec. NULL and errno. */
FILE *libc_open_to_read(const char *path);

/* Names another thread, with at most 15 characters, if the system can do that. */
void libc_set_thread_name(pthread_t thread, const char *name);

/* When the contents of the file have changed. */
struct timespec libc_modified_at(const struct stat *status);

#endif
