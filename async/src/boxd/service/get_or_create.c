/*
 * get_or_create.c: gets the box of a name, or creates it. The steps are: get; create; and get again where the
 * name was taken meanwhile or the answer of the create was lost. A create cannot be made idempotent by a key:
 * the name is the only way to find a box that a lost create has made. Submitted on any thread; the rest runs
 * on the core thread.
 */
#include "boxd/client/box.h"
#include "boxd/service/box_config.h"
#include "boxd/service/boxes.h"
#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "mem.h"
#include "names.h"
#include "options.h"

#include <boxd/aio/box.h>

#include <stddef.h>

/* How often the library looks for the box after a lost create. */
#define LOOKS 6
#define PAUSE_MS 500

typedef struct created_box {
    boxd_box *box;
    bool created;
} created_box;

static void call_created(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    const created_box *made = result;
    ((boxd_box_created_cb)callback)(made ? made->box : NULL, made && made->created, error, user_data);
    mem_free(result);
}

static void free_created(void *result)
{
    boxd_box_free(((created_box *)result)->box);
    mem_free(result);
}

static const result_type RESULT_CREATED = {call_created, free_created};

typedef struct get_or_create {
    request request;
    /* Made with the request; NULL once it is submitted. */
    unary *create;
    char *name;
    /* A box that is found now was created by this operation. */
    bool created;
    unsigned looks_left;
    /* Why the create failed, while its box is looked for. */
    boxd_error failed;
    timer pause;
} get_or_create;

static get_or_create *get_or_create_of(request *r)
{
    return (get_or_create *)(void *)r;
}

static void finish(get_or_create *j, boxd_box *box)
{
    boxd_error error;
    created_box *made = mem_alloc(sizeof *made);
    if (!made) {
        boxd_box_free(box);
        error_set_sent(&error, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES,
                       "out of memory: storing the handle of %s, which exists", j->request.subject);
        request_finish(&j->request, &error);
        return;
    }
    *made = (created_box){box, j->created};
    request_set_result(&j->request, made);
    request_finish(&j->request, NULL);
}

static void look(get_or_create *j);

static void on_pause(timer *t)
{
    look(CONTAINER_OF(t, get_or_create, pause));
}

/* Whether another call may find the box although the create failed. */
static bool may_find_box(const boxd_error *error)
{
    return error->status == BOXD_ERR_ALREADY_EXISTS || unary_may_have_effect(error);
}

/* Ends in the failure of the create. Calling again is safe, because the call then finds an existing box. It
 * does not help with a cancelled token or a closed client, or if the options do not allow the answer. */
static void finish_create_failed(get_or_create *j, const boxd_error *error)
{
    boxd_error own = *error;
    if (own.sent != BOXD_SENT_NO && may_find_box(&own)) {
        own.retryable = own.status != BOXD_ERR_CANCELLED && own.status != BOXD_ERR_CLOSED &&
                        own.status != BOXD_ERR_TOO_LARGE;
        error_append(&own, "; call again: if the box was created, the call finds it");
    }
    request_finish(&j->request, &own);
}

/* The box could not be looked for. If there was a failure of the create, that says more. */
static void fail(get_or_create *j, const boxd_error *error)
{
    boxd_error own = *error;
    own.sent = BOXD_SENT_NO;
    finish_create_failed(j, j->failed.status ? &j->failed : &own);
}

static void on_created(boxd_box *box, const boxd_error *error, void *data)
{
    get_or_create *j = data;
    if (!j->request.begun)
        return; /* making the create failed, and the request has its error */
    if (box) {
        j->created = true;
        finish(j, box);
    } else if (request_stopping(&j->request) || error->status == BOXD_ERR_CLOSED || !may_find_box(error)) {
        finish_create_failed(j, error);
    } else {
        j->failed = *error;
        j->created = error->status != BOXD_ERR_ALREADY_EXISTS;
        j->looks_left = LOOKS;
        look(j);
    }
}

/* The box does not exist: creates it, or, after a create, looks for it again later. */
static void on_missing(get_or_create *j)
{
    request *r = &j->request;
    unary *create = j->create;
    j->create = NULL;
    if (create)
        request_submit(&create->request);
    else if (--j->looks_left > 0)
        loop_timer_set(&r->compute->core.loop, &j->pause, clock_after_ms(PAUSE_MS), on_pause);
    else
        finish_create_failed(j, &j->failed);
}

static void on_got(boxd_box *box, const boxd_error *error, void *data)
{
    get_or_create *j = data;
    step_over(&j->request);
    if (box && boxd_box_get_info(box)->state != BOXD_BOX_DESTROYED) {
        finish(j, box);
        return;
    }
    const bool missing = box || error->status == BOXD_ERR_NOT_FOUND;
    boxd_box_free(box);
    if (request_stopping(&j->request) && j->failed.status == BOXD_OK)
        request_finish_stopped(&j->request, "finding", BOXD_SENT_NO);
    else if (missing && !request_stopping(&j->request))
        on_missing(j);
    else
        fail(j, error);
}

static void look(get_or_create *j)
{
    boxd_call_options call;
    if (!step_begin(&j->request, &call)) {
        boxd_error error;
        error_no_memory(&error, "finding a box");
        fail(j, &error);
        return;
    }
    boxd_aio_box_get(j->request.compute, j->name, &call, on_got, j);
    step_submitted(&j->request);
}

/* ---- the operation ---- */

static void begin(request *r)
{
    look(get_or_create_of(r));
}

/* A create that is under way has the same deadline and token, and ends by itself. */
static void stop(request *r)
{
    get_or_create *j = get_or_create_of(r);
    if (!j->pause.set)
        return;
    loop_timer_clear(&r->compute->core.loop, &j->pause);
    finish_create_failed(j, &j->failed);
}

static void destroy(request *r)
{
    get_or_create *j = get_or_create_of(r);
    if (j->create)
        request_drop(&j->create->request);
    mem_free(j->name);
}

static const request_kind kind = {begin, stop, NULL, destroy};

void boxd_aio_box_get_or_create(boxd_compute *compute, const boxd_box_create_options *options,
                                boxd_box_created_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_create_options opts;
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_box_create_options), options, &error);
    if (error.status == BOXD_OK && (!opts.name || !*opts.name))
        error_set(&error, BOXD_ERR_INVALID_ARGUMENT,
                  "the box's name is empty; give the name of the box to get or create");
    char subject[NAME_SUBJECT_SIZE];
    box_config_name(opts.name, subject, sizeof subject, &error);
    get_or_create *j = request_new(sizeof *j, &kind,
                                   &(request_setup){.compute = compute,
                                                    .subject = subject,
                                                    .call = &opts.call,
                                                    .call_in_options = true,
                                                    .fault = &error,
                                                    .sink = SINK(RESULT_CREATED, callback, user_data)});
    if (!j)
        return;
    j->failed = (boxd_error)BOXD_ERROR_INIT;
    j->looks_left = 1;
    boxd_error *fault = request_error(&j->request);
    if (fault->status == BOXD_OK) {
        const call_scope before = request_parts_begin(&j->request);
        j->create = box_create_step(compute, options, SINK(RESULT_BOX, on_created, j));
        request_parts_end(before);
        j->name = mem_strdup(opts.name);
        if (!j->create || !j->name)
            error_no_memory(fault, "starting a call");
        else if (request_error(&j->create->request)->status != BOXD_OK)
            *fault = *request_error(&j->create->request);
    }
    request_submit(&j->request);
}
