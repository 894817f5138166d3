/*
 * remove.c: removes the boxes, snapshots and disks of a run, and its tokens. An object is of the run if its
 * name begins with the prefix, or if the journal has its id. In the parent process.
 */
#include "boxd_checks/remove.h"

#include <boxd/boxd.h>
#include <stdio.h>
#include <string.h>

#include "boxd_checks/fixture.h"

static bool is_ours(cleaning *c, const char *kind, const char *name, const char *id)
{
    if (journal_owns(c->journal, name)) {
        clean_answered(c, kind, name);
        return true;
    }
    char id_kind[32];
    (void)snprintf(id_kind, sizeof id_kind, "%s-id", kind);
    return id != NULL && journal_count(c->journal, id_kind, id) > 0;
}

/* A service that does not have the list has no such objects. */
static void take_list(cleaning *c, bool good, const char *what, const boxd_error *error)
{
    if (!good && error->status != BOXD_ERR_UNSUPPORTED)
        clean_failed(c, what, error);
}

/* ---- boxes ---- */

static void destroy_box(cleaning *c, boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_box_state state = boxd_box_get_info(box)->state;
    if (state != BOXD_BOX_DESTROYED && state != BOXD_BOX_DESTROYING)
        clean_take(c, boxd_box_destroy(box, &c->call, &error), "box", boxd_box_name(box), &error);
}

/* The fork of the run whose reply was lost: the service has chosen its name. Without such a request, a fork
 * of a box of the run is not ours. */
static bool is_lost_fork(cleaning *c, const boxd_box *box)
{
    char usual[64];
    const boxd_box_info *info = boxd_box_get_info(box);
    (void)snprintf(usual, sizeof usual, "%s-" BOXD_FORK_WHAT, c->journal->prefix);
    if (journal_count(c->journal, "answered", usual) >= journal_count(c->journal, "fork", usual))
        return false;
    const bool by_source = info->source_kind != NULL && strcmp(info->source_kind, "fork") == 0 &&
                           info->source_id != NULL &&
                           journal_count(c->journal, "box-id", info->source_id) > 0;
    if (!by_source && strcmp(boxd_box_name(box), usual) != 0)
        return false;
    clean_answered(c, "fork", usual);
    return true;
}

static void clean_boxes(cleaning *c, boxd_compute *compute)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_boxes *boxes = boxd_box_list(compute, &c->call, &error);
    take_list(c, boxes != NULL, "the list of boxes", &error);
    for (size_t i = 0; boxes != NULL && i < boxes->count; i++) {
        boxd_box *box = boxes->items[i];
        const bool ours = is_ours(c, "box", boxd_box_name(box), boxd_box_id(box));
        if (is_lost_fork(c, box) || ours)
            destroy_box(c, box);
    }
    boxd_boxes_free(boxes);
}

typedef struct {
    cleaning *cleaning;
    boxd_compute *compute;
} clean_data;

/* A box of the journal that the list does not show. */
static void clean_box_of(const clean_data *d, const char *name_or_id)
{
    cleaning *c = d->cleaning;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = boxd_box_get(d->compute, name_or_id, &c->call, &error);
    /* Both are answers of a service that does not have the box. */
    if (box == NULL && error.status != BOXD_ERR_NOT_FOUND && error.status != BOXD_ERR_INVALID_ARGUMENT)
        clean_failed(c, name_or_id, &error);
    if (box != NULL && is_ours(c, "box", boxd_box_name(box), boxd_box_id(box)))
        destroy_box(c, box);
    boxd_box_free(box);
}

/* By name only if the name has the prefix: no line of a journal leads to another box. */
static void clean_named_box(const char *name, void *data)
{
    const clean_data *d = data;
    if (journal_owns(d->cleaning->journal, name))
        clean_box_of(d, name);
}

static void clean_box_id(const char *id, void *data)
{
    clean_box_of(data, id);
}

/* ---- the other objects ---- */

static void clean_snapshots(cleaning *c, boxd_compute *compute)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshots *list =
        boxd_snapshot_list(compute, BOXD_OPTIONS(boxd_snapshot_list_options, .call = c->call), &error);
    take_list(c, list != NULL, "the list of snapshots", &error);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const boxd_snapshot_info *info = boxd_snapshot_get_info(list->items[i]);
        if (is_ours(c, "snapshot", info->name, info->id))
            clean_take(c, boxd_snapshot_delete(list->items[i], &c->call, &error), "snapshot", info->name,
                       &error);
    }
    boxd_snapshots_free(list);
}

static void clean_disks(cleaning *c, boxd_compute *compute)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disks *list = boxd_disk_list(compute, &c->call, &error);
    take_list(c, list != NULL, "the list of disks", &error);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const boxd_disk_info *info = boxd_disk_get_info(list->items[i]);
        const bool ours = is_ours(c, "disk", info->name, info->id);
        if (ours && !(info->status != NULL && strcmp(info->status, "destroyed") == 0))
            clean_take(c, boxd_disk_destroy(list->items[i], &c->call, &error), "disk", info->name, &error);
    }
    boxd_disks_free(list);
}

static void clean_token(const char *jti, void *data)
{
    const clean_data *d = data;
    boxd_error error = BOXD_ERROR_INIT;
    if (boxd_token_revoke(d->compute, jti, &d->cleaning->call, &error) == BOXD_OK)
        clean_removed(d->cleaning->log, "token", jti);
    /* Otherwise it was revoked, or it expires within minutes. */
}

/* ---- a round ---- */

static void clean_round(cleaning *c, void *client)
{
    static const char *const kinds[] = {"box", "fork", "disk", "snapshot"};
    clean_data data = {c, client};
    clean_boxes(c, client);
    journal_each(c->journal, "box", clean_named_box, &data);
    journal_each(c->journal, "box-id", clean_box_id, &data);
    clean_snapshots(c, client);
    clean_disks(c, client);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        clean_unanswered(c, kinds[i]);
}

bool clean_boxd(cleaning *c, boxd_error *error)
{
    boxd_compute *compute =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .update_notice = BOXD_UPDATE_NOTICE_OFF), error);
    if (compute == NULL)
        return false;
    journal_each(c->journal, "token", clean_token, &(clean_data){c, compute});
    clean_rounds(c, clean_round, compute);
    (void)boxd_compute_close(compute);
    return true;
}
