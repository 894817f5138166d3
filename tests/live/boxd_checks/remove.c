/*
 * remove.c: removes boxes, snapshots, disks and API keys whose names begin with the prefix of the run, the
 * boxes that the journal names, and the tokens that it names. Rounds follow until one finds nothing, because
 * a list may show a new box late. In the parent process.
 */
#include "boxd_checks/remove.h"

#include <boxd/boxd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct {
    boxd_compute *compute;
    journal *journal;
    clean_log *log;
    boxd_call_options call;
    /* Of this round: found, and not removed. */
    size_t found, failed;
    /* The last failure. */
    char failure[BOXD_ERROR_MESSAGE_SIZE + 200];
    int64_t deadline_ms;
} cleaning;

static bool is_ours(const cleaning *c, const char *name)
{
    const size_t length = strlen(c->journal->prefix);
    return name != NULL && strncmp(name, c->journal->prefix, length) == 0 && name[length] == '-';
}

static bool is_gone(const boxd_error *error)
{
    return error->status == BOXD_ERR_NOT_FOUND || error->status == BOXD_ERR_UNSUPPORTED;
}

static void take(cleaning *c, boxd_status status, const char *kind, const char *name, const boxd_error *error)
{
    c->found++;
    clean_answered(c->journal, name);
    if (status == BOXD_OK) {
        clean_removed(c->log, kind, name);
    } else if (!is_gone(error)) {
        c->failed++;
        (void)snprintf(c->failure, sizeof c->failure, "%s %s: %s", kind, name, error->message);
    }
}

/* A list that fails: the round is repeated, unless the service does not have the list. */
static void take_list(cleaning *c, bool good, const char *kind, const boxd_error *error)
{
    if (good || error->status == BOXD_ERR_UNSUPPORTED)
        return;
    c->failed++;
    (void)snprintf(c->failure, sizeof c->failure, "the list of %s: %s", kind, error->message);
}

/* ---- boxes ---- */

static void destroy_box(cleaning *c, boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_box_state state = boxd_box_get_info(box)->state;
    if (state != BOXD_BOX_DESTROYED && state != BOXD_BOX_DESTROYING)
        take(c, boxd_box_destroy(box, &c->call, &error), "box", boxd_box_name(box), &error);
}

static void clean_boxes(cleaning *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_boxes *boxes = boxd_box_list(c->compute, &c->call, &error);
    take_list(c, boxes != NULL, "boxes", &error);
    for (size_t i = 0; boxes != NULL && i < boxes->count; i++)
        if (is_ours(c, boxd_box_name(boxes->items[i])))
            destroy_box(c, boxes->items[i]);
    boxd_boxes_free(boxes);
}

/* A box of the journal that the list does not show. */
static void clean_named_box(const char *name, void *data)
{
    cleaning *c = data;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = is_ours(c, name) ? boxd_box_get(c->compute, name, &c->call, &error) : NULL;
    if (box != NULL)
        destroy_box(c, box);
    boxd_box_free(box);
}

/* ---- the other objects ---- */

static void clean_snapshots(cleaning *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshots *list =
        boxd_snapshot_list(c->compute, BOXD_OPTIONS(boxd_snapshot_list_options, .call = c->call), &error);
    take_list(c, list != NULL, "snapshots", &error);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const char *name = boxd_snapshot_get_info(list->items[i])->name;
        if (is_ours(c, name))
            take(c, boxd_snapshot_delete(list->items[i], &c->call, &error), "snapshot", name, &error);
    }
    boxd_snapshots_free(list);
}

static void clean_disks(cleaning *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disks *list = boxd_disk_list(c->compute, &c->call, &error);
    take_list(c, list != NULL, "disks", &error);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const boxd_disk_info *info = boxd_disk_get_info(list->items[i]);
        if (is_ours(c, info->name) && !(info->status != NULL && strcmp(info->status, "destroyed") == 0))
            take(c, boxd_disk_destroy(list->items[i], &c->call, &error), "disk", info->name, &error);
    }
    boxd_disks_free(list);
}

static void clean_token(const char *jti, void *data)
{
    cleaning *c = data;
    boxd_error error = BOXD_ERROR_INIT;
    if (boxd_token_revoke(c->compute, jti, &c->call, &error) == BOXD_OK)
        clean_removed(c->log, "token", jti);
    /* Otherwise it was revoked, or it expires within minutes. */
}

/* ---- rounds ---- */

static void clean_round(cleaning *c)
{
    static const char *const kinds[] = {"box", "disk", "snapshot"};
    c->found = c->failed = 0;
    clean_boxes(c);
    journal_each(c->journal, "box", clean_named_box, c);
    clean_snapshots(c);
    clean_disks(c);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        c->failed += clean_unanswered(c->journal, kinds[i], c->failure, sizeof c->failure);
}

static void pause_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

bool clean_boxd(journal *j, clean_log *log, boxd_cancel_token *cancel)
{
    boxd_error error = BOXD_ERROR_INIT;
    cleaning c = {.journal = j, .log = log, .deadline_ms = clean_now_ms() + CLEAN_MS};
    c.call = (boxd_call_options){.size = sizeof c.call, .timeout_ms = CLEAN_CALL_MS, .cancel = cancel};
    c.compute = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .update_notice = BOXD_UPDATE_NOTICE_OFF),
                                  &error);
    if (c.compute == NULL) {
        clean_left(log, "everything with the prefix", j->prefix, &error);
        return false;
    }
    journal_each(j, "token", clean_token, &c);
    clean_round(&c);
    while ((c.found > 0 || c.failed > 0) && clean_now_ms() < c.deadline_ms &&
           !boxd_cancel_token_is_cancelled(cancel)) {
        pause_ms(c.failed > 0 ? 2000 : 200);
        clean_round(&c);
    }
    if (c.failed > 0) {
        (void)snprintf(error.message, sizeof error.message, "%.500s", c.failure);
        clean_left(log, "objects with the prefix", j->prefix, &error);
    }
    (void)boxd_compute_close(c.compute);
    return c.failed == 0 && c.found == 0;
}
