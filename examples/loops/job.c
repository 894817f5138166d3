/* The calls that all programs in this folder make, as a chain of callbacks. They run on the thread of the
 * loop. */
#include "job.h"

#include <stdio.h>

static void on_closed(boxd_status status, const boxd_error *err, void *user)
{
    job *j = user;
    (void)status, (void)err;
    j->ended = 1;
    if (j->on_end)
        j->on_end(j);
}

static void on_destroyed(boxd_status status, const boxd_error *err, void *user)
{
    job *j = user;
    (void)status, (void)err;
    boxd_aio_compute_close(j->client, on_closed, j);
}

static void print_error(const boxd_error *err)
{
    boxd_error_print(err, NULL);
}

static void on_output(boxd_exec_result *r, const boxd_error *err, void *user)
{
    job *j = user;
    if (r)
        fwrite(r->out.data, 1, r->out.size, stdout);
    else
        print_error(err);
    j->code = r ? r->exit_code : 1;
    boxd_exec_result_free(r);
    boxd_aio_box_destroy(j->box, NULL, on_destroyed, j);
}

static void on_box(boxd_box *box, const boxd_error *err, void *user)
{
    job *j = user;
    j->box = box;
    if (box) {
        boxd_aio_box_exec_shell(box, "sleep 0.2; echo hello from a loop", NULL, on_output, j);
        return;
    }
    print_error(err);
    boxd_aio_compute_close(j->client, on_closed, j);
}

boxd_compute *job_open(job *j)
{
    const boxd_compute_options *options =
        BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL);
    j->error = (boxd_error)BOXD_ERROR_INIT;
    j->client = boxd_compute_open(options, &j->error);
    return j->client;
}

int job_failed(job *j)
{
    print_error(&j->error);
    boxd_compute_close(j->client);
    return 1;
}

void job_start(job *j)
{
    j->code = 1;
    boxd_aio_box_create(j->client, NULL, on_box, j);
}

void job_tick(job *j)
{
    j->ticks++;
}

int job_finish(job *j)
{
    boxd_box_free(j->box);
    printf("the timer of the loop fired %d times\n", j->ticks);
    return j->code;
}
