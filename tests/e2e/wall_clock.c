/* Replaces the C library's clock functions in this program, so that a test can step the wall clock. */
#include "wall_clock.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The functions run from the first instruction of the process on, before the start of a sanitizer. */
#define EXPORTED __attribute__((visibility("default"), no_sanitize("thread", "address", "undefined")))
#define UNCHECKED __attribute__((no_sanitize("thread", "address", "undefined")))

/* The callers that have read the clock, each by an address in its code, in the order of the first read. */
enum { READERS = 64 };

static _Atomic int64_t away_s;
static atomic_long all_reads;
static struct {
    void *_Atomic caller;
    atomic_long reads;
} readers[READERS];

UNCHECKED static void note(void *caller)
{
    atomic_fetch_add(&all_reads, 1);
    for (int i = 0; i < READERS; i++) {
        void *known = NULL;
        if (atomic_compare_exchange_strong(&readers[i].caller, &known, caller) || known == caller) {
            atomic_fetch_add(&readers[i].reads, 1);
            return;
        }
    }
}

UNCHECKED static int read_clock(clockid_t clock, struct timespec *now, void *caller)
{
    const int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
        return failed;
    note(caller);
    now->tv_sec += (time_t)atomic_load(&away_s);
    return 0;
}

EXPORTED int clock_gettime(clockid_t clock, struct timespec *now)
{
    return read_clock(clock, now, __builtin_return_address(0));
}

EXPORTED int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    if (read_clock(CLOCK_REALTIME, &precise, __builtin_return_address(0)) != 0)
        return -1;
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

EXPORTED time_t time(time_t *also)
{
    struct timespec now = {0};
    read_clock(CLOCK_REALTIME, &now, __builtin_return_address(0));
    if (also)
        *also = now.tv_sec;
    return now.tv_sec;
}

void wall_clock_step(int64_t seconds)
{
    atomic_store(&away_s, seconds);
}

long wall_clock_reads(const char *library)
{
    long reads = 0;
    if (!library)
        return atomic_load(&all_reads);
    for (int i = 0; i < READERS; i++) {
        Dl_info where;
        void *caller = atomic_load(&readers[i].caller);
        if (!caller || !dladdr(caller, &where) || !where.dli_fname)
            continue;
        const char *slash = strrchr(where.dli_fname, '/');
        if (strncmp(slash ? slash + 1 : where.dli_fname, library, strlen(library)) == 0)
            reads += atomic_load(&readers[i].reads);
    }
    return reads;
}
