/*
 * What changes the state of boxes: rm, start, stop, ... of several at once.
 *
 * All calls are submitted to the async surface, run side by side on one connection, and end in callbacks on
 * the client's thread, which only note the result; the main thread waits for the last one, and prints in the
 * order of the command line.
 */
#include "boxctl.h"

#include <boxd/aio.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct action {
    const char *done; /* "started" */
    /* one of them */
    void (*submit)(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data);
    void (*submit_timed)(boxd_box *box, const boxd_call_options *call, boxd_duration_cb callback,
                         void *user_data);
} action;

static const action START = {"started", boxd_aio_box_start, NULL},
                    STOP = {"stopped", boxd_aio_box_stop, NULL},
                    REBOOT = {"rebooted", boxd_aio_box_reboot, NULL},
                    SUSPEND = {"suspended", NULL, boxd_aio_box_suspend},
                    RESUME = {"resumed", NULL, boxd_aio_box_resume},
                    HIBERNATE = {"hibernated", boxd_aio_box_hibernate, NULL},
                    WAKE = {"woken", boxd_aio_box_wake, NULL},
                    DESTROY = {"removed", boxd_aio_box_destroy, NULL};

static struct {
    bool force;
} rm;

static const option_row RM_OPTIONS[] = {
    {"force", 'f', OPTION_SWITCH, &rm.force, NULL, "a box that does not exist is no failure"},
    {0},
};

/* ---- calls side by side ---- */

typedef struct batch {
    pthread_mutex_t lock;
    pthread_cond_t all_done;
    int left; /* under the lock */
} batch;

typedef struct job {
    batch *batch;
    const char *name;
    boxd_box *box;
    boxd_error error; /* the callback's until the batch is done */
    int64_t duration_us;
} job;

static void end_job(job *j, const boxd_error *error)
{
    if (error)
        j->error = *error;
    pthread_mutex_lock(&j->batch->lock);
    if (--j->batch->left == 0)
        pthread_cond_signal(&j->batch->all_done);
    pthread_mutex_unlock(&j->batch->lock);
}

static void on_done(boxd_status status, const boxd_error *error, void *user_data)
{
    (void)status;
    end_job(user_data, error);
}

static void on_timed(boxd_status status, int64_t duration_us, const boxd_error *error, void *user_data)
{
    (void)status;
    job *j = user_data;
    j->duration_us = duration_us;
    end_job(j, error);
}

static void run_jobs(const cli *c, const action *act, job *jobs, int count)
{
    batch b = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, count};
    const boxd_call_options call = cli_call(c);
    for (int i = 0; i < count; i++) {
        jobs[i].batch = &b;
        if (act->submit)
            act->submit(jobs[i].box, &call, on_done, &jobs[i]);
        else
            act->submit_timed(jobs[i].box, &call, on_timed, &jobs[i]);
    }
    pthread_mutex_lock(&b.lock);
    while (b.left > 0)
        pthread_cond_wait(&b.all_done, &b.lock);
    pthread_mutex_unlock(&b.lock);
}

/* ---- the commands ---- */

static int make_jobs(cli *c, job *jobs, char **names, int count)
{
    int code = EXIT_GOOD;
    for (int i = 0; i < count && code == EXIT_GOOD; i++) {
        jobs[i].name = names[i];
        jobs[i].box = cli_box(c, names[i], &code);
    }
    return code;
}

/* Tells each result; the code of the first failure. */
static int tell_jobs(const cli *c, const action *act, const job *jobs, int count)
{
    int code = EXIT_GOOD;
    json_t *done = json_array();
    for (int i = 0; i < count; i++) {
        const job *j = &jobs[i];
        if (j->error.status != BOXD_OK && !(rm.force && j->error.status == BOXD_ERR_NOT_FOUND)) {
            const int failed = cli_fail(c, &j->error);
            code = code == EXIT_GOOD ? failed : code;
            continue;
        }
        if (!c->json && !c->quiet)
            printf("%s\n", j->name);
        json_t *row = json_pack("{s:o, s:s, s:b}", "box", json_text(j->name), "action", act->done, "existed",
                                j->error.status == BOXD_OK);
        if (act->submit_timed)
            put(row, "duration_us", json_number((uint64_t)j->duration_us));
        json_array_append_new(done, row);
    }
    if (c->json)
        print_json(done, false);
    else
        json_decref(done);
    return code;
}

static int run_action(cli *c, char **names, int count)
{
    const action *act = c->command->data;
    job *jobs = calloc((size_t)count, sizeof *jobs);
    if (!jobs)
        return cli_complain(EXIT_REFUSED, "out of memory");
    int code = make_jobs(c, jobs, names, count);
    if (code == EXIT_GOOD) {
        run_jobs(c, act, jobs, count);
        code = tell_jobs(c, act, jobs, count);
    }
    for (int i = 0; i < count; i++)
        boxd_box_free(jobs[i].box);
    free(jobs);
    return code;
}

#define ACTION(name, aliases, summary, details, options, data)                                               \
    {                                                                                                        \
        name, aliases, "BOX...", summary, details, options, 1, -1, false, false, run_action, data            \
    }

static const char AT_ONCE[] = "Several boxes at once, side by side.";

const command LIFE_COMMANDS[] = {
    ACTION("start", NULL, "Start stopped boxes", AT_ONCE, NO_OPTIONS, &START),
    ACTION("stop", NULL, "Stop boxes: processes end, files stay",
           "Files written shortly before may be lost without a `sync` in the box.", NO_OPTIONS, &STOP),
    ACTION("reboot", "restart", "Stop boxes and start them again", AT_ONCE, NO_OPTIONS, &REBOOT),
    ACTION("suspend", "pause", "Suspend running boxes: processes stop where they are", AT_ONCE, NO_OPTIONS,
           &SUSPEND),
    ACTION("resume", "unpause", "Resume suspended boxes", AT_ONCE, NO_OPTIONS, &RESUME),
    ACTION("hibernate", NULL, "Put running boxes to sleep on disk", AT_ONCE, NO_OPTIONS, &HIBERNATE),
    ACTION("wake", NULL, "Wake hibernated boxes", AT_ONCE, NO_OPTIONS, &WAKE),
    ACTION("rm", "destroy,delete", "Destroy boxes and all that is in them, for good",
           "Several boxes at once, side by side. There is no way back.", RM_OPTIONS, &DESTROY),
    {0},
};
