/*
 * changes.c: the state changes of machines: start, stop, suspend, destroy, ... A machine makes one change at
 * a time, in order of arrival. A change runs on the core thread, except its `work`, which runs on a worker;
 * only `work` touches m->sandbox meanwhile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machines.h"
#include "machine/spec.h"

enum { STOP_GRACE_MS = 2000, WHY_BYTES = 400 };

#define ALLOW(status) (1u << (status))

typedef struct machine_change {
    job job;
    struct machine_change *next;
    machine *m;
    const struct transition *transition;
    void (*done)(void *data, int code, const char *why);
    void *data;
    int64_t started_ms;
    /* The errno value of `work`. */
    int error;
    char why[WHY_BYTES];
} machine_change;

typedef int change_work(machine *m, char *why);

/* The rules of one kind of change. */
typedef struct transition {
    /* For "VM x could not ...". */
    const char *verb;
    /* The states in which it may begin, as bits. */
    unsigned allowed;
    /* The states while it is under way and afterwards. */
    machine_status during, after;
    /* Ends the processes. */
    bool kills;
    /* Creates the sandbox if it does not exist. Otherwise `work` is skipped without a sandbox. */
    bool needs_sandbox;
    /* The machine boots: its main process starts. */
    bool boots;
    change_work *work;
    /* After `work`, when the sandbox has no users left. */
    change_work *exclusive_work;
} transition;

/* ---- on a worker ---- */

static int mount_all(const machine *m, char *why)
{
    int error = 0;
    for (const machine_extension *const *x = machines_extensions(); *x != NULL && error == 0; x++) {
        if ((*x)->mount != NULL)
            error = (*x)->mount(m, why, WHY_BYTES);
    }
    return error;
}

static int work_start(machine *m, char *why)
{
    int error = 0;
    if (m->sandbox == NULL) {
        error = sandbox_create(m->id, m->name, m->copy_of, &m->sandbox, why, WHY_BYTES);
        if (error == 0)
            error = mount_all(m, why);
        if (error != 0) { /* the next start begins from scratch */
            sandbox_destroy(m->sandbox);
            m->sandbox = NULL;
        }
    }
    if (error == 0 && !m->sandbox_started) {
        error = sandbox_start(m->sandbox, why, WHY_BYTES);
        m->sandbox_started = error == 0;
    }
    return error;
}

static int work_stop(machine *m, char *why)
{
    m->sandbox_started = false;
    return sandbox_stop(m->sandbox, STOP_GRACE_MS, why, WHY_BYTES);
}

static int work_reboot(machine *m, char *why)
{
    int error = work_stop(m, why);
    return error ? error : work_start(m, why);
}

static int work_rename(machine *m, char *why)
{
    int error = work_stop(m, why);
    if (error == 0)
        error = sandbox_set_hostname(m->sandbox, m->name, why, WHY_BYTES);
    return error ? error : work_start(m, why);
}

static int work_suspend(machine *m, char *why)
{
    return sandbox_suspend(m->sandbox, why, WHY_BYTES);
}

static int work_resume(machine *m, char *why)
{
    return sandbox_resume(m->sandbox, why, WHY_BYTES);
}

static int work_kill(machine *m, char *why)
{
    m->sandbox_started = false;
    return m->sandbox ? sandbox_stop(m->sandbox, 0, why, WHY_BYTES) : 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): all work functions have one type */
static int work_remove(machine *m, char *why)
{
    (void)why;
    sandbox_destroy(m->sandbox);
    m->sandbox = NULL;
    return 0;
}

static int work_restore(machine *m, char *why)
{
    (void)work_remove(m, why);
    m->copy_of = m->restore_from->sandbox;
    int error = work_start(m, why);
    m->copy_of = NULL;
    return error;
}

static const transition transitions[] = {
    [CHANGE_PREPARE] = {"be prepared", ALLOW(MACHINE_RUNNING), MACHINE_RUNNING, MACHINE_RUNNING, false, true,
                        true, work_start, NULL},
    [CHANGE_START] = {"be started", ALLOW(MACHINE_STOPPED) | ALLOW(MACHINE_FAILED), MACHINE_STARTING,
                      MACHINE_RUNNING, false, false, true, work_start, NULL},
    [CHANGE_STOP] = {"be stopped",
                     ALLOW(MACHINE_RUNNING) | ALLOW(MACHINE_SUSPENDED) | ALLOW(MACHINE_HIBERNATED),
                     MACHINE_STOPPING, MACHINE_STOPPED, true, false, false, work_stop, NULL},
    [CHANGE_REBOOT] = {"be rebooted", ALLOW(MACHINE_RUNNING), MACHINE_REBOOTING, MACHINE_RUNNING, true, false,
                       true, work_reboot, NULL},
    [CHANGE_RENAME] = {"be renamed", ALLOW(MACHINE_RUNNING), MACHINE_REBOOTING, MACHINE_RUNNING, true, false,
                       true, work_rename, NULL},
    [CHANGE_SUSPEND] = {"be suspended", ALLOW(MACHINE_RUNNING), MACHINE_SUSPENDING, MACHINE_SUSPENDED, false,
                        false, false, work_suspend, NULL},
    [CHANGE_RESUME] = {"be resumed", ALLOW(MACHINE_SUSPENDED), MACHINE_RESUMING, MACHINE_RUNNING, false,
                       false, false, work_resume, NULL},
    [CHANGE_HIBERNATE] = {"be hibernated", ALLOW(MACHINE_RUNNING) | ALLOW(MACHINE_SUSPENDED),
                          MACHINE_HIBERNATING, MACHINE_HIBERNATED, false, false, false, work_suspend, NULL},
    [CHANGE_WAKE] = {"be woken", ALLOW(MACHINE_HIBERNATED), MACHINE_WAKING, MACHINE_RUNNING, false, false,
                     false, work_resume, NULL},
    [CHANGE_RESTORE] = {"be restored",
                        ALLOW(MACHINE_RUNNING) | ALLOW(MACHINE_SUSPENDED) | ALLOW(MACHINE_HIBERNATED) |
                            ALLOW(MACHINE_STOPPED) | ALLOW(MACHINE_FAILED),
                        MACHINE_REBOOTING, MACHINE_RUNNING, true, true, true, work_kill, work_restore},
    [CHANGE_DESTROY] = {"be destroyed", ~ALLOW(MACHINE_DESTROYING), MACHINE_DESTROYING, MACHINE_DESTROYING,
                        true, false, false, work_kill, work_remove},
};

/* ---- on the core thread ---- */

static void next_change(machine *m);

static void end_change(machine_change *change, int code, const char *why)
{
    machine *m = change->m;
    m->busy = false;
    change->done(change->data, code, why);
    free(change);
    next_change(m);
    machine_unref(m);
}

static void complete_change(machine_change *change)
{
    machine *m = change->m;
    const transition *t = change->transition;
    if (t == &transitions[CHANGE_DESTROY]) {
        machine_unregister(m);
        end_change(change, 0, "");
        return;
    }
    if (change->error != 0) {
        m->status = MACHINE_FAILED;
        char why[WHY_BYTES + 160];
        (void)snprintf(why, sizeof why, "VM %s could not %s: %s", m->name, t->verb,
                       change->why[0] ? change->why : error_text(change->error));
        end_change(change, GRPC_STATUS_INTERNAL, why);
        return;
    }
    m->status = t->after;
    if (m->status == MACHINE_HIBERNATED)
        m->hibernated_at_ms = wall_ms();
    if (t->boots && t != &transitions[CHANGE_PREPARE]) /* a launch sets the boot time itself */
        m->boot_time_ms = (uint64_t)(now_ms() - change->started_ms) + 1;
    idle_changed(m);
    for (const machine_extension *const *x = machines_extensions(); t->boots && *x != NULL; x++) {
        if ((*x)->booted != NULL)
            (*x)->booted(m);
    }
    packages_start(m);
    end_change(change, 0, "");
}

static void run_exclusive_work(job *j)
{
    machine_change *change = container_of(j, machine_change, job);
    change->error = change->transition->exclusive_work(change->m, change->why);
}

static void exclusive_work_done(job *j)
{
    complete_change(container_of(j, machine_change, job));
}

/* The sandbox is destroyed only when it has no users: see machine_release. */
static void start_exclusive_work(machine_change *change)
{
    machine *m = change->m;
    if (m->users > 0) {
        m->waits_for_users = change;
        return;
    }
    change->job.work = run_exclusive_work;
    change->job.done = exclusive_work_done;
    if (m->sandbox == NULL && !change->transition->needs_sandbox)
        complete_change(change);
    else
        workers_submit(&change->job);
}

static void work_done(job *j)
{
    machine_change *change = container_of(j, machine_change, job);
    if (change->transition->exclusive_work != NULL)
        start_exclusive_work(change);
    else
        complete_change(change);
}

static void run_work(job *j)
{
    machine_change *change = container_of(j, machine_change, job);
    change->error = change->transition->work(change->m, change->why);
}

static void begin_change(machine_change *change)
{
    machine *m = change->m;
    const transition *t = change->transition;
    m->busy = true;
    if (!(t->allowed & ALLOW(m->status))) {
        char why[160];
        (void)snprintf(why, sizeof why, "VM is %s and cannot %s", machine_status_name(m->status), t->verb);
        bool gone = m->status == MACHINE_DESTROYING;
        end_change(change, gone ? GRPC_STATUS_NOT_FOUND : GRPC_STATUS_FAILED_PRECONDITION, why);
        return;
    }
    m->status = t->during;
    change->started_ms = now_ms();
    if (t->kills) {
        packages_interrupt(m);
        for (const machine_extension *const *x = machines_extensions(); *x != NULL; x++) {
            if ((*x)->interrupted != NULL)
                (*x)->interrupted(m);
        }
    }
    change->job.work = run_work;
    change->job.done = work_done;
    bool needs_sandbox = t->needs_sandbox || (t->boots && m->cmd != NULL);
    bool ready = t->work == work_start && m->sandbox_started;
    if (ready || (m->sandbox == NULL && !needs_sandbox))
        work_done(&change->job);
    else
        workers_submit(&change->job);
}

static void next_change(machine *m)
{
    machine_change *change = m->changes;
    if (change == NULL || m->busy)
        return;
    m->changes = change->next;
    if (m->changes == NULL)
        m->changes_end = &m->changes;
    begin_change(change);
}

void machine_change_start(machine *m, change_kind kind, void (*done)(void *data, int code, const char *why),
                          void *data)
{
    machine_change *change = xcalloc(1, sizeof *change);
    change->m = m;
    change->transition = &transitions[kind];
    change->done = done;
    change->data = data;
    machine_ref(m);
    *m->changes_end = change;
    m->changes_end = &change->next;
    next_change(m);
}

/* ---- users of the sandbox ---- */

typedef struct {
    machine *m;
    void (*ready)(void *data, int code, const char *why);
    void *data;
} acquisition;

static void changed_for_user(void *data, int code, const char *why)
{
    acquisition *a = data;
    acquisition copy = *a;
    free(a);
    if (code != 0)
        copy.ready(copy.data, code, why);
    else
        machine_acquire(copy.m, copy.ready, copy.data);
    machine_unref(copy.m);
}

static void acquire_after(machine *m, change_kind kind, void (*ready)(void *data, int code, const char *why),
                          void *data)
{
    acquisition *a = xcalloc(1, sizeof *a);
    *a = (acquisition){m, ready, data};
    machine_ref(m);
    machine_change_start(m, kind, changed_for_user, a);
}

void machine_acquire(machine *m, void (*ready)(void *data, int code, const char *why), void *data)
{
    if (m->status == MACHINE_RUNNING && !m->busy && m->sandbox_started) {
        m->users++;
        ready(data, 0, "");
    } else if (m->status == MACHINE_RUNNING || m->status == MACHINE_STARTING ||
               m->status == MACHINE_RESUMING || m->status == MACHINE_WAKING) {
        acquire_after(m, CHANGE_PREPARE, ready, data);
    } else if (m->status == MACHINE_SUSPENDED || m->status == MACHINE_SUSPENDING) {
        acquire_after(m, CHANGE_RESUME, ready, data);
    } else if (m->status == MACHINE_HIBERNATED || m->status == MACHINE_HIBERNATING) {
        acquire_after(m, CHANGE_WAKE, ready, data);
    } else {
        char why[128];
        (void)snprintf(why, sizeof why, "VM is %s", machine_status_name(m->status));
        ready(data, m->status == MACHINE_DESTROYING ? GRPC_STATUS_NOT_FOUND : GRPC_STATUS_FAILED_PRECONDITION,
              why);
    }
}

void machine_release(machine *m)
{
    m->users--;
    machine_change *change = m->waits_for_users;
    if (m->users == 0 && change != NULL) {
        m->waits_for_users = NULL;
        start_exclusive_work(change);
    }
}

void machine_acquire_any_state(machine *m, void (*ready)(void *data, int code, const char *why), void *data)
{
    if (m->sandbox == NULL || m->busy) {
        machine_acquire(m, ready, data);
        return;
    }
    m->users++;
    ready(data, 0, "");
}

/* ---- unary handlers that block ---- */

typedef struct {
    job job;
    call *c;
    machine *m;
    sandbox_work *work;
    int code;
} sandbox_job;

static void run_sandbox_job(job *j)
{
    sandbox_job *r = container_of(j, sandbox_job, job);
    r->code = r->work(r->c, r->m->sandbox, r->c->request, r->c->reply);
}

static void free_sandbox_job(sandbox_job *r)
{
    call_unref(r->c);
    machine_unref(r->m);
    free(r);
}

static void sandbox_job_done(job *j)
{
    sandbox_job *r = container_of(j, sandbox_job, job);
    machine_release(r->m);
    call_complete(r->c, r->code);
    free_sandbox_job(r);
}

static void sandbox_job_ready(void *data, int code, const char *why)
{
    sandbox_job *r = data;
    if (code != 0) {
        call_complete(r->c, call_error(r->c, code, "%s", why));
        free_sandbox_job(r);
        return;
    }
    r->job.work = run_sandbox_job;
    r->job.done = sandbox_job_done;
    workers_submit(&r->job);
}

int machine_run(call *c, const char *vm, sandbox_work *work)
{
    machine *m = machine_find(c, vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    sandbox_job *r = xcalloc(1, sizeof *r);
    r->c = c;
    r->m = m;
    r->work = work;
    call_ref(c);
    machine_ref(m);
    machine_acquire(m, sandbox_job_ready, r);
    return CALL_LATER;
}
