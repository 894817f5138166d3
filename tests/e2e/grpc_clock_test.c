/* Timeouts and the core thread with a gRPC whose monotonic clock is not CLOCK_MONOTONIC. */
#include "grpc_clock.h"
#include "process_case.h"

#include <dirent.h>
#include <stdio.h>
#include <time.h>

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    ck_assert_int_eq(clock_gettime(clock, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- timeouts ---- */

START_TEST(timeouts)
{
    enum { SOON_MS = 300 };
    const boxd_call_options soon = process_soon(SOON_MS);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_gt(grpc_clock_ahead_ms(), 4000);
    e2e_open(_i, NULL);
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":1}");
    const int64_t begin = clock_ms(CLOCK_MONOTONIC);
    ck_assert_ptr_null(on->compute_whoami(compute, &soon, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "300 ms");
    ck_assert_int_ge(clock_ms(CLOCK_MONOTONIC) - begin, SOON_MS);
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

/* ---- the core thread ---- */

/* The CPU-time clock of another thread of this process; the kernel makes the number of such a clock from that
 * of the thread. */
static clockid_t cpu_clock_of(int thread)
{
    enum { ONE_THREAD_S_TIME = 6 };
    return (clockid_t)((~(unsigned)thread << 3) | ONE_THREAD_S_TIME);
}

static int find_thread(const char *wanted)
{
    int found = 0;
    DIR *threads = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(threads);
    for (struct dirent *entry; !found && (entry = readdir(threads));) {
        char path[300], name[32] = "";
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file && fgets(name, sizeof name, file) && strncmp(name, wanted, strlen(wanted)) == 0)
            found = atoi(entry->d_name);
        if (file)
            (void)fclose(file);
    }
    closedir(threads);
    return found;
}

/* While a command is silent, the core thread sleeps: also shortly before a deadline. 50 ms of CPU in 8 s are
 * 12 ms in 2 s. CPU time does not depend on what else runs on the machine. */
START_TEST(silent_command)
{
    enum { SILENCE_MS = 2000, MAX_CPU_MS = 12 };
    const boxd_call_options soon = process_soon(SILENCE_MS);
    boxd_error error = BOXD_ERROR_INIT;
    process_open_box(_i);
    boxd_process *p = process_run("sleep 600", NULL);
    const int thread = find_thread("boxd-core");
    ck_assert_int_gt(thread, 0);
    const int64_t before = clock_ms(cpu_clock_of(thread)), begin = clock_ms(CLOCK_MONOTONIC);
    ck_assert_int_eq((int)boxd_process_wait(p, &soon, NULL, NULL, &error), (int)BOXD_ERR_TIMEOUT);
    ck_assert_int_ge(clock_ms(CLOCK_MONOTONIC) - begin, SILENCE_MS);
    ck_assert_int_le(clock_ms(cpu_clock_of(thread)) - before, MAX_CPU_MS);
    process_finish(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("grpc_clock");
    e2e_add(suite, timeouts);
    e2e_add_once(suite, silent_command);
    return e2e_main(suite, NULL);
}
