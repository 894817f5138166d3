/* fake_client.c: the core of a client, over a loop that is stepped. */
#include "fake_client.h"

#include "boxd/client/box.h"
#include "container_of.h"
#include "core/clock.h"
#include "mem.h"

#include <check.h>

static int64_t now_ns = NS_PER_S;
static bool loop_ended;

int64_t clock_now(void)
{
    return now_ns;
}

static void wait_for_nothing(void *state, int64_t deadline_ns)
{
    (void)state;
    (void)deadline_ns;
}

static void wake_nothing(void *state)
{
    (void)state;
}

static void wind_down(core *c)
{
    (void)c;
}

static void destroy(core *c)
{
    mem_free(CONTAINER_OF(c, boxd_compute, core));
}

boxd_compute *fake_client_open(void)
{
    static const core_hooks hooks = {wind_down, destroy};
    static const core_settings settings = {.thread_name = "test", .opener = "open", .detacher = "detach"};
    const loop_poller poller = {.wait = wait_for_nothing, .wake = wake_nothing, .stepped = true};
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *compute = mem_calloc(1, sizeof *compute);
    ck_assert_ptr_nonnull(compute);
    compute->config.timeout_ms = 60000;
    loop_ended = false;
    ck_assert_int_eq(core_start(&compute->core, &settings, poller, &hooks, &error), BOXD_OK);
    return compute;
}

void fake_client_run(boxd_compute *compute)
{
    enum { ENOUGH = 30 };
    for (int i = 0; i < ENOUGH && !loop_ended; i++)
        loop_ended = !loop_step(&compute->core.loop);
}

void fake_client_wait(boxd_compute *compute, int64_t ms)
{
    now_ns += ms * NS_PER_MS;
    fake_client_run(compute);
}

void fake_client_close(boxd_compute *compute)
{
    core_close(&compute->core, NULL, NULL);
    fake_client_run(compute);
}

bool fake_client_closed(void)
{
    return loop_ended;
}

/* No test of this program needs a box that is looked up. */
static void find_box(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                     boxd_box_cb callback, void *user_data)
{
    (void)compute;
    (void)name_or_id;
    (void)call;
    (void)callback;
    (void)user_data;
    ck_abort_msg("a box was looked up");
}

boxd_box *fake_client_box(boxd_compute *compute)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_from_key(compute, "01234567-89ab-cdef-0123-456789abcdef", find_box, &error);
    ck_assert_ptr_nonnull(box);
    return box;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as declared */
void auth_cover_secrets(const auth *a, char *shown)
{
    (void)a;
    (void)shown;
}

void compute_mark_missing(boxd_compute *compute, feature missing, const char *method)
{
    (void)method;
    compute->thread_data.missing_features[missing] = true;
}
