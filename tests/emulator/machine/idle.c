/*
 * idle.c: suspends, hibernates or destroys a machine that was idle for the time of one of its limits. A
 * machine is idle while no request except GetVm names it, no Exec runs in it and no connection to it is open.
 * Core thread only.
 */
#include "machine/machines.h"
#include "machine/spec.h"

static void ignore(void *data, int code, const char *why)
{
    (void)data; /* a change that fails is tried again at the next check */
    (void)code;
    (void)why;
}

static void check_idle(loop_timer *timer);

/* Changes the machine if it was idle for `seconds`. Returns the smaller of `next_ms` and the time left. */
static int64_t apply(machine *m, uint32_t seconds, bool allowed, change_kind kind, int64_t idle_ms,
                     int64_t next_ms)
{
    int64_t limit_ms = (int64_t)seconds * 1000;
    if (limit_ms == 0 || !allowed)
        return next_ms;
    int64_t left_ms = limit_ms - idle_ms;
    if (left_ms <= 0) {
        machine_change_start(m, kind, ignore, NULL);
        left_ms = limit_ms;
    }
    return next_ms == 0 || left_ms < next_ms ? left_ms : next_ms;
}

static void arm(machine *m)
{
    bool in_use = m->busy || m->execs != NULL || m->connections > 0 || packages_run(m, NULL);
    int64_t idle_ms = in_use ? 0 : now_ms() - m->active_ms, next_ms = 0;
    bool running = m->status == MACHINE_RUNNING, sleeping = m->status == MACHINE_SUSPENDED;
    machine_ref(m);
    next_ms =
        apply(m, m->auto_destroy_secs, m->status != MACHINE_DESTROYING, CHANGE_DESTROY, idle_ms, next_ms);
    next_ms = apply(m, m->auto_hibernate_secs, running || sleeping, CHANGE_HIBERNATE, idle_ms, next_ms);
    /* A suspended machine may run again by then. */
    next_ms = apply(m, m->auto_suspend_secs, running || in_use, CHANGE_SUSPEND, idle_ms, next_ms);
    if (next_ms > 0 && m->registered)
        loop_timer_start(&m->idle_timer, next_ms, check_idle);
    machine_unref(m);
}

static void check_idle(loop_timer *timer)
{
    arm(container_of(timer, machine, idle_timer));
}

void idle_changed(machine *m)
{
    loop_timer_stop(&m->idle_timer);
    arm(m);
}

void idle_stop(machine *m)
{
    loop_timer_stop(&m->idle_timer);
}
