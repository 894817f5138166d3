/* handle.c: makes, counts and frees the program's handles. Any thread. */
#include "boxd/client/handle.h"

#include "boxd/client/box_names.h"
#include "errors.h"
#include "invariant.h"
#include "mem.h"
#include "names.h"

#include <string.h>

void *handle_begin(record *r, size_t size, boxd_compute *compute, record_limit *limit)
{
    handle *h = record_begin(r, size, limit);
    if (!h)
        return NULL;
    atomic_init(&h->refs, 1);
    h->compute = compute;
    core_ref(&compute->core);
    return h;
}

void handle_name(record *r, handle *h, const char *kind, const char *name)
{
    char shown[128];
    const char *shown_name = name && *name ? name : h->id;
    char *before = record_joined(r, kind, " \"", "");
    if (before)
        h->subject =
            record_joined(r, before, text_printable(shown_name ? shown_name : "", shown, sizeof shown), "\"");
}

void *handle_end(record *r, boxd_error *error)
{
    const handle *h = record_struct(r);
    boxd_compute *compute = handle_compute(h);
    void *made = record_end(r, error);
    if (!made && compute)
        core_unref(&compute->core);
    return made;
}

void *handle_end_named(record *r, const char *kind, const char *method, boxd_error *error)
{
    handle *h = record_struct(r);
    if (h)
        handle_name(r, h, kind, h->name);
    h = handle_end(r, error);
    if (!h || h->id)
        return h;
    handle_free(h);
    error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES, "%s answered without the %s's id", method, kind);
    return NULL;
}

void *handle_new(const handle_source *from, const void *message, boxd_error *error)
{
    record r;
    void *made = handle_begin(&r, from->size, from->compute, from->limit);
    if (made)
        from->fill(&r, made, message);
    return handle_end_named(&r, from->kind, from->rpc, error);
}

void *handle_ref(void *object)
{
    handle *h = object;
    if (h)
        atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
    return object;
}

bool handle_is_shared(const void *object)
{
    const handle *h = object;
    return atomic_load_explicit(&h->refs, memory_order_relaxed) > 1;
}

bool handle_unref(void *object)
{
    handle *h = object;
    if (!h)
        return false;
    const unsigned before = atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel);
    BOXD_ASSERT(before > 0);
    return before == 1;
}

void handle_destroy(void *object)
{
    handle *h = object;
    core_unref(&h->compute->core);
    record_free(h);
}

void handle_free(void *object)
{
    if (handle_unref(object))
        handle_destroy(object);
}

typedef struct handles {
    size_t count;
    void *items;
} handles;

void *handle_list(const handle_source *from, handle_make *make, size_t count, const void *messages,
                  void (*release)(void *), boxd_error *error)
{
    const size_t size = sizeof(handles) + count * sizeof(void *);
    if (!record_limit_take(from->limit, size)) {
        record_limit_error(from->limit, error);
        return NULL;
    }
    handles *list = mem_calloc(1, size);
    if (!list) {
        error_no_memory(error, "storing a list");
        return NULL;
    }
    list->items = list + 1;
    for (; list->count < count; list->count++) {
        const void *message;
        memcpy(&message, (const char *)messages + list->count * sizeof message, sizeof message);
        void *made = make(from, message, error);
        if (!made) {
            handle_list_free(list, release);
            return NULL;
        }
        memcpy((char *)list->items + list->count * sizeof made, &made, sizeof made);
    }
    return list;
}

void handle_list_free(void *list, void (*release)(void *))
{
    handles *own = list;
    for (size_t i = 0; own && i < own->count; i++) {
        void *item;
        memcpy(&item, (const char *)own->items + i * sizeof item, sizeof item);
        release(item);
    }
    mem_free(own);
}

void handles_free(void *list)
{
    handle_list_free(list, handle_free);
}

void *handle_of_id(boxd_compute *compute, size_t size, const char *kind, const char *id, boxd_error *error)
{
    record r;
    if (!compute) {
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "the client is NULL; check what boxd_compute_open() returned");
        return NULL;
    }
    if (!id || !*id) {
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the %s's id is empty; give one", kind);
        return NULL;
    }
    handle *h = handle_begin(&r, size, compute, NULL);
    if (!h) {
        error_no_memory(error, "making a handle");
        return NULL;
    }
    h->id = record_raw(&r, id);
    handle_name(&r, h, kind, NULL);
    h = handle_end(&r, NULL);
    if (!h)
        error_no_memory(error, "making a handle");
    return h;
}

void handle_split_key(const void *object, const char **id, const char **name)
{
    const handle *h = object;
    *(name_is_uuid(h->id) ? id : name) = h->id;
}
