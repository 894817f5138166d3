/*
 * The fault table: each behaviour of the server with each call, on each surface. Worker processes, each with
 * a client of its own, take the runs from one list in shared memory; the test then judges all of them.
 */
#include "fault_case.h"
#include "memory.h"
#include "table.h"

#include <fnmatch.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    WORKERS_EACH = 6,    /* of each surface */
    WATCHDOG_MS = 30000, /* the timeout of a call that does not wait for its timeout */
    STUCK_S = 90,        /* a run that takes longer is stuck */
    REPEATS = 3,
    LATE_SHARE = 5, /* one of so many confirmations may be late */
    RUNS_MAX = 8192,
    WHY_SIZE = 640
};

/* A worker's memory may grow by this much during a run with BOUNDED. */
#define BOUND_BYTES (300L << 20)

typedef enum run_state { RUN_WAITS, RUN_STARTED, RUN_RIGHT, RUN_WRONG } run_state;

typedef struct run {
    const fault_row *row;
    size_t call;
    int surface;
    atomic_int state;
    /* When the run was started, in seconds. */
    atomic_long started_s;
    char why[WHY_SIZE];
} run;

/* In shared memory. The runs of a surface are one block. */
typedef struct board {
    atomic_size_t next[SURFACE_COUNT];
    /* Runs whose end the service can confirm, and those that were not confirmed in time. */
    atomic_int confirmable, late;
    run runs[RUNS_MAX];
} board;

/* Sends the large answers of rows with BOUNDED, so that the other calls do not wait for them. */
static fault_process flood_server;
static board *shared;
static size_t run_count, runs_each; /* in all, and for each surface */

/* ---- a worker ---- */

static void judge(run *r, const outcome *out)
{
    const bool right = fault_judge(r->row, r->call, out, r->why, sizeof r->why);
    atomic_store(&r->state, right ? RUN_RIGHT : RUN_WRONG);
}

static void check_memory(run *r, long before)
{
    const long peak = memory_peak();
    if (MEMORY_IS_MEASURED && peak - before > BOUND_BYTES && r->state == RUN_RIGHT) {
        (void)snprintf(r->why, sizeof r->why, "needed %ld MiB", (peak - before) >> 20);
        atomic_store(&r->state, RUN_WRONG);
    }
}

/* Whether the client of the worker is used for the next run. A client on which a call failed that should not
 * fail is not: one mistake must not hide or cause others. */
static bool reusable;

static void get_client(const fault_row *row)
{
    const bool own = row->port || row->flags & (OWN_CLIENT | BOUNDED);
    if (reusable && !own)
        return;
    if (compute)
        fault_close();
    fault_open_at(row->flags & BOUNDED ? &flood_server : &fault_server, row->port ? row->port : "plain");
    reusable = !own;
}

/* Metadata that is too large ends the connection, and so all calls on it: each of them reports the reason. */
static bool is_connection_lost(boxd_status status)
{
    return status == BOXD_ERR_CONNECTION || status == BOXD_ERR_TOO_LARGE;
}

/* The same client completes the same call when the server behaves well. gRPC may need a moment to see that a
 * connection was lost: until then a call that begins may fail with the connection. */
static void check_next_call(run *r)
{
    outcome out;
    fault_run(r->call, fault_box, "well", WATCHDOG_MS, &out);
    for (int i = 0; i < REPEATS && is_connection_lost(out.error.status); i++)
        fault_run(r->call, fault_box, "well", WATCHDOG_MS, &out);
    reusable &= out.error.status == BOXD_OK;
    if (out.error.status != BOXD_OK && r->state == RUN_RIGHT) {
        (void)snprintf(r->why, sizeof r->why, "the next call fails: %s: %s",
                       boxd_status_name(out.error.status), out.error.message);
        atomic_store(&r->state, RUN_WRONG);
    }
}

/* A state that rests on an answer of the service in time: it confirms the end of a command within a second,
 * and refuses one within two. */
static bool needs_time(const fault_row *row)
{
    return row->states == STATE(KILLED) || row->states == STATE(NOT_STARTED);
}

/* On a slow machine the run is repeated. */
static bool is_late(const fault_row *row, const outcome *out)
{
    return needs_time(row) && out->error.command == BOXD_COMMAND_UNKNOWN;
}

static void do_run(run *r)
{
    const fault_row *row = r->row;
    outcome out;
    long before = 0;
    int tries = 0;
    do {
        get_client(row);
        before = row->flags & BOUNDED ? memory_reset_peak() : 0;
        fault_liveness_ms = row->liveness_ms;
        fault_run(r->call, fault_box, row->behaviour, row->timeout_ms ? row->timeout_ms : WATCHDOG_MS, &out);
        atomic_fetch_add(&shared->confirmable, needs_time(row));
        atomic_fetch_add(&shared->late, is_late(row, &out));
    } while (is_late(row, &out) && ++tries < REPEATS);
    judge(r, &out);
    if (row->flags & BOUNDED)
        check_memory(r, before);
    if (reusable || row->flags & BOUNDED)
        check_next_call(r);
}

static void work(int mine)
{
    on = &SURFACES[mine];
    for (;;) {
        const size_t next = atomic_fetch_add(&shared->next[mine], 1);
        if (next >= runs_each)
            break;
        run *r = &shared->runs[(size_t)mine * runs_each + next];
        atomic_store(&r->started_s, (long)time(NULL));
        atomic_store(&r->state, RUN_STARTED);
        do_run(r);
    }
    if (compute)
        fault_close();
}

/* ---- the test ---- */

static const char *row_name(const fault_row *row)
{
    return row->port ? row->port : row->behaviour;
}

/* BOXD_FAULTS_ROWS restricts a run to the behaviours and ports that match it. */
static bool is_wanted(const fault_row *row, size_t call)
{
    const char *pattern = getenv("BOXD_FAULTS_ROWS");
    return row->calls >> call & 1 && (!pattern || fnmatch(pattern, row_name(row), 0) == 0);
}

static void list_runs(void)
{
    for (int s = 0; s < SURFACE_COUNT; s++)
        for (size_t i = 0; i < FAULT_TABLE_COUNT; i++)
            for (size_t call = 0; call < FAULT_CALL_COUNT; call++) {
                if (!is_wanted(&FAULT_TABLE[i], call))
                    continue;
                ck_assert_uint_lt(run_count, RUNS_MAX);
                run *r = &shared->runs[run_count++];
                r->row = &FAULT_TABLE[i];
                r->call = call;
                r->surface = s;
            }
    runs_each = run_count / SURFACE_COUNT;
}

static bool is_stuck(void)
{
    const long now_s = (long)time(NULL);
    const char *multiplier = getenv("CK_TIMEOUT_MULTIPLIER");
    const long limit_s = STUCK_S * (multiplier ? atol(multiplier) : 1);
    for (size_t i = 0; i < run_count; i++)
        if (shared->runs[i].state == RUN_STARTED && now_s - shared->runs[i].started_s > limit_s)
            return true;
    return false;
}

/* Returns how many workers failed: crashed, were stuck, or were stopped by a sanitizer. */
static size_t wait_for_workers(const pid_t *workers, size_t count)
{
    size_t left = count, failed = 0;
    int status;
    while (left > 0) {
        while (left > 0 && waitpid(-1, &status, WNOHANG) > 0) {
            left--;
            failed += status != 0;
        }
        if (left > 0 && is_stuck()) {
            for (size_t i = 0; i < count; i++)
                kill(workers[i], SIGKILL);
        }
        if (left > 0)
            usleep(20000);
    }
    return failed;
}

static const pending_row *find_pending(const run *r)
{
    for (size_t i = 0; i < PENDING_TABLE_COUNT; i++)
        if (fnmatch(PENDING_TABLE[i].pattern, row_name(r->row), 0) == 0 &&
            PENDING_TABLE[i].calls >> r->call & 1)
            return &PENDING_TABLE[i];
    return NULL;
}

/* A pending row of which every run is right. */
static size_t count_solved(void)
{
    size_t solved = 0;
    for (size_t i = 0; i < PENDING_TABLE_COUNT; i++) {
        size_t runs = 0, right = 0;
        for (size_t k = 0; k < run_count; k++)
            if (find_pending(&shared->runs[k]) == &PENDING_TABLE[i]) {
                runs++;
                right += shared->runs[k].state == RUN_RIGHT;
            }
        if (runs > 0 && runs == right) {
            printf("no longer pending, remove the row: %s\n", PENDING_TABLE[i].pattern);
            solved++;
        }
    }
    return solved;
}

/* Several rows may have the same behaviour, with other calls. */
static size_t count_behaviours(void)
{
    size_t count = 0;
    for (size_t i = 0; i < FAULT_TABLE_COUNT; i++) {
        size_t first = 0;
        while (strcmp(row_name(&FAULT_TABLE[first]), row_name(&FAULT_TABLE[i])) != 0)
            first++;
        count += first == i;
    }
    return count;
}

static size_t report(void)
{
    size_t wrong = 0, pending = 0;
    for (size_t i = 0; i < run_count; i++) {
        const run *r = &shared->runs[i];
        const pending_row *p = r->state == RUN_RIGHT ? NULL : find_pending(r);
        pending += p != NULL;
        if (r->state == RUN_RIGHT || (p && !getenv("BOXD_FAULTS_VERBOSE")))
            continue;
        wrong += !p;
        printf("%s, %s, %s%s: %s\n", row_name(r->row), FAULT_CALL_TABLE[r->call].name,
               SURFACES[r->surface].name, p ? ", pending" : "",
               r->state == RUN_WRONG     ? r->why
               : r->state == RUN_STARTED ? "its worker ended, or the call did not end"
                                         : "not run");
    }
    printf("%zu server behaviours, %d calls, %d surfaces: %zu runs, %zu ended in the documented way, %zu are "
           "pending\n",
           count_behaviours(), (int)FAULT_CALL_COUNT, (int)SURFACE_COUNT, run_count,
           run_count - wrong - pending, pending);
    if (shared->late * LATE_SHARE > shared->confirmable) {
        printf("%d of %d ends of commands were not confirmed\n", shared->late, shared->confirmable);
        wrong++;
    }
    return wrong + count_solved();
}

START_TEST(table)
{
    pid_t workers[SURFACE_COUNT * WORKERS_EACH];
    list_runs();
    for (int i = 0; i < SURFACE_COUNT * WORKERS_EACH; i++) {
        workers[i] = fork();
        ck_assert_int_ge(workers[i], 0);
        if (workers[i] == 0) {
            work(i % SURFACE_COUNT);
            exit(EXIT_SUCCESS);
        }
    }
    const size_t failed = wait_for_workers(workers, COUNT(workers));
    const size_t wrong = report();
    (void)fflush(stdout);
    ck_assert_msg(wrong == 0 && failed == 0, "%zu wrong outcomes, %zu failed workers", wrong, failed);
}
END_TEST

int main(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return EXIT_FAILURE;
    Suite *suite = suite_create("faults");
    e2e_add_once(suite, table);
    fault_start(&flood_server, "server.py", NULL);
    const int status = fault_main(suite);
    fault_stop(&flood_server);
    return status;
}
