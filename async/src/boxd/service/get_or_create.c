/*
 * get_or_create.c: the box of a name, made if there is none. An operation made of others: get, create, and
 * get again where the name was taken meanwhile or the answer of the create was lost. There is no key to make
 * a create idempotent: the name is the only handle on what it may have done.
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

#define LOOKS 6 /* for what a lost create may have made */
#define PAUSE_MS 500

typedef struct adopted {
    boxd_box *box;
    bool created;
} adopted;

static void call_created(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    const adopted *made = result;
    ((boxd_box_created_cb)callback)(made ? made->box : NULL, made && made->created, error, user_data);
    mem_free(result);
}

static void free_created(void *result)
{
    boxd_box_free(((adopted *)result)->box);
    mem_free(result);
}

static const result_type RESULT_CREATED = {call_created, free_created};

typedef struct get_or_create {
    request request;
    unary *create; /* ready to be submitted; NULL once it is */
    char *name;
    bool created;      /* what is looked for would be ours */
    unsigned looks;    /* left */
    boxd_error failed; /* the create's failure, while its box is looked for */
    timer pause;
} get_or_create;

static get_or_create *job_of(request *r)
{
    return (get_or_create *)(void *)r;
}

static void finish(get_or_create *j, boxd_box *box)
{
    boxd_error error;
    adopted *made = mem_alloc(sizeof *made);
    if (!made) {
        boxd_box_free(box);
        error_set_sent(&error, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES, "out of memory: keeping %s, which exists",
                       j->request.subject);
        request_finish(&j->request, &error);
        return;
    }
    *made = (adopted){box, j->created};
    j->request.result = made;
    request_finish(&j->request, NULL);
}

static void look(get_or_create *j);

static void on_pause(timer *t)
{
    look(CONTAINER_OF(t, get_or_create, pause));
}

/* Whether the box may be there although the create failed: unless the service has refused it for certain. */
static bool may_exist(const boxd_error *error)
{
    switch (error->status) {
    case BOXD_ERR_INVALID_ARGUMENT:
    case BOXD_ERR_AUTHENTICATION:
    case BOXD_ERR_PERMISSION_DENIED:
    case BOXD_ERR_QUOTA:
    case BOXD_ERR_NOT_FOUND:
    case BOXD_ERR_FAILED_PRECONDITION:
    case BOXD_ERR_UNSUPPORTED:
    case BOXD_ERR_CLOSED:
        return false;
    default:
        return error->sent != BOXD_SENT_NO;
    }
}

/* Whatever became of it, asking again is safe: that finds what was made. But a fired token stays fired. */
static void finish_failed(get_or_create *j, const boxd_error *error)
{
    boxd_error own = *error;
    if (own.sent != BOXD_SENT_NO && may_exist(&own)) {
        own.retryable = own.status != BOXD_ERR_CANCELLED;
        error_append(&own, "; ask again, which finds the box if it was made");
    }
    request_finish(&j->request, &own);
}

/* It could not be looked for. Why the create failed says more; else nothing was created. */
static void fail(get_or_create *j, const boxd_error *error)
{
    boxd_error own = *error;
    own.sent = BOXD_SENT_NO;
    finish_failed(j, j->failed.status ? &j->failed : &own);
}

static void on_created(boxd_box *box, const boxd_error *error, void *data)
{
    get_or_create *j = data;
    if (!j->request.begun)
        return; /* it could not be made ready, which the request's own error tells */
    if (box) {
        j->created = true;
        finish(j, box);
    } else if (request_stopping(&j->request) || !may_exist(error)) {
        finish_failed(j, error);
    } else {
        j->failed = *error;
        j->created = error->status != BOXD_ERR_ALREADY_EXISTS;
        j->looks = LOOKS;
        look(j);
    }
}

/* There is no such box: make it, or, when that was tried, give it time to appear. */
static void on_none(get_or_create *j)
{
    request *r = &j->request;
    unary *create = j->create;
    j->create = NULL;
    if (create)
        request_submit(&create->request);
    else if (--j->looks > 0)
        loop_timer_set(&r->compute->core.loop, &j->pause, clock_after_ms(PAUSE_MS), on_pause);
    else
        finish_failed(j, &j->failed);
}

static void on_got(boxd_box *box, const boxd_error *error, void *data)
{
    get_or_create *j = data;
    step_over(&j->request);
    if (box && boxd_box_get_info(box)->state != BOXD_BOX_DESTROYED) {
        finish(j, box);
        return;
    }
    const bool none = box || error->status == BOXD_ERR_NOT_FOUND;
    boxd_box_free(box);
    if (request_stopping(&j->request) && j->failed.status == BOXD_OK)
        request_finish_stopped(&j->request, "finding", BOXD_SENT_NO);
    else if (none && !request_stopping(&j->request))
        on_none(j);
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
    look(job_of(r));
}

/* A create under way has the same deadline and token, and ends by itself. */
static void stop(request *r)
{
    get_or_create *j = job_of(r);
    if (!j->pause.set)
        return;
    loop_timer_clear(&r->compute->core.loop, &j->pause);
    finish_failed(j, &j->failed);
}

static void destroy(request *r)
{
    get_or_create *j = job_of(r);
    if (j->create)
        request_drop(&j->create->request);
    mem_free(j->name);
}

static const request_kind job_kind = {begin, stop, NULL, destroy};

void boxd_aio_box_get_or_create(boxd_compute *compute, const boxd_box_create_options *options,
                                boxd_box_created_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_create_options known;
    options_copy(&known, sizeof known, options, "boxd_box_create_options", &error);
    if (error.status == BOXD_OK && (!known.name || !*known.name))
        error_set(&error, BOXD_ERR_INVALID_ARGUMENT,
                  "the box's name is empty; give the one to be found or made");
    char subject[NAME_SUBJECT_SIZE];
    box_config_name(known.name, subject, sizeof subject, &error);
    get_or_create *j = request_new(sizeof *j, &job_kind,
                                   &(request_setup){.compute = compute,
                                                    .subject = subject,
                                                    .call = &known.call,
                                                    .call_in_options = true,
                                                    .fault = &error,
                                                    .sink = SINK(RESULT_CREATED, callback, user_data)});
    if (!j)
        return;
    j->failed = (boxd_error)BOXD_ERROR_INIT;
    j->looks = 1;
    boxd_error *fault = request_error(&j->request);
    if (fault->status == BOXD_OK) {
        const request_scope before = request_parts_begin(&j->request);
        j->create = box_create_new(compute, options, SINK(RESULT_BOX, on_created, j));
        request_parts_end(before);
        j->name = mem_strdup(known.name);
        if (!j->create || !j->name)
            error_no_memory(fault, "starting a call");
        else if (request_error(&j->create->request)->status != BOXD_OK)
            *fault = *request_error(&j->create->request);
    }
    request_submit(&j->request);
}
