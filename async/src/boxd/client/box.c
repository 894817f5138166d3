/* box.c: the box handle: made from messages, names and ids; counted; readable on any thread. */
#include "boxd/client/box.h"

#include "errors.h"
#include "mem.h"
#include "names.h"

#include <boxd/aio/box.h>

#include <string.h>

/* ---- normal forms ---- */

static const struct {
    const char *word;
    boxd_box_state state;
} states[] = {
    {"pending", BOXD_BOX_PENDING},       {"starting", BOXD_BOX_STARTING},
    {"creating", BOXD_BOX_CREATING},     {"booting", BOXD_BOX_BOOTING},
    {"running", BOXD_BOX_RUNNING},       {"stopping", BOXD_BOX_STOPPING},
    {"stopped", BOXD_BOX_STOPPED},       {"suspending", BOXD_BOX_SUSPENDING},
    {"suspended", BOXD_BOX_SUSPENDED},   {"standby", BOXD_BOX_SUSPENDED},
    {"resuming", BOXD_BOX_RESUMING},     {"hibernating", BOXD_BOX_HIBERNATING},
    {"hibernated", BOXD_BOX_HIBERNATED}, {"waking", BOXD_BOX_WAKING},
    {"rebooting", BOXD_BOX_REBOOTING},   {"migrating", BOXD_BOX_MIGRATING},
    {"destroying", BOXD_BOX_DESTROYING}, {"destroyed", BOXD_BOX_DESTROYED},
    {"failed", BOXD_BOX_FAILED},         {"error", BOXD_BOX_FAILED},
};

boxd_box_state boxd_box_state_of(const char *status)
{
    for (size_t i = 0; status && i < sizeof states / sizeof *states; i++)
        if (ascii_equal(status, strlen(status), states[i].word))
            return states[i].state;
    return BOXD_BOX_UNKNOWN;
}

/* The service sends URLs with or without a scheme. */
static const char *without_scheme(const char *url)
{
    static const char *const schemes[] = {"https://", "http://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
            return url + strlen(schemes[i]);
    return url;
}

static void normalise(record *r, boxd_box_info *info)
{
    info->state = boxd_box_state_of(info->status);
    char *status = record_text(r, info->status);
    info->status = status;
    for (; status && *status; status++)
        *status = ascii_to_lower(*status);
    if (info->url) {
        info->url = record_joined(r, "https://", without_scheme(info->url), "");
    } else if (info->access_domain && info->name) { /* GetVm of service 0.2 sends the parts of the URL */
        const char *host = record_joined(r, info->name, ".", info->access_domain);
        info->url = host ? record_joined(r, "https://", host, "") : NULL;
    }
}

/* ---- making ---- */

void *box_new(const handle_source *from, const void *message, boxd_error *error)
{
    record r;
    boxd_box *box = handle_begin(&r, from->size, from->compute, from->limit);
    if (box) {
        from->fill(&r, &box->info, message);
        normalise(&r, &box->info);
        box->handle.id = box->info.id;
        box->handle.name = box->info.name;
    }
    return handle_end_named(&r, from->kind, from->rpc, error);
}

boxd_box *box_from_key(boxd_compute *compute, const char *name_or_id, box_finder *find, boxd_error *error)
{
    boxd_box *box = handle_of_id(compute, sizeof *box, "box", name_or_id, error);
    if (box) {
        box->find = find;
        handle_split_key(box, &box->info.id, &box->info.name);
    }
    return box;
}

const char *box_key(const boxd_box *box)
{
    return box->handle.id;
}

void box_set_identity(boxd_box *box, const boxd_box *found, boxd_error *error)
{
    record r;
    box_identity *identity = record_begin(&r, sizeof *identity, NULL);
    if (identity) {
        identity->id = record_text(&r, boxd_box_id(found));
        identity->name = record_text(&r, boxd_box_name(found));
    }
    identity = record_end(&r, error);
    box_identity *before = NULL;
    if (!atomic_compare_exchange_strong(&box->found, &before, identity))
        record_free(identity); /* another call has set it meanwhile */
}

/* ---- the handle ---- */

const boxd_box_info *boxd_box_get_info(const boxd_box *box)
{
    return box ? &box->info : NULL;
}

static const box_identity *identity_of(const boxd_box *box)
{
    return box ? atomic_load_explicit(&((boxd_box *)(uintptr_t)box)->found, memory_order_acquire) : NULL;
}

const char *boxd_box_id(const boxd_box *box)
{
    const box_identity *found = identity_of(box);
    if (found && found->id)
        return found->id;
    return box ? box->info.id : NULL;
}

const char *boxd_box_name(const boxd_box *box)
{
    const box_identity *found = identity_of(box);
    if (found && found->name)
        return found->name;
    return box ? box->info.name : NULL;
}

bool box_is_identified(const boxd_box *box)
{
    return identity_of(box) != NULL;
}

boxd_box *boxd_box_ref(boxd_box *box)
{
    return handle_ref(box);
}

void boxd_box_free(boxd_box *box)
{
    if (!handle_unref(box))
        return;
    record_free(atomic_load(&box->found));
    handle_destroy(box);
}

/* ---- results ---- */

void box_release(void *box)
{
    boxd_box_free(box);
}

static void release_all(void *boxes)
{
    handle_list_free(boxes, box_release);
}

void boxd_boxes_free(boxd_boxes *boxes)
{
    release_all(boxes);
}

static void call_box(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_box_cb)callback)(result, error, user_data);
}

static void call_boxes(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_boxes_cb)callback)(result, error, user_data);
}

const result_type RESULT_BOX = {call_box, box_release};
const result_type RESULT_BOXES = {call_boxes, release_all};
