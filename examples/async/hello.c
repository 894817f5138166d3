/* Creates a box, runs a command in it, prints the output of the command and destroys the box. Every call ends
 * in a callback, which starts the next one; the callbacks run on the client's thread. */
#include <boxd/aio.h>
#include <semaphore.h>
#include <stdio.h>

struct job {
    boxd_compute *c;
    boxd_box *box;
    int code;
    /* posted by the last callback */
    sem_t closed;
};

static void on_closed(boxd_status s, const boxd_error *err, void *user)
{
    (void)s, (void)err;
    sem_post(&((struct job *)user)->closed);
}

static void on_destroyed(boxd_status s, const boxd_error *err, void *user)
{
    (void)s, (void)err;
    boxd_aio_compute_close(((struct job *)user)->c, on_closed, user);
}

static void on_output(boxd_exec_result *r, const boxd_error *err, void *user)
{
    struct job *j = user;
    if (r)
        fwrite(r->out.data, 1, r->out.size, stdout);
    else
        boxd_error_print(err, NULL);
    j->code = r ? r->exit_code : 1;
    boxd_exec_result_free(r); /* the callback owns the result */
    boxd_aio_box_destroy(j->box, NULL, on_destroyed, j);
}

static void on_box(boxd_box *box, const boxd_error *err, void *user)
{
    struct job *j = user;
    j->box = box;
    if (box) {
        boxd_aio_box_exec(box, BOXD_ARGV("echo", "hello from C"), NULL, on_output, j);
        return;
    }
    boxd_error_print(err, NULL);
    j->code = 1;
    boxd_aio_compute_close(j->c, on_closed, j);
}

int main(void)
{
    struct job j = {.code = 1};
    boxd_error err = BOXD_ERROR_INIT;
    sem_init(&j.closed, 0, 0);
    j.c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
    if (!j.c) {
        boxd_error_print(&err, NULL);
        return 1;
    }
    boxd_aio_box_create(j.c, BOXD_OPTIONS(boxd_box_create_options, .name = "hello"), on_box, &j);
    while (sem_wait(&j.closed) != 0)
        continue;
    boxd_box_free(j.box);
    return j.code;
}
