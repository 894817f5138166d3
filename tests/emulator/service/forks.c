/*
 * forks.c: ForkVm. A fork has the settings and a copy of the files of its source. Running processes are not
 * copied; the main process starts again. Core thread only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/differ.h"
#include "machine/spec.h"
#include "service/service.h"

typedef struct {
    call *c;
    machine *fork, *source;
    int64_t started_ms;
    bool uses_source;
} forking;

static void fill_reply(forking *f)
{
    BoxdPb__ForkVmResponse *reply = (BoxdPb__ForkVmResponse *)f->c->reply;
    arena *a = &f->c->memory;
    reply->vm_id = arena_strdup(a, f->fork->id);
    reply->name = arena_strdup(a, f->fork->name);
    reply->public_ip = arena_strdup(a, f->fork->public_ip);
    reply->url = arena_strdup(a, f->fork->url);
    reply->image = arena_strdup(a, f->fork->image_ref);
    reply->status = machine_status_name(f->fork->status);
    reply->forked_from = arena_strdup(a, f->source->id);
    reply->boot_time_ms = f->fork->boot_time_ms;
}

static void forked(void *data, int code, const char *why)
{
    forking *f = data;
    f->fork->boot_time_ms = (uint64_t)(now_ms() - f->started_ms) + 1;
    f->fork->copy_of = NULL;
    if (f->uses_source)
        machine_release(f->source);
    if (code == 0)
        fill_reply(f);
    call_complete(f->c, code ? call_error(f->c, code, "%s", why) : 0);
    call_unref(f->c);
    machine_unref(f->fork);
    machine_unref(f->source);
    free(f);
}

static void prepare(forking *f)
{
    if (f->uses_source || f->fork->cmd != NULL || f->fork->attachments != NULL)
        machine_change_start(f->fork, CHANGE_PREPARE, forked, f);
    else
        forked(f, 0, "");
}

static void ignore_end(void *data, int code, const char *why)
{
    (void)data;
    (void)code;
    (void)why;
}

static void source_ready(void *data, int code, const char *why)
{
    forking *f = data;
    if (code != 0) { /* another request may have used or destroyed the fork meanwhile */
        machine_change_start(f->fork, CHANGE_DESTROY, ignore_end, NULL);
        forked(f, code, why);
        return;
    }
    f->uses_source = true;
    f->fork->copy_of = f->source->sandbox;
    prepare(f);
}

static int copy_settings(call *c, machine *to, const machine *from, const BoxdPb__ForkVmRequest *request)
{
    machine_copy_settings(to, from);
    if (request->n_networks > 0) {
        strings_free(to->networks);
        to->networks = strings_copy(request->n_networks, request->networks);
    }
    to->isolated = from->isolated || request->isolated;
    to->labels = pairs_merge(pairs_copy(request->n_labels, request->labels), from->labels);
    to->egress_allow = strings_duplicate(from->egress_allow); /* unlike a snapshot */
    to->shared = request->shared;
    to->source_kind = "fork";
    to->source_name = xstrdup(from->name);
    memcpy(to->source_id, from->id, sizeof to->source_id);
    expiry_inherit(to, from);
    packages_inherit(to, from);
    return machine_configure(c, to, request->config);
}

static int fork_vm(call *c, const ProtobufCMessage *message, ProtobufCMessage *reply)
{
    const BoxdPb__ForkVmRequest *request = (const BoxdPb__ForkVmRequest *)message;
    (void)reply;
    machine *source = machine_find_id(c, request->source_vm_id);
    if (source == NULL || source->status == MACHINE_DESTROYING)
        return source ? call_error(c, GRPC_STATUS_NOT_FOUND, "VM is destroying") : GRPC_STATUS_NOT_FOUND;
    int code = networks_check(c, request->n_networks, request->networks);
    if (code != 0)
        return code;
    const char *name = request->name;
    char derived[80];
    if (name[0] == '\0' && !differs(DIFFER_FORK_OWN_NAME)) {
        (void)snprintf(derived, sizeof derived, "%.58s-%s", source->name,
                       differs(DIFFER_FORK_NAME) ? "copy" : "fork");
        name = derived;
    }
    machine *m = machine_create(c, name, &code);
    if (m == NULL)
        return code;
    code = copy_settings(c, m, source, request);
    if (code == 0)
        code = labels_check(c, m->labels);
    if (code != 0) {
        machine_unregister(m);
        return code;
    }
    spec_record_created(m);
    idle_changed(m);
    forking *f = xcalloc(1, sizeof *f);
    *f = (forking){c, m, source, now_ms(), false};
    call_ref(c);
    machine_ref(m);
    machine_ref(source);
    if (source->busy) {
        machine_acquire(source, source_ready, f);
    } else if (source->sandbox != NULL) {
        source->users++;
        source_ready(f, 0, "");
    } else { /* the source has no files of its own yet */
        prepare(f);
    }
    return CALL_LATER;
}

const rpc_handler fork_rpcs[] = {
    {.rpc = "ForkVm", .unary = fork_vm},
    {NULL, NULL, NULL},
};
