/*
 * work.c: one operation at random, on a client or on a handle of one that may be gone.
 */
#include "stress.h"

#include <stdio.h>

enum { MANY = 150, MAX_DEPTH = 6 };

static const work *const TABLES[] = {CALLS, FILES, STREAMS};
static _Thread_local int depth;

const char *any_name(void)
{
    static const char *const names[] = {"s0", "s1", "s2", "s1", "nowhere"};
    return names[chance(5)];
}

static const work *any_work(void)
{
    const work *found = NULL;
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++)
        for (const work *w = TABLES[i]; w->name; w++) {
            sum += w->weight;
            if (chance(sum) < w->weight)
                found = w;
        }
    return found;
}

/* What needs the client is inside its gate as long as it runs; a handle needs nothing. */
static void run(life *l, bool blocking)
{
    const work *w = any_work();
    shot s = {.life = l, .blocking = blocking, .error = BOXD_ERROR_INIT};
    bool inside = gate_enter(&l->gate);
    if (!inside && w->compute)
        return;
    if (inside && one_in(2))
        s.box = boxd_box_from_name(l->compute, any_name(), NULL);
    if (!s.box)
        s.box = boxd_box_ref(l->kept);
    if (inside && !w->compute) {
        life_leave(l);
        inside = false;
    }
    s.call = any_call(&s.token);
    if (inside)
        s.compute = l->compute;
    if (s.call.timeout_ms <= 0 && l->patient)
        s.call.timeout_ms = 1 + (int64_t)chance(200);
    if (blocking && s.call.timeout_ms <= 0 && ((inside && l->solo) || !one_in(8)))
        s.call.timeout_ms = 1 + (int64_t)chance(200); /* else the threads do nothing but wait */
    w->run(&s, w->name);
    boxd_box_free(s.box);
    token_leave(s.token);
    if (inside)
        life_leave(l);
}

void work_once(life *l)
{
    run(l, one_in(8) || atomic_load(&l->account.outstanding) > MANY);
}

void work_async(life *l)
{
    run(l, false);
}

/* Less than one submission on average, so that it ends. */
void after_callback(life *l)
{
    if (depth < MAX_DEPTH) {
        depth++;
        if (one_in(6))
            run(l, false);
        if (one_in(40))
            run(l, true); /* is refused */
        if (one_in(60))
            token_fire_any();
        if (one_in(30))
            life_close_late();
        if (one_in(400))
            life_replace(l);
        depth--;
    }
    life_let_go(l);
}

boxd_status status_of(const boxd_error *error)
{
    return error ? error->status : BOXD_OK;
}

void on_done(boxd_status status, const boxd_error *error, void *data)
{
    after_callback(ticket_called(data, status, error));
}

void shot_returned(ticket *t, const shot *s)
{
    const bool failure = s->error.status != BOXD_OK;
    life *l = ticket_called(t, s->error.status, failure ? &s->error : NULL);
    if (boxd_aio_in_callback() && s->error.status != BOXD_ERR_WOULD_DEADLOCK)
        failed(t, "a blocking call inside a callback was not refused");
    life_let_go(l);
}
