/* Creates a box, runs a command in it, writes and reads a file in it, and destroys it. Every call ends in a
 * callback, which starts the next one. The same program with blocking calls is ../sync/quickstart.c. */
#include <boxd/aio.h>

#include <pthread.h>
#include <stdio.h>

typedef struct job {
    boxd_compute *c;
    boxd_box *box;
    int code;
    pthread_mutex_t lock;
    pthread_cond_t ended_changed;
    /* under the lock */
    int ended;
} job;

static void print_error(job *j, const boxd_error *err)
{
    boxd_error_print(err, NULL);
    j->code = 1;
}

static void on_closed(boxd_status status, const boxd_error *err, void *user)
{
    job *j = user;
    (void)status;
    (void)err;
    pthread_mutex_lock(&j->lock);
    j->ended = 1;
    pthread_cond_signal(&j->ended_changed);
    pthread_mutex_unlock(&j->lock);
}

static void on_destroyed(boxd_status status, const boxd_error *err, void *user)
{
    job *j = user;
    if (status != BOXD_OK)
        print_error(j, err);
    boxd_aio_compute_close(j->c, on_closed, j);
}

static void on_read(boxd_file_data *notes, const boxd_error *err, void *user)
{
    job *j = user;
    if (notes)
        fwrite(notes->content.data, 1, notes->content.size, stdout);
    else
        print_error(j, err);
    boxd_file_data_free(notes);
    boxd_aio_box_destroy(j->box, NULL, on_destroyed, j);
}

static void on_written(boxd_status status, const boxd_error *err, void *user)
{
    job *j = user;
    if (status == BOXD_OK) {
        boxd_aio_box_read_file(j->box, "notes.txt", NULL, on_read, j);
    } else {
        print_error(j, err);
        boxd_aio_box_destroy(j->box, NULL, on_destroyed, j);
    }
}

static void on_hello(boxd_exec_result *hello, const boxd_error *err, void *user)
{
    job *j = user;
    if (hello) {
        fwrite(hello->out.data, 1, hello->out.size, stdout);
        boxd_aio_box_write_text(j->box, "notes.txt", "hello from a file\n", NULL, on_written, j);
    } else {
        print_error(j, err);
        boxd_aio_box_destroy(j->box, NULL, on_destroyed, j);
    }
    boxd_exec_result_free(hello);
}

static void on_box(boxd_box *box, const boxd_error *err, void *user)
{
    job *j = user;
    j->box = box;
    if (box) {
        boxd_aio_box_exec(box, BOXD_ARGV("echo", "hello from C"), NULL, on_hello, j);
    } else {
        print_error(j, err);
        boxd_aio_compute_close(j->c, on_closed, j);
    }
}

int main(void)
{
    job j = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended_changed = PTHREAD_COND_INITIALIZER};
    boxd_error err = BOXD_ERROR_INIT;
    j.c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
    if (!j.c) {
        print_error(&j, &err);
        return j.code;
    }
    boxd_aio_box_create(j.c, BOXD_OPTIONS(boxd_box_create_options, .name = "quickstart"), on_box, &j);

    pthread_mutex_lock(&j.lock); /* this program has no other work: it waits */
    while (!j.ended)
        pthread_cond_wait(&j.ended_changed, &j.lock);
    pthread_mutex_unlock(&j.lock);
    boxd_box_free(j.box);
    return j.code;
}
