/*
 * program.c: a program of an older version of boxd: it is compiled with boxd_older.h alone, and runs with the
 * library of today. Prints `N passed, N failed`.
 */
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "boxd_older.h"

static int passed, failed;

static void check(bool good, const char *what, const boxd_error *error)
{
    passed += good;
    failed += !good;
    if (!good)
        printf("FAILED: %s (%s: %s)\n", what, boxd_status_name(error->status), error->message);
}

typedef struct pending {
    sem_t done;
    bool good;
} pending;

static bool is_output(const boxd_exec_result *result, const char *text)
{
    return result && result->success && result->out.size == strlen(text) &&
           memcmp(result->out.data, text, result->out.size) == 0 && result->err.size == 0;
}

static void on_result(boxd_exec_result *result, const boxd_error *error, void *user_data)
{
    pending *c = user_data;
    c->good = !error && is_output(result, "again\n");
    boxd_exec_result_free(result);
    sem_post(&c->done);
}

static void use_box(boxd_box *box, boxd_error *error)
{
    const boxd_exec_options options = {.size = sizeof options,
                                       .call = {.timeout_ms = 60000},
                                       .env = (const char *const[]){"WORD=older", NULL},
                                       .cwd = "/"};
    boxd_exec_result *result =
        boxd_box_exec(box, (const char *const[]){"sh", "-c", "echo $WORD; pwd", NULL}, &options, error);
    check(is_output(result, "older\n/\n"), "a blocking exec with shorter options", error);
    boxd_exec_result_free(result);

    pending c = {.good = false};
    sem_init(&c.done, 0, 0);
    boxd_aio_box_exec(box, (const char *const[]){"echo", "again", NULL}, &options, on_result, &c);
    while (sem_wait(&c.done) != 0)
        ;
    check(c.good, "an async exec with shorter options", error);
    sem_destroy(&c.done);
}

int main(void)
{
    boxd_error error = {.grpc_code = -1};
    const boxd_compute_options client = {.size = sizeof client};
    boxd_compute *compute = boxd_compute_open(&client, &error);
    check(compute != NULL, "open with shorter options", &error);

    const boxd_box_create_options options = {.size = sizeof options, .name = "older"};
    boxd_box *box = boxd_box_create(compute, &options, &error);
    check(box && strcmp(boxd_box_get_info(box)->name, "older") == 0, "create with shorter options", &error);
    if (box)
        use_box(box, &error);
    const boxd_call_options call = {.size = sizeof call, .timeout_ms = 60000};
    check(boxd_box_destroy(box, &call, &error) == BOXD_OK, "destroy", &error);
    boxd_box_free(box);

    box = boxd_box_get(compute, "missing", NULL, &error);
    check(!box && error.status == BOXD_ERR_NOT_FOUND && error.grpc_code == 5, "the error of a missing box",
          &error);
    boxd_compute_close(compute);
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
