/* Whoami with the library: blocking on several threads, and in flight with callbacks. */
#include "library.h"

#include "gate.h"
#include "threads.h"

#include <poll.h>

static long blocking_loop(const load *l)
{
    boxd_compute *compute = library_client();
    long calls = 0;
    for (; !load_is_over(l, calls); calls++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_identity *who = boxd_compute_whoami(compute, NULL, &error);
        if (!who)
            library_fail("Whoami", &error);
        boxd_identity_free(who);
    }
    return calls;
}

void library_blocking(const load *l, tally *t)
{
    t->operations = on_threads(l, blocking_loop);
}

void library_first_answer(const load *l, tally *t)
{
    (void)l;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *compute = library_client();
    boxd_identity *who = boxd_compute_whoami(compute, NULL, &error);
    if (!who)
        library_fail("Whoami", &error);
    boxd_identity_free(who);
    t->operations = 1;
}

/* ---- calls in flight ---- */

/* Used by the thread of the callbacks, and by the submitting thread before the first callback can end it. */
typedef struct flight {
    const load *load;
    boxd_compute *compute;
    long begun, done, left;
    gate all_ended;
} flight;

static void on_whoami(boxd_identity *who, const boxd_error *error, void *data)
{
    flight *f = data;
    if (!who)
        library_fail("Whoami", error);
    boxd_identity_free(who);
    f->done++;
    if (!load_is_over(f->load, f->begun)) {
        f->begun++;
        boxd_aio_compute_whoami(f->compute, NULL, on_whoami, f);
    } else if (--f->left == 0) {
        gate_open(&f->all_ended);
    }
}

static void submit_first(flight *f)
{
    for (long i = 0; i < f->load->in_flight; i++)
        boxd_aio_compute_whoami(f->compute, NULL, on_whoami, f);
}

void library_in_flight(const load *l, tally *t)
{
    flight f = {.load = l, .compute = library_client(), .begun = l->in_flight, .left = l->in_flight};
    gate_init(&f.all_ended);
    submit_first(&f);
    gate_wait(&f.all_ended);
    t->operations = f.done;
}

void library_manual(const load *l, tally *t)
{
    flight f = {.load = l, .compute = library_manual_client(), .begun = l->in_flight, .left = l->in_flight};
    gate_init(&f.all_ended);
    submit_first(&f);
    struct pollfd ready = {.fd = boxd_aio_compute_fd(f.compute), .events = POLLIN};
    while (f.left > 0) {
        poll(&ready, 1, -1);
        boxd_aio_compute_dispatch(f.compute, 0);
    }
    t->operations = f.done;
}
