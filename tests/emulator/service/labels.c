/*
 * labels.c: UpdateVmLabels, and what a label may be.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/machines.h"
#include "rpc/services.h"

enum { MAX_LABELS = 64, MAX_KEY = 63, MAX_VALUE = 256 };

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_key(const char *key)
{
    size_t length = strlen(key);
    return length > 0 && length <= MAX_KEY && is_plain(key[0]) && is_plain(key[length - 1]) &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._/-") == length && strncmp(key, "boxd/", 5) != 0;
}

static bool is_value(const char *value)
{
    if (strlen(value) > MAX_VALUE)
        return false;
    for (; *value != '\0'; value++) {
        if ((unsigned char)*value < ' ' || *value == 0x7f)
            return false;
    }
    return true;
}

int labels_check(call *c, char *const *labels)
{
    size_t count = 0;
    for (; labels != NULL && labels[2 * count] != NULL; count++) {
        const char *key = labels[2 * count];
        if (!is_key(key) || !is_value(labels[2 * count + 1]))
            return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is no valid label", key);
    }
    if (count > MAX_LABELS)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "a VM has at most %d labels", MAX_LABELS);
    return 0;
}

static char **without(char *const *labels, char *const *removed)
{
    size_t count = strings_count(labels), kept = 0;
    char **rest = xcalloc(count + 1, sizeof *rest);
    for (size_t i = 0; i < count; i += 2) {
        if (strings_have(removed, labels[i]))
            continue;
        rest[kept++] = xstrdup(labels[i]);
        rest[kept++] = xstrdup(labels[i + 1]);
    }
    return rest;
}

/* What is set wins over what is removed. */
static char **changed(char *const *labels, const BoxdPb__UpdateVmLabelsRequest *request)
{
    char **set = pairs_of(request->n_set, request->set);
    if (request->replace_all)
        return set;
    char **removed = strings_of(request->n_remove, request->remove);
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
    char **labels = changed(m->labels, request);
    int code = labels_check(c, labels);
    if (code != 0) {
        strings_free(labels);
        return code;
    }
    strings_free(m->labels);
    m->labels = labels;
    reply->labels = pairs_answer(&c->memory, &boxd_pb__update_vm_labels_response__labels_entry__descriptor,
                                 labels, &reply->n_labels);
    return 0;
}

const service_row label_rows[] = {
    {.rpc = "UpdateVmLabels", .unary = update_vm_labels},
    {NULL, NULL, NULL},
};
