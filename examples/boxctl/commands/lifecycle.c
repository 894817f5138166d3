/*
 * The commands that change the state of boxes: start, stop, reboot, suspend, resume, hibernate, wake,
 * share, unshare, rm; and wait.
 *
 * Several boxes are handled in parallel: the main thread submits one async call for each box and waits. The
 * callbacks run on the client's core thread and store the results. The main thread then prints them in the
 * order of the command line.
 */
#include "commands/each.h"
#include "commands/table.h"

#include <boxd/aio.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct action {
    /* "started" */
    const char *done;
    /* one of the two */
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

/* boxd_aio_box_wait_until_ready() in the form of the other calls. */
static void submit_wait(boxd_box *box, const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    boxd_aio_box_wait_until_ready(box, BOXD_OPTIONS(boxd_box_wait_until_ready_options, .call = *call),
                                  callback, user_data);
}

static const action WAIT = {"ready", submit_wait, NULL}, SHARE = {"shared", boxd_aio_box_share, NULL},
                    UNSHARE = {"unshared", boxd_aio_box_unshare, NULL};

static struct {
    bool force;
} rm_opts;

static const option_row RM_OPTIONS[] = {
    {"force", 'f', OPTION_SWITCH, &rm_opts.force, NULL, "ignore boxes that do not exist"},
    {0},
};

/* ---- parallel calls ---- */

typedef struct batch {
    pthread_mutex_t lock;
    pthread_cond_t all_done;
    /* under the lock */
    int left;
} batch;

typedef struct job {
    batch *batch;
    const char *name;
    boxd_box *box;
    /* written by the callback, read after the batch is done */
    boxd_error error;
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
    int code = EXIT_OK;
    for (int i = 0; i < count && code == EXIT_OK; i++) {
        jobs[i].name = names[i];
        jobs[i].box = cli_box(c, names[i], &code);
    }
    return code;
}

/* Prints why a job failed; of failures that several jobs have in common only the first. Returns the exit
 * code. */
static int print_failure(const cli *c, const job *jobs, const job *j)
{
    for (const job *before = jobs; before < j; before++)
        if (before->error.status == j->error.status && is_common_failure(&j->error))
            return cli_error(cli_error_code(c, &j->error), "the same error for %s", j->name);
    return cli_report(c, &j->error);
}

/* Whether there was nothing to do, which --force permits: the box does not exist. */
static bool is_ignored(const job *j)
{
    return rm_opts.force && j->error.status == BOXD_ERR_NOT_FOUND;
}

/* Prints the result of each job. Returns the exit code of the first failure. */
static int print_jobs(const cli *c, const action *act, const job *jobs, int count)
{
    int code = EXIT_OK;
    json_t *done = json_array();
    for (int i = 0; i < count; i++) {
        const job *j = &jobs[i];
        if (is_ignored(j))
            continue;
        if (j->error.status != BOXD_OK) {
            const int failed = print_failure(c, jobs, j);
            code = code == EXIT_OK ? failed : code;
            continue;
        }
        output_after_action();
        print_for_people(c, "%s", j->name);
        json_t *row = json_pack("{s:o, s:s}", "box", json_text(j->name), "action", act->done);
        if (act->submit_timed)
            json_put(row, "duration_us", json_number((uint64_t)j->duration_us));
        json_array_append_new(done, row);
    }
    (void)print_list(c, done, code);
    return code;
}

static int run_action(cli *c, char **names, int count)
{
    const action *act = c->command->data;
    job *jobs = calloc((size_t)count, sizeof *jobs);
    if (!jobs)
        return cli_error(EXIT_FAILED, "out of memory");
    int code = make_jobs(c, jobs, names, count);
    if (code == EXIT_OK) {
        cli_waiting(c, count == 1 ? names[0] : "the boxes");
        run_jobs(c, act, jobs, count);
        cli_waited();
        code = print_jobs(c, act, jobs, count);
    }
    for (int i = 0; i < count; i++)
        boxd_box_free(jobs[i].box);
    free(jobs);
    return code;
}

#define ACTION(name_, aliases_, summary_, details_, options_, data_)                                         \
    {                                                                                                        \
        .name = (name_), .aliases = (aliases_), .arguments = "BOX...", .summary = (summary_),                \
        .details = (details_), .options = (options_), .run = run_action, .data = (data_)                     \
    }

static const char SEVERAL[] = "Several boxes are handled in parallel.";

const command LIFE_COMMANDS[] = {
    ACTION("start", NULL, "Start stopped boxes", SEVERAL, NULL, &START),
    ACTION("stop", NULL, "Stop boxes: processes end, files are kept",
           "Files that were written shortly before can be lost: run `sync` in the box first.", NULL, &STOP),
    ACTION("reboot", "restart", "Reboot boxes", SEVERAL, NULL, &REBOOT),
    ACTION("suspend", "pause", "Suspend running boxes: processes are paused", SEVERAL, NULL, &SUSPEND),
    ACTION("resume", "unpause", "Resume suspended boxes", SEVERAL, NULL, &RESUME),
    ACTION("hibernate", NULL, "Hibernate running boxes to disk", SEVERAL, NULL, &HIBERNATE),
    ACTION("wake", NULL, "Wake hibernated boxes", SEVERAL, NULL, &WAKE),
    ACTION("wait", NULL, "Wait until commands can run in boxes",
           "Waits for 90 seconds, or for --timeout. A suspended or hibernated box is woken.", NULL, &WAIT),
    ACTION("share", NULL, "Share boxes with all members of the org", SEVERAL, NULL, &SHARE),
    ACTION("unshare", NULL, "Stop sharing boxes with the org", SEVERAL, NULL, &UNSHARE),
    ACTION("rm", "destroy,delete", "Destroy boxes and all their files",
           "Several boxes are handled in parallel. This cannot be undone.", RM_OPTIONS, &DESTROY),
    {0},
};
