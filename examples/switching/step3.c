/* Step 3 of docs/switching.md: only callbacks, dispatched by the loop of the program on one thread, without
 * locks. */
#include <boxd/aio.h>

#include <poll.h>
#include <stdio.h>

typedef struct job {
    boxd_compute *c;
    boxd_box *box;
    /* exit codes; -1: not known */
    int built, checked;
    /* commands that have not ended */
    int pending;
    bool ended;
} job;

static void print_error(const boxd_error *err)
{
    boxd_error_print(err, NULL);
}

static int outcome(const boxd_exec_result *result, const boxd_error *err)
{
    if (!result)
        print_error(err);
    return result ? result->exit_code : -1;
}

static void on_destroyed(boxd_status status, const boxd_error *err, void *user)
{
    if (status != BOXD_OK)
        print_error(err);
    ((job *)user)->ended = true;
}

static void ended(job *j)
{
    if (--j->pending == 0)
        boxd_aio_box_destroy(j->box, NULL, on_destroyed, j);
}

static void on_built(boxd_exec_result *result, const boxd_error *err, void *user)
{
    job *j = user;
    j->built = outcome(result, err);
    boxd_exec_result_free(result);
    ended(j);
}

static void build(job *j)
{
    boxd_aio_box_exec_shell(j->box, "sleep 0.2", NULL, on_built, j);
}

static void on_checked(boxd_exec_result *result, const boxd_error *err, void *user)
{
    job *j = user;
    j->checked = outcome(result, err);
    boxd_exec_result_free(result);
    ended(j);
}

static void check(job *j)
{
    boxd_aio_box_exec(j->box, BOXD_ARGV("test", "-d", "/tmp"), NULL, on_checked, j);
}

static void on_box(boxd_box *box, const boxd_error *err, void *user)
{
    job *j = user;
    j->box = box;
    if (!box) {
        print_error(err);
        j->ended = true;
        return;
    }
    j->pending = 2;
    build(j);
    check(j);
}

int main(void)
{
    job j = {.built = -1, .checked = -1};
    boxd_error err = BOXD_ERROR_INIT;
    j.c = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = BOXD_DISPATCH_MANUAL), &err);
    j.ended = !j.c;
    if (j.c)
        boxd_aio_box_create(j.c, NULL, on_box, &j);
    else
        print_error(&err);
    struct pollfd client = {.fd = boxd_aio_compute_fd(j.c), .events = POLLIN};
    while (!j.ended) { /* the program's own loop; it can wait for other descriptors as well */
        (void)poll(&client, 1, -1);
        boxd_aio_compute_dispatch(j.c, 0);
    }
    boxd_box_free(j.box);
    boxd_compute_close(j.c);
    printf("built: %d, checked: %d\n", j.built, j.checked);
    return j.built != 0 || j.checked != 0;
}
