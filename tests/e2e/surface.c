/* The async functions in the form of the blocking ones, so that one test runs on each surface. */
#include "surface.h"

#include <check.h>
#include <stdlib.h>

/* ---- waiting for a callback ---- */

/* Kept until the client is closed, so that a second callback is detected. */
typedef struct await {
    struct await *next;
    atomic_int calls;
    void *result;
    boxd_status status;
    uint64_t number;
    bool confirmed;
    boxd_error error;
    boxd_compute *closing;
} await;

static await *all;

static await *await_new(void)
{
    await *a = calloc(1, sizeof *a);
    ck_assert_ptr_nonnull(a);
    a->next = all;
    all = a;
    return a;
}

static void ended(await *a, boxd_status status, void *result, const boxd_error *error)
{
    a->result = result;
    a->status = status;
    if (error)
        a->error = *error;
    callbacks_count(&a->calls);
}

static void *take(await *a, boxd_error *error)
{
    callbacks_wait(&a->calls, 1);
    if (!a->result && error)
        *error = a->error;
    ck_assert((a->result == NULL) == (a->error.status != BOXD_OK));
    return a->result;
}

static boxd_status take_status(await *a, boxd_error *error)
{
    callbacks_wait(&a->calls, 1);
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
        free(a);
    }
}

/* ---- callbacks ---- */

static void on_done(boxd_status status, const boxd_error *error, void *a)
{
    ended(a, status, NULL, error);
}

static void on_duration(boxd_status status, int64_t duration_us, const boxd_error *error, void *a)
{
    ((await *)a)->number = (uint64_t)duration_us;
    ended(a, status, NULL, error);
}

static void on_time(boxd_status status, int64_t time_ms, const boxd_error *error, void *a)
{
    ((await *)a)->number = (uint64_t)time_ms;
    ended(a, status, NULL, error);
}

static void on_created(boxd_box *box, bool created, const boxd_error *error, void *a)
{
    ((await *)a)->number = created;
    ended(a, BOXD_OK, box, error);
}

static void on_exists(boxd_status status, bool exists, const boxd_error *error, void *a)
{
    ((await *)a)->number = exists;
    ended(a, status, NULL, error);
}

static void on_message(boxd_status status, ProtobufCMessage *message, const boxd_error *error, void *a)
{
    ended(a, status, message, error);
}

static void on_exit_code(boxd_status status, int exit_code, bool exit_confirmed, const boxd_error *error,
                         void *a)
{
    ((await *)a)->confirmed = exit_confirmed;
    ((await *)a)->number = (uint64_t)exit_code;
    ended(a, status, NULL, error);
}

static void on_chunk(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error, void *a)
{
    ck_assert_int_eq((int)outcome, (int)(error ? BOXD_READ_ERROR : chunk ? BOXD_READ_DATA : BOXD_READ_END));
    ended(a, error ? error->status : BOXD_OK, chunk, error);
}

/* ---- the async functions in the blocking ones' shape ---- */

#define UNPACKED(...) __VA_ARGS__

/* Each operation has its own callback, because each callback has its own type. */
#define CALLBACK_RESULT(type, name, parameters, arguments)                                                   \
    static void on_##name(type *result, const boxd_error *error, void *a)                                    \
    {                                                                                                        \
        ended(a, BOXD_OK, result, error);                                                                    \
    }                                                                                                        \
    static type *name parameters                                                                             \
    {                                                                                                        \
        await *a = await_new();                                                                              \
        boxd_aio_##name(UNPACKED arguments, on_##name, a);                                                   \
        return take(a, e);                                                                                   \
    }
#define CALLBACK_STATUS(name, parameters, arguments)                                                         \
    static boxd_status name parameters                                                                       \
    {                                                                                                        \
        await *a = await_new();                                                                              \
        boxd_aio_##name(UNPACKED arguments, on_done, a);                                                     \
        return take_status(a, e);                                                                            \
    }
#define CALLBACK_OWN(result, name, parameters)

OPERATIONS(CALLBACK_RESULT, CALLBACK_STATUS, CALLBACK_OWN)

static boxd_box *box_get_or_create(boxd_compute *c, const boxd_box_create_options *o, bool *created,
                                   boxd_error *e)
{
    await *a = await_new();
    boxd_aio_box_get_or_create(c, o, on_created, a);
    boxd_box *box = take(a, e);
    if (created)
        *created = a->number;
    return box;
}

static boxd_status box_suspend(boxd_box *b, const boxd_call_options *call, int64_t *us, boxd_error *e)
{
    await *a = await_new();
    boxd_aio_box_suspend(b, call, on_duration, a);
    boxd_status status = take_status(a, e);
    if (us)
        *us = (int64_t)a->number;
    return status;
}

static boxd_status box_resume(boxd_box *b, const boxd_call_options *call, int64_t *us, boxd_error *e)
{
    await *a = await_new();
    boxd_aio_box_resume(b, call, on_duration, a);
    boxd_status status = take_status(a, e);
    if (us)
        *us = (int64_t)a->number;
    return status;
}

static boxd_status box_set_delete_after(boxd_box *b, const boxd_box_set_delete_after_options *o, int64_t *ms,
                                        boxd_error *e)
{
    await *a = await_new();
    boxd_aio_box_set_delete_after(b, o, on_time, a);
    boxd_status status = take_status(a, e);
    if (ms)
        *ms = (int64_t)a->number;
    return status;
}

static boxd_status box_exists(boxd_box *b, const char *path, const boxd_call_options *call, bool *exists,
                              boxd_error *e)
{
    await *a = await_new();
    boxd_aio_box_exists(b, path, call, on_exists, a);
    boxd_status status = take_status(a, e);
    if (exists)
        *exists = a->number;
    return status;
}

/* The result comes with an error, too. */
static void on_transfer(boxd_status status, boxd_dir_transfer *transfer, const boxd_error *error, void *a)
{
    ended(a, status, transfer, error);
}

static boxd_status take_transfer(await *a, boxd_dir_transfer **transfer, boxd_error *e)
{
    boxd_status status = take_status(a, e);
    if (transfer)
        *transfer = a->result;
    else
        boxd_dir_transfer_free(a->result);
    return status;
}

static boxd_status box_upload_dir(boxd_box *b, const char *local_path, const char *path,
                                  const boxd_dir_transfer_options *o, boxd_dir_transfer **transfer,
                                  boxd_error *e)
{
    await *a = await_new();
    boxd_aio_box_upload_dir(b, local_path, path, o, on_transfer, a);
    return take_transfer(a, transfer, e);
}

static boxd_status box_download_dir(boxd_box *b, const char *path, const char *local_path,
                                    const boxd_dir_transfer_options *o, boxd_dir_transfer **transfer,
                                    boxd_error *e)
{
    await *a = await_new();
    boxd_aio_box_download_dir(b, path, local_path, o, on_transfer, a);
    return take_transfer(a, transfer, e);
}

static boxd_status box_sync_dir(boxd_box *b, const char *local_path, const char *path,
                                const boxd_dir_transfer_options *o, boxd_dir_transfer **transfer,
                                boxd_error *e)
{
    await *a = await_new();
    boxd_aio_box_sync_dir(b, local_path, path, o, on_transfer, a);
    return take_transfer(a, transfer, e);
}

static boxd_status rpc_stream_receive(boxd_rpc_stream *s, const boxd_call_options *call, ProtobufCMessage **m,
                                      boxd_error *e)
{
    await *a = await_new();
    boxd_aio_rpc_stream_receive(s, call, on_message, a);
    boxd_status status = take_status(a, e);
    if (m)
        *m = a->result;
    else
        boxd_rpc_reply_free(a->result);
    return status;
}

static boxd_status process_wait(boxd_process *p, const boxd_call_options *call, int *code, bool *confirmed,
                                boxd_error *e)
{
    await *a = await_new();
    boxd_aio_process_wait(p, call, on_exit_code, a);
    boxd_status status = take_status(a, e);
    if (code && status == BOXD_OK)
        *code = (int)a->number;
    if (confirmed && status == BOXD_OK)
        *confirmed = a->confirmed;
    return status;
}

static boxd_read_status take_chunk(await *a, boxd_chunk **chunk, boxd_error *e)
{
    const boxd_status status = take_status(a, e);
    boxd_chunk *got = a->result;
    if (chunk)
        *chunk = got;
    else
        boxd_chunk_free(got);
    return status != BOXD_OK ? BOXD_READ_ERROR : got ? BOXD_READ_DATA : BOXD_READ_END;
}

#define CALLBACK_READ(name, type)                                                                            \
    static boxd_read_status name(type *t, const boxd_call_options *call, boxd_chunk **chunk, boxd_error *e)  \
    {                                                                                                        \
        await *a = await_new();                                                                              \
        boxd_aio_##name(t, call, on_chunk, a);                                                               \
        return take_chunk(a, chunk, e);                                                                      \
    }

CALLBACK_READ(process_read, boxd_process)
CALLBACK_READ(process_read_stdout, boxd_process)
CALLBACK_READ(process_read_stderr, boxd_process)
CALLBACK_READ(logs_read, boxd_logs)

static void on_closed(boxd_status status, const boxd_error *error, void *a)
{
    callbacks_leave(((await *)a)->closing);
    ended(a, status, NULL, error);
}

static boxd_status close_and_wait(boxd_compute *c)
{
    await *a = await_new();
    a->closing = c;
    boxd_aio_compute_close(c, on_closed, a);
    return take_status(a, NULL);
}

/* ---- the surfaces ---- */

#define SYNC_RESULT(type, name, parameters, arguments) .name = boxd_##name,
#define SYNC_STATUS(name, parameters, arguments) .name = boxd_##name,
#define SYNC_OWN(result, name, parameters) .name = boxd_##name,

#define ASYNC_RESULT(type, name, parameters, arguments) .name = name,
#define ASYNC_STATUS(name, parameters, arguments) .name = name,
#define ASYNC_OWN(result, name, parameters) .name = name,

#define ASYNC OPERATIONS(ASYNC_RESULT, ASYNC_STATUS, ASYNC_OWN).close = close_and_wait

const surface SURFACES[SURFACE_COUNT] = {
    [SURFACE_SYNC] = {"sync", BOXD_DISPATCH_CORE_THREAD, ON_CORE_THREAD,
                      OPERATIONS(SYNC_RESULT, SYNC_STATUS, SYNC_OWN).close = boxd_compute_close},
    [SURFACE_CALLBACKS] = {"callbacks", BOXD_DISPATCH_CORE_THREAD, ON_CORE_THREAD, ASYNC},
    [SURFACE_EPOLL] = {"epoll", BOXD_DISPATCH_MANUAL, ON_EPOLL, ASYNC},
    [SURFACE_LIBUV] = {"libuv", BOXD_DISPATCH_MANUAL, ON_LIBUV, ASYNC},
};
