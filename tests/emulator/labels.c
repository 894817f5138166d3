/*
 * labels.c: UpdateVmLabels, and what a label may be.
 */
#include <stdlib.h>
#include <string.h>

#include "machines.h"
#include "services.h"

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

int labels_check(call *c, char *const *labels)
{
    size_t count = 0;
    for (; labels != NULL && labels[2 * count] != NULL; count++) {
        const char *key = labels[2 * count];
        if (!is_key(key) || strlen(labels[2 * count + 1]) > MAX_VALUE)
            return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is no valid label", key);
    }
    if (count > MAX_LABELS)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "a VM has at most %d labels", MAX_LABELS);
    return 0;
}

static bool has(char *const *labels, const char *key)
{
    for (; *labels != NULL; labels += 2) {
        if (strcmp(*labels, key) == 0)
            return true;
    }
    return false;
}

static bool removes(const BoxdPb__UpdateVmLabelsRequest *request, const char *key)
{
    for (size_t i = 0; i < request->n_remove; i++) {
        if (strcmp(request->remove[i], key) == 0)
            return true;
    }
    return false;
}

/* `set`, and behind it those of the machine's that stay. Takes `set`. */
static char **merge(char **set, char **old, const BoxdPb__UpdateVmLabelsRequest *request)
{
    size_t count = 0, old_count = 0;
    while (set[count] != NULL)
        count++;
    while (old != NULL && old[old_count] != NULL)
        old_count++;
    char **merged = xcalloc(count + old_count + 1, sizeof *merged);
    memcpy(merged, set, count * sizeof *set);
    for (size_t i = 0; i < old_count && !request->replace_all; i += 2) {
        if (has(set, old[i]) || removes(request, old[i]))
            continue;
        merged[count++] = xstrdup(old[i]);
        merged[count++] = xstrdup(old[i + 1]);
    }
    free(set);
    return merged;
}

static int update_vm_labels(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__UpdateVmLabelsRequest *request = (const BoxdPb__UpdateVmLabelsRequest *)message;
    BoxdPb__UpdateVmLabelsResponse *reply = (BoxdPb__UpdateVmLabelsResponse *)out;
    machine *m = machine_find(c, request->vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    char **labels = merge(machine_labels(request->n_set, (const ProtobufCMessage *const *)request->set),
                          m->labels, request);
    int code = labels_check(c, labels);
    if (code != 0) {
        free_strings(labels);
        return code;
    }
    free_strings(m->labels);
    m->labels = labels;
    reply->labels = arena_alloc(&c->memory, MAX_LABELS * sizeof(void *));
    for (; *labels != NULL; labels += 2) {
        BoxdPb__UpdateVmLabelsResponse__LabelsEntry *entry =
            message_new(&c->memory, &boxd_pb__update_vm_labels_response__labels_entry__descriptor);
        entry->key = arena_strdup(&c->memory, labels[0]);
        entry->value = arena_strdup(&c->memory, labels[1]);
        reply->labels[reply->n_labels++] = entry;
    }
    return 0;
}

const service_row label_rows[] = {
    {.rpc = "UpdateVmLabels", .unary = update_vm_labels},
    {NULL, NULL, NULL},
};
