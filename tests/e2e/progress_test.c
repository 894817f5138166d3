/*
 * The progress of transfers: both directions, from memory and from local files; never decreasing,
 * complete at the end, never two reports at a time, and none after the end. The program runs against a
 * server with the stream RPCs and against one without.
 */
#include "e2e.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MIB = 1024 * 1024, SIZE = 5 * MIB + 7 };

static const char *const OLD[] = {"--generation", "0.1", NULL};
static bool unary;
static boxd_box *box;
static char directory[] = "/tmp/boxd-e2e-XXXXXX", from[64], to[64];
static char *bytes;
static atomic_int times_reported; /* in all transfers */

/* The progress reports of one transfer. Freed at its end, so that the sanitizers detect a later report. */
typedef struct report {
    atomic_int calls, inside;
    atomic_bool wrong, ended;
    _Atomic uint64_t done, total;
    /* The arguments of the last call. */
    pthread_t thread;
    /* A token to fire at once. */
    boxd_cancel_token *cancel;
    /* How long the callback takes. */
    useconds_t duration_us;
} report;

static void on_progress(uint64_t done, uint64_t total, void *user)
{
    report *t = user;
    boxd_error error = BOXD_ERROR_INIT;
    if (atomic_fetch_add(&t->inside, 1) != 0 || atomic_load(&t->ended) || done < t->done ||
        total < t->total || (total != 0 && done > total) || !boxd_aio_in_callback())
        atomic_store(&t->wrong, true);
    if (boxd_compute_whoami(compute, NULL, &error) || error.status != BOXD_ERR_WOULD_DEADLOCK)
        atomic_store(&t->wrong, true);
    t->done = done;
    t->total = total;
    t->thread = pthread_self();
    usleep(t->duration_us);
    if (t->cancel)
        boxd_cancel_token_cancel(t->cancel);
    atomic_fetch_add(&t->calls, 1);
    atomic_fetch_sub(&t->inside, 1);
    callbacks_count(&times_reported);
}

static void write_local(const char *path, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void make_files(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    box = e2e_box();
    bytes = calloc(1, SIZE);
    for (size_t k = 0; k < SIZE; k++)
        bytes[k] = (char)(k * 7 + k / 1000);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(from, sizeof from, "%s/from", directory);
    (void)snprintf(to, sizeof to, "%s/to", directory);
    write_local(from, SIZE);
    e2e_ok(boxd_box_write_file(box, "there", bytes, SIZE, NULL, &error) == BOXD_OK, error);
}

static void open_files(int i)
{
    e2e_open(i, NULL);
    make_files();
}

static void close_files(void)
{
    (void)unlink(from);
    (void)unlink(to);
    ck_assert_int_eq(rmdir(directory), 0);
    free(bytes);
    if (compute)
        e2e_drop(box);
    else
        boxd_box_free(box);
    e2e_close();
}

/* ---- the transfers ---- */

static boxd_status write_file(size_t size, const boxd_file_options *options, boxd_error *error)
{
    return on->box_write_file(box, "x", bytes, size, options, error);
}

static boxd_status read_file(size_t size, const boxd_file_options *options, boxd_error *error)
{
    boxd_file_data *data = on->box_read_file(box, size ? "there" : "empty", options, error);
    ck_assert(!data || data->content.size == size);
    boxd_file_data_free(data);
    return data ? BOXD_OK : error->status;
}

static boxd_status upload(size_t size, const boxd_file_options *options, boxd_error *error)
{
    write_local(from, size);
    return on->box_upload(box, from, "x", options, error);
}

static boxd_status download(size_t size, const boxd_file_options *options, boxd_error *error)
{
    return on->box_download(box, size ? "there" : "empty", to, options, error);
}

static boxd_status (*const transfers[])(size_t size, const boxd_file_options *options,
                                        boxd_error *error) = {write_file, read_file, upload, download};

/* Runs a transfer, checks its reports, and returns their number. */
static int run(size_t k, size_t size, boxd_cancel_token *cancel, boxd_status *status)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
    report *t = calloc(1, sizeof *t);
    t->cancel = options.call.cancel = cancel;
    options.on_progress = on_progress;
    options.progress_data = t;
    *status = transfers[k](size, &options, &error);
    atomic_store(&t->ended, true);
    ck_assert(!atomic_load(&t->wrong));
    if (*status == BOXD_OK) {
        ck_assert_int_gt(t->calls, 0);
        ck_assert_uint_eq(t->done, size);
        ck_assert_uint_eq(t->total, size);
    } else if (!cancel) {
        ck_abort_msg("transfer %zu: %s", k, error.message);
    }
    if (t->calls > 0)
        ck_assert_int_eq(pthread_equal(t->thread, pthread_self()) != 0, on->dispatch == BOXD_DISPATCH_MANUAL);
    const int calls = t->calls;
    free(t);
    return calls;
}

START_TEST(complete_transfers)
{
    static const size_t sizes[] = {SIZE, 0};
    boxd_error error = BOXD_ERROR_INIT;
    boxd_status status;
    open_files(_i);
    e2e_ok(boxd_box_write_text(box, "empty", "", NULL, &error) == BOXD_OK, error);
    for (size_t k = 0; k < COUNT(transfers); k++)
        for (size_t i = 0; i < COUNT(sizes); i++) {
            const int calls = run(k, sizes[i], NULL, &status);
            ck_assert_int_eq((int)status, (int)BOXD_OK);
            if (unary || sizes[i] == 0)
                ck_assert_int_eq(calls, 1);
            else if (on->dispatch !=
                     BOXD_DISPATCH_MANUAL) /* there a slow loop may get one report of everything */
                ck_assert_int_gt(calls, 1);
        }
    close_files();
}
END_TEST

/* A cancel in a report on the core thread ends the transfer; on a loop of the program it may come too late.
 */
START_TEST(cancelled_inside)
{
    open_files(_i);
    for (size_t k = 0; k < COUNT(transfers); k++) {
        boxd_status status;
        boxd_cancel_token *token = boxd_cancel_token_new();
        const int calls = run(k, SIZE, token, &status);
        ck_assert_int_gt(calls, 0);
        ck_assert(boxd_cancel_token_is_cancelled(token));
        if (!unary && on->dispatch != BOXD_DISPATCH_MANUAL)
            ck_assert_int_eq((int)status, (int)BOXD_ERR_CANCELLED);
        else
            ck_assert(status == BOXD_ERR_CANCELLED || status == BOXD_OK);
        boxd_cancel_token_free(token);
    }
    close_files();
}
END_TEST

/* A stream that is restarted with a new token repeats no report, and a stream that fails makes no further
 * report. */
START_TEST(restarted)
{
    static const char *const rpcs[] = {"UploadFileStream", "DownloadFileStream", "UploadFileStream",
                                       "DownloadFileStream"};
    char fault[80];
    boxd_status status;
    open_files(_i);
    for (size_t k = 0; k < COUNT(transfers); k++) {
        (void)snprintf(fault, sizeof fault, "{\"rpc\":\"%s\",\"code\":16,\"count\":1}", rpcs[k]);
        emulator_fault(&emulator, fault);
        run(k, SIZE, NULL, &status);
        ck_assert_int_eq((int)status, (int)BOXD_OK);
        ck_assert_int_eq(emulator_faults_left(&emulator), 0);
    }
    close_files();
}
END_TEST

/* ---- without waiting ---- */

typedef struct ended {
    report *report;
    atomic_int *completed, *wrong;
} ended;

static void on_ended(boxd_status status, const boxd_error *error, void *user)
{
    ended *e = user;
    (void)error;
    if (atomic_load(&e->report->inside) || atomic_load(&e->report->wrong) ||
        (status == BOXD_OK ? e->report->done != SIZE : status != BOXD_ERR_CLOSED))
        atomic_fetch_add(e->wrong, 1);
    free(e->report);
    callbacks_count(e->completed);
    free(e);
}

static void submit(int count, useconds_t duration_us, atomic_int *completed, atomic_int *wrong)
{
    for (int i = 0; i < count; i++) {
        ended *e = malloc(sizeof *e);
        boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
        *e = (ended){calloc(1, sizeof *e->report), completed, wrong};
        e->report->duration_us = duration_us;
        options.on_progress = on_progress;
        options.progress_data = e->report;
        char name[16];
        (void)snprintf(name, sizeof name, "x%d", i);
        boxd_aio_box_upload(box, from, name, &options, on_ended, e);
    }
}

typedef struct dispatchers {
    const atomic_int *completed;
    /* An eventfd, readable from then on. */
    int count, all_completed;
} dispatchers;

static void *dispatch_until_ended(void *data)
{
    const dispatchers *d = data;
    struct pollfd fds[] = {{.fd = boxd_aio_compute_fd(compute), .events = POLLIN},
                           {.fd = d->all_completed, .events = POLLIN}};
    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        boxd_aio_compute_dispatch(compute, 1);
        if (atomic_load(d->completed) == d->count)
            eventfd_write(d->all_completed, 1);
    }
    return NULL;
}

/* In place of the loop, which does not run meanwhile. */
static void dispatch_on_threads(const atomic_int *completed, int count)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    dispatchers d = {completed, count, eventfd(0, EFD_CLOEXEC)};
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, dispatch_until_ended, &d), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    close(d.all_completed);
}

/* Several transfers, and several threads that dispatch. */
START_TEST(many_threads)
{
    enum { TRANSFERS = 8 };
    atomic_int completed = 0, wrong = 0;
    open_files(_i);
    submit(TRANSFERS, 2000, &completed, &wrong);
    if (on->dispatch == BOXD_DISPATCH_MANUAL)
        dispatch_on_threads(&completed, TRANSFERS);
    callbacks_wait(&completed, TRANSFERS);
    ck_assert_int_eq(wrong, 0);
    close_files();
}
END_TEST

START_TEST(closed_in_the_middle)
{
    enum { TRANSFERS = 8 };
    atomic_int completed = 0, wrong = 0;
    open_files(_i);
    const int before = times_reported;
    submit(TRANSFERS, 0, &completed, &wrong);
    callbacks_wait(&times_reported, before + 1);
    e2e_close();
    ck_assert_int_eq(completed, TRANSFERS);
    ck_assert_int_eq(wrong, 0);
    close_files();
}
END_TEST

/* While no thread dispatches, at most one report waits. (The server belongs to this test, because the
 * records of other tests would count.) */
START_TEST(one_waits)
{
    emulator_process own;
    atomic_int completed = 0, wrong = 0;
    compute = e2e_open_own(_i, &own, unary ? OLD : NULL);
    make_files();
    submit(1, 0, &completed, &wrong);
    emulator_count_calls(&own, unary ? "UploadFile" : "UploadFileStream", 2);
    boxd_identity *who = boxd_compute_whoami(compute, NULL, NULL); /* its answer comes after the upload's */
    ck_assert_ptr_nonnull(who);
    boxd_identity_free(who);
    callbacks_wait(&completed, 1);
    ck_assert_int_le(times_reported, 2); /* the waiting report, and one of the progress while it ran */
    ck_assert_int_eq(wrong, 0);
    close_files();
    emulator_stop(&own);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("progress");
    unary = argc > 1 && strcmp(argv[1], "--unary") == 0;
    e2e_add(suite, complete_transfers);
    e2e_add(suite, cancelled_inside);
    if (!unary)
        e2e_add(suite, restarted);
    e2e_add(suite, many_threads);
    e2e_add(suite, closed_in_the_middle);
    e2e_add_manual(suite, one_waits);
    return e2e_main(suite, unary ? OLD : NULL);
}
