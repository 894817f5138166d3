/*
 * labels.c: UpdateVmLabels. Core thread only.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/machines.h"
#include "rpc/methods.h"

static char **without(char *const *labels, char *const *removed)
{
    size_t count = strings_count(labels), kept = 0;
    char **rest = xcalloc(count + 1, sizeof *rest);
    for (size_t i = 0; i < count; i += 2) {
        if (strings_contain(removed, labels[i]))
            continue;
        rest[kept++] = xstrdup(labels[i]);
        rest[kept++] = xstrdup(labels[i + 1]);
    }
    return rest;
}

/* A label that is both set and removed is set. */
static char **updated_labels(char *const *labels, const BoxdPb__UpdateVmLabelsRequest *request)
{
    char **set = pairs_copy(request->n_set, request->set);
    if (request->replace_all)
        return set;
    char **removed = strings_copy(request->n_remove, request->remove);
    char **rest = without(labels, removed);
    set = pairs_merge(set, rest);
    strings_free(rest);
    strings_free(removed);
    return set;
}

static int update_vm_labels(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__UpdateVmLabelsRequest *request = (const BoxdPb__UpdateVmLabelsRequest *)message;
    BoxdPb__UpdateVmLabelsResponse *reply = (BoxdPb__UpdateVmLabelsResponse *)out;
    machine *m = machine_find(c, request->vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    char **labels = updated_labels(m->labels, request);
    int code = labels_check(c, labels);
    if (code != 0) {
        strings_free(labels);
        return code;
    }
    strings_free(m->labels);
    m->labels = labels;
    reply->labels = pairs_to_reply(&c->memory, &boxd_pb__update_vm_labels_response__labels_entry__descriptor,
                                   labels, &reply->n_labels);
    return 0;
}

const rpc_handler label_rpcs[] = {
    {.rpc = "UpdateVmLabels", .unary = update_vm_labels},
    {NULL, NULL, NULL},
};
