#include "surface.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

static boxd_compute *current;
static int current_fd = -1; /* with manual dispatch */

void surface_use(boxd_compute *compute)
{
    current = compute;
    current_fd = boxd_aio_fd(compute);
}

/* ---- waiting for a callback ---- */

/* Kept until the client is closed, so that a second call would be seen. */
typedef struct await {
    struct await *next;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int calls;
    pthread_t submitter, caller;
    void *result;
    boxd_status status;
    uint64_t microseconds;
    boxd_error error;
} await;

static await *all;

static await *await_new(void)
{
    await *a = calloc(1, sizeof *a);
    ck_assert_ptr_nonnull(a);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    a->submitter = pthread_self();
    a->next = all;
    all = a;
    return a;
}

static void ended(await *a, boxd_status status, void *result, const boxd_error *error)
{
    pthread_mutex_lock(&a->lock);
    a->calls++;
    a->result = result;
    a->status = status;
    a->caller = pthread_self();
    if (error)
        a->error = *error;
    pthread_cond_signal(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

static int calls_of(await *a)
{
    pthread_mutex_lock(&a->lock);
    int calls = a->calls;
    pthread_mutex_unlock(&a->lock);
    return calls;
}

static void wait_for(await *a)
{
    if (current_fd >= 0) {
        while (calls_of(a) == 0) {
            struct pollfd readable = {.fd = current_fd, .events = POLLIN};
            poll(&readable, 1, -1);
            boxd_aio_dispatch(current, 0);
        }
        return;
    }
    pthread_mutex_lock(&a->lock);
    while (a->calls == 0)
        pthread_cond_wait(&a->changed, &a->lock);
    pthread_mutex_unlock(&a->lock);
}

static void *take(await *a, boxd_error *error)
{
    wait_for(a);
    if (!a->result && error)
        *error = a->error;
    ck_assert((a->result == NULL) == (a->error.status != BOXD_OK));
    return a->result;
}

static boxd_status take_status(await *a, boxd_error *error)
{
    wait_for(a);
    ck_assert_int_eq((int)a->status, (int)a->error.status);
    if (a->status != BOXD_OK && error)
        *error = a->error;
    return a->status;
}

void surface_check_callbacks(void)
{
    while (all) {
        await *a = all;
        all = a->next;
        ck_assert_int_eq(a->calls, 1);
        pthread_cond_destroy(&a->changed);
        pthread_mutex_destroy(&a->lock);
        free(a);
    }
}

/* ---- callbacks ---- */

static void on_done(boxd_status status, const boxd_error *error, void *a)
{
    ended(a, status, NULL, error);
}

static void on_duration(boxd_status status, uint64_t microseconds, const boxd_error *error, void *a)
{
    ((await *)a)->microseconds = microseconds;
    ended(a, status, NULL, error);
}

static void on_box(boxd_box *box, const boxd_error *error, void *a)
{
    ended(a, BOXD_OK, box, error);
}

static void on_boxes(boxd_boxes *boxes, const boxd_error *error, void *a)
{
    ended(a, BOXD_OK, boxes, error);
}

static void on_exec(boxd_exec_result *result, const boxd_error *error, void *a)
{
    ended(a, BOXD_OK, result, error);
}

static void on_data(boxd_file_data *data, const boxd_error *error, void *a)
{
    ended(a, BOXD_OK, data, error);
}

static void on_identity(boxd_identity *identity, const boxd_error *error, void *a)
{
    ended(a, BOXD_OK, identity, error);
}

static void on_config(boxd_service_config *config, const boxd_error *error, void *a)
{
    ended(a, BOXD_OK, config, error);
}

/* ---- the async functions in the blocking ones' shape ---- */

static boxd_box *box_create(boxd_compute *c, const boxd_box_create_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_create(c, o, on_box, a);
    return take(a, error);
}

static boxd_box *box_get(boxd_compute *c, const char *name, const boxd_call_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_get(c, name, o, on_box, a);
    return take(a, error);
}

static boxd_boxes *box_list(boxd_compute *c, const boxd_call_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_list(c, o, on_boxes, a);
    return take(a, error);
}

static boxd_box *box_fork(boxd_box *source, const boxd_box_fork_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_fork(source, o, on_box, a);
    return take(a, error);
}

static boxd_status box_suspend(boxd_box *box, const boxd_call_options *o, uint64_t *microseconds,
                               boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_suspend(box, o, on_duration, a);
    boxd_status status = take_status(a, error);
    *microseconds = a->microseconds;
    return status;
}

static boxd_status box_resume(boxd_box *box, const boxd_call_options *o, uint64_t *microseconds,
                              boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_resume(box, o, on_duration, a);
    boxd_status status = take_status(a, error);
    *microseconds = a->microseconds;
    return status;
}

static boxd_status box_destroy(boxd_box *box, const boxd_call_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_destroy(box, o, on_done, a);
    return take_status(a, error);
}

static boxd_status box_start(boxd_box *box, const boxd_call_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_start(box, o, on_done, a);
    return take_status(a, error);
}

static boxd_status box_stop(boxd_box *box, const boxd_call_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_stop(box, o, on_done, a);
    return take_status(a, error);
}

static boxd_status box_reboot(boxd_box *box, const boxd_call_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_reboot(box, o, on_done, a);
    return take_status(a, error);
}

static boxd_exec_result *box_exec(boxd_box *box, const char *const *argv, const boxd_exec_options *o,
                                  boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_exec(box, argv, o, on_exec, a);
    return take(a, error);
}

static boxd_exec_result *box_exec_shell(boxd_box *box, const char *line, const boxd_exec_options *o,
                                        boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_exec_shell(box, line, o, on_exec, a);
    return take(a, error);
}

static boxd_status box_write_file(boxd_box *box, const char *path, const void *data, size_t size,
                                  const boxd_file_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_write_file(box, path, data, size, o, on_done, a);
    return take_status(a, error);
}

static boxd_status box_write_text(boxd_box *box, const char *path, const char *text,
                                  const boxd_file_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_write_text(box, path, text, o, on_done, a);
    return take_status(a, error);
}

static boxd_file_data *box_read_file(boxd_box *box, const char *path, const boxd_file_options *o,
                                     boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_read_file(box, path, o, on_data, a);
    return take(a, error);
}

static boxd_status box_upload(boxd_box *box, const char *local, const char *path, const boxd_file_options *o,
                              boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_upload(box, local, path, o, on_done, a);
    return take_status(a, error);
}

static boxd_status box_download(boxd_box *box, const char *path, const char *local,
                                const boxd_file_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_box_download(box, path, local, o, on_done, a);
    return take_status(a, error);
}

static boxd_identity *whoami(boxd_compute *c, const boxd_call_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_compute_whoami(c, o, on_identity, a);
    return take(a, error);
}

static boxd_service_config *config(boxd_compute *c, const boxd_call_options *o, boxd_error *error)
{
    await *a = await_new();
    boxd_aio_compute_config(c, o, on_config, a);
    return take(a, error);
}

static boxd_status close_and_wait(boxd_compute *c)
{
    await *a = await_new();
    boxd_aio_compute_close(c, on_done, a);
    return take_status(a, NULL);
}

#define ASYNC_FUNCTIONS                                                                                      \
    box_create, box_get, box_list, box_fork, box_suspend, box_resume, box_destroy, box_start, box_stop,      \
        box_reboot, box_exec, box_exec_shell, box_write_file, box_write_text, box_read_file, box_upload,     \
        box_download, whoami, config, close_and_wait

const surface SURFACES[SURFACE_COUNT] = {
    {"sync",
     BOXD_DISPATCH_CORE_THREAD,
     boxd_box_create,
     boxd_box_get,
     boxd_box_list,
     boxd_box_fork,
     boxd_box_suspend,
     boxd_box_resume,
     boxd_box_destroy,
     boxd_box_start,
     boxd_box_stop,
     boxd_box_reboot,
     boxd_box_exec,
     boxd_box_exec_shell,
     boxd_box_write_file,
     boxd_box_write_text,
     boxd_box_read_file,
     boxd_box_upload,
     boxd_box_download,
     boxd_compute_whoami,
     boxd_compute_config,
     boxd_compute_close},
    {"callbacks", BOXD_DISPATCH_CORE_THREAD, ASYNC_FUNCTIONS},
    {"manual", BOXD_DISPATCH_MANUAL, ASYNC_FUNCTIONS},
};
