/*
 * operations.c: runs operations at random, on a client or on a handle whose client may have ended.
 */
#include "stress.h"

#include <stdio.h>

enum { MANY = 150, MAX_DEPTH = 6 };

static const stress_operation *const TABLES[] = {CALLS, FILES, STREAMS};
static _Thread_local int depth;

const char *any_name(void)
{
    static const char *const names[] = {"s0", "s1", "s2", "s1", "nowhere"};
    return names[random_below(5)];
}

static const stress_operation *any_operation(void)
{
    const stress_operation *found = NULL;
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++)
        for (const stress_operation *op = TABLES[i]; op->name; op++) {
            sum += op->weight;
            if (random_below(sum) < op->weight)
                found = op;
        }
    return found;
}

static boxd_call_options any_options(const client *c, bool blocking, bool inside, token **used)
{
    boxd_call_options call = any_call(used);
    const bool must_end =
        blocking && ((inside && c->single_reference) || !one_in(8)); /* else threads only wait */
    if (call.timeout_ms <= 0 && (c->drained || must_end))
        call.timeout_ms = 1 + (int64_t)random_below(200);
    return call;
}

static boxd_box *any_handle(const client *c, bool inside)
{
    boxd_box *box = inside && one_in(2) ? boxd_box_from_name(c->compute, any_name(), NULL) : NULL;
    return box ? box : boxd_box_ref(c->kept);
}

/* An operation that needs the client runs inside the gate; one that needs a handle alone does not. */
static void run(client *c, bool blocking)
{
    const stress_operation *op = any_operation();
    invocation s = {.client = c, .blocking = blocking, .error = BOXD_ERROR_INIT};
    bool inside = gate_enter(&c->gate);
    if (!inside && op->compute)
        return;
    s.box = any_handle(c, inside);
    if (inside && !op->compute) {
        client_leave(c);
        inside = false;
    }
    s.call = any_options(c, blocking, inside, &s.token);
    if (inside)
        s.compute = c->compute;
    op->run(&s, op->name);
    boxd_box_free(s.box);
    token_leave(s.token);
    if (inside)
        client_leave(c);
}

void operation_run(client *c)
{
    run(c, one_in(8) || atomic_load(&c->account.outstanding) > MANY);
}

void operation_run_async(client *c)
{
    run(c, false);
}

/* Submits less than one operation on average, so that chains of callbacks end. */
void after_callback(client *c)
{
    if (depth < MAX_DEPTH) {
        depth++;
        if (one_in(6))
            run(c, false);
        if (one_in(40))
            run(c, true); /* the operation is refused */
        if (one_in(60))
            token_fire_any();
        if (one_in(30))
            client_close_deferred();
        if (one_in(400))
            client_replace(c);
        depth--;
    }
    client_release(c);
}

boxd_status status_of(const boxd_error *error)
{
    return error ? error->status : BOXD_OK;
}

void on_done(boxd_status status, const boxd_error *error, void *data)
{
    after_callback(ticket_called(data, status, error));
}

void invocation_returned(ticket *t, const invocation *s)
{
    const bool failure = s->error.status != BOXD_OK;
    client *c = ticket_called(t, s->error.status, failure ? &s->error : NULL);
    if (boxd_aio_in_callback() && s->error.status != BOXD_ERR_WOULD_DEADLOCK)
        failed(t, "a blocking call inside a callback was not refused");
    client_release(c);
}
