/* Calls on clients with manual dispatch, for tests of where and when callbacks run. */
#include "manual_dispatch.h"

#include <poll.h>

boxd_compute *manual_open(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *c =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL), &error);
    e2e_ok(c, error);
    return c;
}

void manual_on_call(boxd_identity *who, const boxd_error *error, void *data)
{
    tally *t = data;
    (void)error;
    boxd_identity_free(who);
    if (!pthread_equal(t->thread, pthread_self()))
        atomic_fetch_add(&t->elsewhere, 1);
    if (atomic_fetch_add(&t->calls, 1) == 0 && t->then)
        t->then(t);
}

void manual_on_closed(boxd_status status, const boxd_error *error, void *data)
{
    tally *t = data;
    if (status != BOXD_OK || error || !pthread_equal(t->thread, pthread_self()))
        atomic_fetch_add(&t->elsewhere, 1);
    atomic_fetch_add(&t->closed, 1);
}

void manual_submit(boxd_compute *c, tally *t)
{
    boxd_aio_compute_whoami(c, NULL, manual_on_call, t);
}

/* The blocking call is handled after those calls on the client's thread. */
void manual_make(boxd_compute *c, int count, tally *t)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_cancel_token *fired = boxd_cancel_token_new();
    boxd_cancel_token_cancel(fired);
    for (int i = 0; i < count; i++)
        boxd_aio_compute_whoami(c, BOXD_OPTIONS(boxd_call_options, .cancel = fired), manual_on_call, t);
    boxd_cancel_token_free(fired);
    boxd_identity *who = boxd_compute_whoami(c, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
}

bool manual_readable(const boxd_compute *c, int timeout_ms)
{
    struct pollfd readable = {.fd = boxd_aio_compute_fd(c), .events = POLLIN};
    return poll(&readable, 1, timeout_ms) == 1 && readable.revents == POLLIN;
}
