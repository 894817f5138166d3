/*
 * libc.c: functions that not every C library has, and what replaces them. The build defines BOXD_HAS_... for
 * those that it has found; with BOXD_PORTABLE it looks for none. Called everywhere, on any thread.
 */
#include "os/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#if defined BOXD_HAS_MALLOC_USABLE_SIZE
#include <malloc.h>
#elif defined BOXD_HAS_MALLOC_SIZE
#include <malloc/malloc.h>
#endif
#if defined BOXD_HAS_GETRANDOM
#include <sys/random.h>
#endif

/* strerror_r() is one of two functions: that of POSIX returns a number, that of GNU a text. */
static inline const char *text_of_posix(int failed, const char *buffer)
{
    return failed ? NULL : buffer;
}

static inline const char *text_of_gnu(const char *text, const char *buffer)
{
    (void)buffer;
    return text;
}

#define TEXT_OF_RESULT                                                                                       \
    _Generic(&strerror_r, int (*)(int, char *, size_t) : text_of_posix, default : text_of_gnu)

const char *errno_local_text(int number, char *buffer, size_t size)
{
    const int before = errno;
    const char *text = TEXT_OF_RESULT(strerror_r(number, buffer, size), buffer);
    if (!text) {
        (void)snprintf(buffer, size, "errno %d", number);
        text = buffer;
    }
    errno = before;
    return text;
}

const char *errno_text(int number, char *buffer, size_t size)
{
#if defined BOXD_HAS_STRERRORDESC_NP
    const char *text = strerrordesc_np(number);
    if (text)
        return text;
#endif
    return errno_local_text(number, buffer, size);
}

#if defined BOXD_HAS_EXPLICIT_BZERO

void libc_zero(void *bytes, size_t size)
{
    explicit_bzero(bytes, size);
}

#else

void libc_zero(void *bytes, size_t size)
{
    volatile unsigned char *each = bytes;
    while (size-- > 0)
        *each++ = 0;
}

#endif

size_t libc_allocation_size(void *allocation, size_t fallback)
{
#if defined BOXD_HAS_MALLOC_USABLE_SIZE
    (void)fallback;
    return malloc_usable_size(allocation);
#elif defined BOXD_HAS_MALLOC_SIZE
    (void)fallback;
    return malloc_size(allocation);
#else
    (void)allocation;
    return fallback;
#endif
}

#if defined BOXD_HAS_GETRANDOM

bool libc_random(void *bytes, size_t size)
{
    return getrandom(bytes, size, GRND_NONBLOCK) == (ssize_t)size;
}

#else

bool libc_random(void *bytes, size_t size)
{
    const int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const bool filled = fd >= 0 && read(fd, bytes, size) == (ssize_t)size;
    if (fd >= 0)
        close(fd);
    return filled;
}

#endif

/* fopen() has the mode "re" in some C libraries only. */
FILE *libc_open_to_read(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd >= 0 && !file) {
        const int failed = errno;
        close(fd);
        errno = failed;
    }
    return file;
}

void libc_set_thread_name(pthread_t thread, const char *name)
{
#if defined BOXD_HAS_PTHREAD_SETNAME_NP
    pthread_setname_np(thread, name);
#else
    (void)thread;
    (void)name;
#endif
}

struct timespec libc_modified_at(const struct stat *status)
{
#if defined BOXD_HAS_ST_MTIMESPEC
    return status->st_mtimespec;
#else
    return status->st_mtim;
#endif
}
