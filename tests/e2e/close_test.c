/*
 * Closing a client: blocking and async, with calls and handles of every kind still in use, inside
 * callbacks, and from several threads at once. After the close no callback runs, and every callback has
 * run.
 */
#include "pending.h"

#include <pthread.h>

/* ---- ways to close ---- */

/* An async close, and the arguments of its callback. */
typedef struct closing {
    boxd_compute *compute;
    atomic_int calls;
    boxd_status status, blocking;
} closing;

static void on_closed(boxd_status status, const boxd_error *error, void *user)
{
    closing *c = user;
    ck_assert_ptr_null(error);
    c->status = status;
    callbacks_leave(c->compute);
    callbacks_count(&c->calls);
}

/* Closes the client of the test by itself. */
static void give_away(closing *c)
{
    c->compute = compute;
    compute = NULL;
}

static void wait_closed(closing *c)
{
    callbacks_wait(&c->calls, 1);
    e2e_close();
    ck_assert_int_eq((int)c->status, (int)BOXD_OK);
    ck_assert_int_eq(c->calls, 1);
}

static void close_async(void)
{
    closing c = {0};
    give_away(&c);
    boxd_aio_compute_close(c.compute, on_closed, &c);
    wait_closed(&c);
}

static void close_blocking(void)
{
    callbacks_leave(compute);
    ck_assert_int_eq((int)boxd_compute_close(compute), (int)BOXD_OK);
    compute = NULL;
    e2e_close();
}

static void on_config(boxd_service_config *config, const boxd_error *error, void *user)
{
    closing *c = user;
    (void)error;
    boxd_service_config_free(config);
    boxd_aio_compute_close(c->compute, on_closed, c);
}

static void close_inside(void)
{
    closing c = {0};
    give_away(&c);
    boxd_aio_compute_config(c.compute, NULL, on_config, &c);
    wait_closed(&c);
}

/* ---- calls in flight ---- */

typedef struct batch {
    atomic_int submitted, completed, good, wrong;
    /* No callback may run any more, except inside a submission. */
    atomic_bool closed;
    pthread_t closing_thread;
    atomic_int on_closing_thread;
    struct member *_Atomic members;
} batch;

/* One call. It is kept, so that a second callback is detected. */
typedef struct member {
    batch *batch;
    atomic_int calls;
    struct member *next;
} member;

static _Thread_local bool submitting;

static void on_whoami(boxd_identity *who, const boxd_error *error, void *user)
{
    member *m = user;
    batch *c = m->batch;
    const bool refused = !who && (error->status == BOXD_ERR_CLOSED || error->status == BOXD_ERR_BUSY);
    const bool late = atomic_load(&c->closed) && !submitting;
    if (atomic_fetch_add(&m->calls, 1) != 0 || !(who || refused) || late)
        c->wrong++;
    c->good += who != NULL;
    c->on_closing_thread += pthread_equal(pthread_self(), c->closing_thread) != 0;
    boxd_identity_free(who);
    callbacks_count(&c->completed);
}

static void submit(batch *c, boxd_compute *client)
{
    member *m = calloc(1, sizeof *m);
    m->batch = c;
    m->next = atomic_load(&c->members);
    while (!atomic_compare_exchange_weak(&c->members, &m->next, m))
        continue;
    c->submitted++;
    submitting = true;
    boxd_aio_compute_whoami(client, NULL, on_whoami, m);
    submitting = false;
}

/* Call after the close and after the last submission. */
static void check(batch *c)
{
    ck_assert_int_eq(c->completed, c->submitted);
    ck_assert_int_eq(c->wrong, 0);
    for (member *m = c->members, *next; m; m = next) {
        next = m->next;
        ck_assert_int_eq(m->calls, 1);
        free(m);
    }
}

static void end_thousands(int i, void (*close)(void))
{
    enum { THOUSANDS = 3000, HANGING = 1500 };
    batch c = {0};
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":1500}");
    e2e_open(i, NULL);
    for (int k = 0; k < THOUSANDS; k++)
        submit(&c, compute);
    close();
    c.closed = true;
    emulator_clear_faults(&emulator);
    ck_assert_int_le(c.good, THOUSANDS - HANGING);
    check(&c);
}

START_TEST(thousands_blocking)
{
    end_thousands(_i, close_blocking);
}
END_TEST

START_TEST(thousands_async)
{
    end_thousands(_i, close_async);
}
END_TEST

START_TEST(thousands_inside)
{
    end_thousands(_i, close_inside);
}
END_TEST

/* Submits `count` calls to the client of the test, and waits until the service has answered them. */
static void submit_answered(batch *c, int count)
{
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    for (int i = 0; i < count; i++)
        submit(c, compute);
    ck_assert_int_ge(emulator_count_calls(&emulator, "Whoami", count), count);
}

/* No thread but that of the blocking close can dispatch the waiting callbacks. */
START_TEST(no_thread_dispatches)
{
    enum { N = 100 };
    batch c = {.closing_thread = pthread_self()};
    e2e_open(_i, NULL);
    submit_answered(&c, N);
    ck_assert_int_eq(c.completed, 0);
    close_blocking();
    ck_assert_int_eq(c.on_closing_thread, N);
    check(&c);
}
END_TEST

/* A client that was closed without a callback and is not attached to a loop, or no longer: the ready
 * callbacks and those of calls in flight still run. */
START_TEST(closed_without_a_loop)
{
    enum { N = 100 };
    batch c = {.closing_thread = pthread_self()};
    e2e_open(_i, NULL);
    submit_answered(&c, N);
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":100}");
    for (int i = 0; i < N; i++)
        submit(&c, compute);
    boxd_compute *gone = compute;
    compute = NULL;
    callbacks_leave(gone);
    boxd_aio_compute_close(gone, NULL, NULL);
    if (_i == SURFACE_LIBUV)
        boxd_aio_compute_detach(gone); /* the client was attached until now, and so valid */
    while (c.completed < 2 * N)
        continue;
    emulator_clear_faults(&emulator);
    ck_assert_int_eq(c.on_closing_thread, 0);
    check(&c);
    e2e_close();
}
END_TEST

static void on_completed(boxd_exec_result *result, const boxd_error *error, void *data)
{
    ck_assert(!result && error->status == BOXD_ERR_CLOSED);
    callbacks_count(data);
}

/* The close also ends streams, and the commands that run on them. */
START_TEST(commands)
{
    enum { N = 50 };
    atomic_int completed = 0;
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (int i = 0; i < N; i++)
        boxd_aio_box_exec(box, BOXD_ARGV("sleep", "1000"), NULL, on_completed, &completed);
    e2e_close();
    ck_assert_int_eq(completed, N);
    boxd_aio_box_exec(box, BOXD_ARGV("true"), NULL, on_completed, &completed);
    ck_assert_int_eq(completed, N + 1); /* inside the submission */
    boxd_box_free(box);
}
END_TEST

START_TEST(never_used)
{
    e2e_open(_i, NULL); /* opening does no I/O, closing at once is fine */
    e2e_close();
    ck_assert_int_eq((int)on->close(NULL), (int)BOXD_OK);
}
END_TEST

/* ---- handles that stay ---- */

typedef struct handles {
    boxd_box *box;
    boxd_disk *disk;
    boxd_snapshot *snapshot;
    boxd_template *template;
    boxd_process *process;
    boxd_logs *logs;
    boxd_rpc_stream *stream;
} handles;

static const boxd_rpc_method ECHO =
    BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);

static handles open_handles(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
    handles h = {.box = e2e_box()};
    h.disk = boxd_disk_from_id(compute, "disk", &error);
    h.snapshot = boxd_snapshot_from_name(compute, "snapshot", &error);
    h.template = boxd_template_from_id(compute, "template", &error);
    h.process = on->box_exec_stream(h.box, BOXD_ARGV("cat"), NULL, &error);
    h.logs = on->box_stream_logs(h.box, BOXD_OPTIONS(boxd_box_stream_logs_options, .follow = true), &error);
    h.stream = on->rpc_stream_open(compute, &ECHO, NULL, &error);
    e2e_ok(h.disk && h.snapshot && h.template && h.process && h.logs && h.stream, error);
    first.vm_id = boxd_box_id(h.box);
    first.command = "cat";
    e2e_ok(on->rpc_stream_send(h.stream, &first.base, NULL, &error) == BOXD_OK, error);
    return h;
}

static void expect_closed(const char *what, boxd_error *error)
{
    ck_assert_msg(error->status == BOXD_ERR_CLOSED, "%s: %s: %s", what, boxd_status_name(error->status),
                  error->message);
    ck_assert_msg(strstr(error->message, "closed"), "%s: %s", what, error->message);
    *error = (boxd_error)BOXD_ERROR_INIT;
}

static void use(const surface *s, const handles *h)
{
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    boxd_error e = BOXD_ERROR_INIT;
#define TRY(call)                                                                                            \
    do {                                                                                                     \
        (void)(call);                                                                                        \
        expect_closed(#call, &e);                                                                            \
    } while (0)
#define TRY_COMMAND(call)                                                                                    \
    do {                                                                                                     \
        (void)(call);                                                                                        \
        ck_assert_int_eq((int)e.command, (int)BOXD_COMMAND_NOT_STARTED);                                     \
        expect_closed(#call, &e);                                                                            \
    } while (0)
    TRY(s->box_stop(h->box, NULL, &e));
    TRY_COMMAND(s->box_exec(h->box, BOXD_ARGV("true"), NULL, &e));
    TRY_COMMAND(s->box_exec_stream(h->box, BOXD_ARGV("true"), NULL, &e));
    TRY(s->box_stream_logs(h->box, NULL, &e));
    TRY(s->box_read_file(h->box, "x", NULL, &e));
    TRY(s->disk_attach(h->disk, h->box, "/mnt", false, NULL, &e));
    TRY(s->disk_destroy(h->disk, NULL, &e));
    TRY(s->snapshot_create_box(h->snapshot, NULL, &e));
    TRY(s->snapshot_wait_until_ready(h->snapshot, NULL, &e));
    TRY(s->template_delete(h->template, NULL, &e));
    TRY(s->process_read(h->process, NULL, NULL, &e));
    TRY(s->process_write(h->process, "x", 1, NULL, &e));
    TRY(s->process_write_eof(h->process, NULL, &e));
    TRY(s->process_wait(h->process, NULL, NULL, NULL, &e));
    TRY(s->process_result(h->process, NULL, &e));
    TRY(s->logs_read(h->logs, NULL, NULL, &e));
    TRY(s->rpc_stream_send(h->stream, &chunk.base, NULL, &e));
    TRY(s->rpc_stream_receive(h->stream, NULL, NULL, &e));
#undef TRY
#undef TRY_COMMAND
    s->process_close(h->process, NULL, &e); /* the client is closed: either result is correct */
    s->logs_close(h->logs, NULL, &e);
}

START_TEST(handles_of_every_kind)
{
    pending reads[3] = {PENDING_INIT, PENDING_INIT, PENDING_INIT};
    e2e_open(_i, NULL);
    handles h = open_handles();
    boxd_aio_process_read(h.process, NULL, pending_chunk, &reads[0]);
    boxd_aio_logs_read(h.logs, NULL, pending_chunk, &reads[1]);
    boxd_aio_rpc_stream_receive(h.stream, NULL, pending_message, &reads[2]);
    e2e_close();
    for (size_t i = 0; i < COUNT(reads); i++) {
        ck_assert_int_eq(reads[i].calls, 1);
        expect_closed("a read in flight", &reads[i].error);
    }
    use(on, &h);
    use(&SURFACES[SURFACE_SYNC], &h);
    ck_assert(boxd_box_id(h.box) && boxd_disk_id(h.disk));
    boxd_process_free(h.process);
    boxd_logs_free(h.logs);
    boxd_rpc_stream_free(h.stream);
    boxd_box_free(boxd_box_ref(h.box));
    boxd_box_free(h.box);
    boxd_disk_free(h.disk);
    boxd_snapshot_free(h.snapshot);
    boxd_template_free(h.template);
    e2e_close();
}
END_TEST

/* ---- inside callbacks ---- */

static void close_blocking_inside(boxd_identity *who, const boxd_error *error, void *user)
{
    closing *c = user;
    (void)error;
    boxd_identity_free(who);
    c->blocking = boxd_compute_close(boxd_compute_ref(c->compute));
    boxd_aio_compute_close(c->compute, on_closed, c);
}

START_TEST(blocking_in_a_callback)
{
    closing c = {0};
    e2e_open(_i, NULL);
    give_away(&c);
    boxd_aio_compute_whoami(c.compute, NULL, close_blocking_inside, &c);
    wait_closed(&c);
    ck_assert_int_eq((int)c.blocking, (int)BOXD_ERR_WOULD_DEADLOCK);
}
END_TEST

/* Each of several callbacks closes the client in its error path: the first close ends the client, the others
 * wait for the same end. */
typedef struct closers {
    closing end;
    atomic_int asked, closed;
} closers;

static void on_one_closed(boxd_status status, const boxd_error *error, void *user)
{
    closers *c = user;
    ck_assert_int_eq((int)status, (int)BOXD_OK);
    if (atomic_fetch_add(&c->closed, 1) + 1 == atomic_load(&c->asked))
        on_closed(status, error, &c->end);
}

static void close_on_error(boxd_box *box, const boxd_error *error, void *user)
{
    closers *c = user;
    ck_assert(!box && error);
    atomic_fetch_add(&c->asked, 1);
    boxd_aio_compute_close(c->end.compute, on_one_closed, c);
}

START_TEST(by_each_callback)
{
    closers c = {0};
    e2e_open(_i, NULL);
    give_away(&c.end);
    for (int i = 0; i < 8; i++)
        boxd_aio_box_get(c.end.compute, "none-such", NULL, close_on_error, &c);
    wait_closed(&c.end);
    ck_assert_int_eq(atomic_load(&c.closed), 8);
}
END_TEST

/* ---- several references ---- */

/* The first close ends the client for all references; the others release theirs at once. */
START_TEST(twice)
{
    pending late = PENDING_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, NULL);
    boxd_compute *second = boxd_compute_ref(compute), *third = boxd_compute_ref(compute);
    e2e_close();
    ck_assert_ptr_null(on->compute_whoami(second, NULL, &error));
    expect_closed("a call", &error);
    ck_assert_int_eq((int)boxd_compute_close(second), (int)BOXD_OK);
    boxd_aio_compute_close(third, pending_done, &late);
    ck_assert_int_eq(late.calls, 1);
    ck_assert_int_eq((int)late.error.status, (int)BOXD_OK);
    e2e_close();
}
END_TEST

/* A blocking and an async close at the same time: with manual dispatch the blocking one has to dispatch. */
START_TEST(both_ways)
{
    batch c = {0};
    closing other = {0};
    e2e_open(_i, NULL);
    for (int i = 0; i < 100; i++)
        submit(&c, compute);
    other.compute = boxd_compute_ref(compute);
    boxd_aio_compute_close(other.compute, on_closed, &other);
    ck_assert_int_eq((int)boxd_compute_close(compute), (int)BOXD_OK);
    compute = NULL;
    ck_assert_int_eq(c.completed, c.submitted);
    ck_assert_int_eq(other.calls, on->dispatch == BOXD_DISPATCH_CORE_THREAD);
    wait_closed(&other);
    check(&c);
}
END_TEST

typedef struct submitter {
    batch *batch;
    boxd_compute *mine;
} submitter;

/* Submits calls as long as the client accepts them: async ones beside blocking ones, which limit the number
 * of async ones. */
static void *submit_until_closed(void *data)
{
    const submitter *s = data;
    boxd_error error = BOXD_ERROR_INIT;
    while (error.status != BOXD_ERR_CLOSED) {
        error = (boxd_error)BOXD_ERROR_INIT;
        submit(s->batch, s->mine);
        boxd_identity_free(boxd_compute_whoami(s->mine, NULL, &error));
        ck_assert(error.status == BOXD_OK || error.status == BOXD_ERR_CLOSED);
    }
    boxd_aio_compute_close(s->mine, NULL, NULL);
    return NULL;
}

static void end_submitters(int i, void (*close)(void))
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    batch c = {0};
    e2e_open(i, BOXD_OPTIONS(boxd_compute_options, .max_calls_in_flight = 20));
    submitter submitters[THREADS];
    for (int k = 0; k < THREADS; k++) {
        submitters[k] = (submitter){&c, boxd_compute_ref(compute)};
        ck_assert_int_eq(pthread_create(&threads[k], NULL, submit_until_closed, &submitters[k]), 0);
    }
    callbacks_wait(&c.completed, 100);
    close();
    c.closed = true;
    for (int k = 0; k < THREADS; k++)
        pthread_join(threads[k], NULL);
    check(&c);
}

START_TEST(beside_submissions_blocking)
{
    for (int round = 0; round < 5; round++)
        end_submitters(_i, close_blocking);
}
END_TEST

START_TEST(beside_submissions_async)
{
    for (int round = 0; round < 5; round++)
        end_submitters(_i, close_async);
}
END_TEST

static void *close_mine(void *mine)
{
    ck_assert_int_eq((int)boxd_compute_close(mine), (int)BOXD_OK);
    return NULL;
}

START_TEST(two_threads_at_once)
{
    for (int round = 0; round < 20; round++) {
        pthread_t threads[2];
        batch c = {0};
        e2e_open(_i, NULL);
        boxd_compute *references[2] = {compute, boxd_compute_ref(compute)};
        for (int i = 0; i < 50; i++)
            submit(&c, compute);
        callbacks_leave(compute);
        compute = NULL;
        for (int i = 0; i < 2; i++)
            ck_assert_int_eq(pthread_create(&threads[i], NULL, close_mine, references[i]), 0);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        c.closed = true;
        check(&c);
        e2e_close();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("close");
    e2e_add(suite, thousands_blocking);
    e2e_add(suite, thousands_async);
    e2e_add(suite, thousands_inside);
    e2e_add_manual(suite, no_thread_dispatches);
    e2e_add_manual(suite, closed_without_a_loop);
    e2e_add(suite, commands);
    e2e_add(suite, never_used);
    e2e_add(suite, handles_of_every_kind);
    e2e_add(suite, blocking_in_a_callback);
    e2e_add(suite, by_each_callback);
    e2e_add(suite, twice);
    e2e_add(suite, both_ways);
    e2e_add(suite, beside_submissions_blocking);
    e2e_add(suite, beside_submissions_async);
    e2e_add(suite, two_threads_at_once);
    return e2e_main(suite, NULL);
}
