/*
 * launch.c: the last steps of every RPC that creates a machine: its sandbox, if needed already, and the
 * reply. Images, which snapshots and checkpoints keep, are made here too. Core thread only.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/machines.h"
#include "machine/spec.h"

typedef struct {
    call *c;
    machine *m, *image;
    machine_reply *fill;
    int64_t started_ms;
} launch;

static void launched(void *data, int code, const char *why)
{
    launch *l = data;
    call *c = l->c;
    l->m->boot_time_ms = (uint64_t)(now_ms() - l->started_ms) + 1;
    l->m->copy_of = NULL;
    if (code == 0)
        l->fill(c, l->m);
    call_complete(c, code ? call_error(c, code, "%s", why) : 0);
    call_unref(c);
    machine_unref(l->m);
    if (l->image != NULL)
        machine_unref(l->image);
    free(l);
}

int machine_launch(call *c, machine *m, int code, machine *image, machine_reply *fill)
{
    if (code == 0)
        code = labels_check(c, m->labels);
    if (code != 0) {
        machine_unregister(m);
        return code;
    }
    m->boot_time_ms = 1;
    spec_record_created(m);
    idle_changed(m);
    bool copies = image != NULL && image->sandbox != NULL;
    if (m->cmd == NULL && m->attachments == NULL && !copies) {
        fill(c, m);
        packages_start(m);
        return 0;
    }
    launch *l = xcalloc(1, sizeof *l);
    *l = (launch){c, m, image, fill, now_ms()};
    call_ref(c);
    machine_ref(m);
    if (image != NULL)
        machine_ref(image);
    m->copy_of = copies ? image->sandbox : NULL;
    machine_change_start(m, CHANGE_PREPARE, launched, l);
    return CALL_LATER;
}

/* ---- settings ---- */

void machine_copy_settings(machine *to, const machine *from)
{
    to->image_ref = xstrdup(from->image_ref);
    to->restart_policy = xstrdup(from->restart_policy);
    to->cmd = from->cmd ? xstrdup(from->cmd) : NULL;
    to->env = strings_duplicate(from->env);
    to->networks = strings_duplicate(from->networks);
    if (from->spec != NULL) {
        to->spec = spec_current(from);
        (void)json_object_del(to->spec, "assignTo");
    }
    to->isolated = from->isolated;
    to->idle_ignore_outbound = from->idle_ignore_outbound;
    to->bot_protection = from->bot_protection;
    to->vcpu = from->vcpu;
    to->memory_bytes = from->memory_bytes;
    to->disk_bytes = from->disk_bytes;
    to->auto_suspend_secs = from->auto_suspend_secs;
    to->auto_destroy_secs = from->auto_destroy_secs;
    to->auto_hibernate_secs = from->auto_hibernate_secs;
}

/* ---- images ---- */

typedef struct {
    job job;
    machine *source, *image;
    void (*done)(void *data, int code, const char *why);
    void *data;
    int error;
    char why[400];
} capture;

static void finish(capture *cap, int code, const char *why)
{
    if (code != 0) {
        machine_unref(cap->image);
        cap->image = NULL;
    }
    *(machine **)cap->data = cap->image;
    cap->done(cap->data, code, why);
    machine_unref(cap->source);
    free(cap);
}

static void capture_work(job *item)
{
    capture *cap = container_of(item, capture, job);
    cap->error = sandbox_create(cap->image->id, cap->image->name, cap->source->sandbox, &cap->image->sandbox,
                                cap->why, sizeof cap->why);
}

static void capture_done(job *item)
{
    capture *cap = container_of(item, capture, job);
    machine_release(cap->source);
    finish(cap, cap->error ? GRPC_STATUS_INTERNAL : 0, cap->why);
}

static void source_ready(void *data, int code, const char *why)
{
    capture *cap = data;
    if (code != 0) {
        finish(cap, code, why);
        return;
    }
    cap->job.work = capture_work;
    cap->job.done = capture_done;
    workers_submit(&cap->job);
}

void machine_capture(machine *m, void (*done)(void *data, int code, const char *why), void *image)
{
    capture *cap = xcalloc(1, sizeof *cap);
    cap->source = m;
    cap->done = done;
    cap->data = image;
    cap->image = machine_new_image(m);
    machine_ref(m);
    if (m->sandbox == NULL && !m->busy) /* it has no files of its own yet */
        finish(cap, 0, "");
    else
        machine_acquire_any_state(m, source_ready, cap);
}

typedef struct {
    job job;
    machine *image;
} removal;

static void remove_work(job *item)
{
    removal *r = container_of(item, removal, job);
    sandbox_destroy(r->image->sandbox);
    r->image->sandbox = NULL;
}

static void remove_done(job *item)
{
    removal *r = container_of(item, removal, job);
    machine_free(r->image);
    free(r);
}

void machine_release_image(machine *image)
{
    if (image->sandbox == NULL) {
        machine_free(image);
        return;
    }
    removal *r = xcalloc(1, sizeof *r);
    r->image = image;
    r->job.work = remove_work;
    r->job.done = remove_done;
    workers_submit(&r->job);
}
