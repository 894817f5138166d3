/* unique_name.c: makes names. Called by boxd/files, boxd/jobs and boxd/dirs, on any thread. */
#include "core/unique_name.h"

#include "core/clock.h"
#include "os/libc.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

void unique_digits(char digits[UNIQUE_DIGITS_SIZE])
{
    static atomic_uint_fast64_t count;
    uint64_t random = 0;
    if (!libc_random(&random, sizeof random))
        random = (uint64_t)clock_now() * UINT64_C(6364136223846793005) + ((uint64_t)getpid() << 32) +
                 atomic_fetch_add(&count, 1);
    (void)snprintf(digits, UNIQUE_DIGITS_SIZE, "%016llx", (unsigned long long)random);
}

void temporary_name(char name[TEMPORARY_NAME_SIZE])
{
    char digits[UNIQUE_DIGITS_SIZE];
    unique_digits(digits);
    (void)snprintf(name, TEMPORARY_NAME_SIZE, ".boxd-%s", digits);
}
