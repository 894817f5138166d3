/*
 * lives.c: clients: how they are opened, shared, dispatched, and closed in every way there is.
 */
#include "stress.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

const char *const MODE_NAMES[MODE_COUNT] = {"core thread", "manual", "libuv"};

enum { LATE = 64, PATIENT_MS = 15000, TURN_MS = 200 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static life *seats[SEATS];
static life *late[LATE]; /* each a reference to be given back by whoever comes */
static size_t late_count;
static uint64_t opened;
static bool ending;
static life_mode wanted_mode;

/* ---- manual dispatch ---- */

static void closed_blocking(ticket *t, boxd_status status)
{
    boxd_error error = BOXD_ERROR_INIT;
    error.status = status;
    life *l = ticket_called(t, status, status == BOXD_OK ? NULL : &error);
    if ((status == BOXD_ERR_WOULD_DEADLOCK) != boxd_aio_in_callback() ||
        (status != BOXD_OK && status != BOXD_ERR_WOULD_DEADLOCK))
        failed(t, "a blocking close says something else than it should");
    if (status == BOXD_OK)
        account_ended(l);
    life_let_go(l); /* the ticket's; the caller has a hold of its own */
}

/* Has a reference of its own, for as long as it dispatches: until all others' closes have ended. */
static void *dispatch(void *data)
{
    life *l = data;
    struct pollfd readable = {.fd = boxd_aio_compute_fd(l->compute), .events = POLLIN};
    while (atomic_load(&l->references) > 0) {
        poll(&readable, 1, -1);
        if (boxd_aio_compute_dispatch(l->compute, chance(4)) == 0)
            sched_yield();
    }
    ticket *t = ticket_new_close(l, "a dispatcher's close");
    closed_blocking(t, boxd_compute_close(l->compute));
    life_let_go(l);
    return NULL;
}

static void start_dispatchers(life *l)
{
    for (unsigned i = 1 + chance(MAX_DISPATCHERS); i > 0; i--) {
        pthread_t thread;
        expect(boxd_compute_ref(l->compute) != NULL, "a reference");
        life_hold(l);
        expect(pthread_create(&thread, NULL, dispatch, l) == 0, "a thread");
        pthread_detach(thread);
    }
}

/* ---- opening ---- */

static boxd_compute_options any_options(const life *l)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.dispatch = l->mode == MODE_CORE ? BOXD_DISPATCH_CORE_THREAD : BOXD_DISPATCH_MANUAL;
    options.max_calls_in_flight = l->limit;
    options.max_streams_per_connection = one_in(3) ? 1 + (int32_t)chance(3) : 0;
    options.read_retries = one_in(2) ? -1 : 0;
    options.timeout_ms = one_in(3) ? 300 : 0;
    return options;
}

static life *life_open(int seat)
{
    life *l = zeroed(sizeof *l);
    boxd_error error = BOXD_ERROR_INIT;
    l->seat = seat;
    l->mode = wanted_mode == MODE_COUNT ? (life_mode)(seat % MODE_COUNT) : wanted_mode;
    l->patient = seat >= FIRST_PATIENT;
    l->limit = one_in(2) || l->patient ? 1 + (int32_t)chance(6) : 0;
    l->solo = !l->patient && one_in(4);
    l->opened_ms = now_ms();
    const int extras = l->solo ? 0 : 1 + (int)chance(3);
    atomic_init(&l->extras, extras);
    atomic_init(&l->references, extras + 1);
    atomic_init(&l->owners, 1);
    gate_open(&l->gate);
    pthread_mutex_lock(&lock);
    l->number = ++opened;
    pthread_mutex_unlock(&lock);
    account_open(l);
    const boxd_compute_options options = any_options(l);
    l->compute = boxd_compute_open(&options, &error);
    if (!l->compute)
        failed(NULL, error.message);
    for (int i = 0; i < extras; i++)
        expect(boxd_compute_ref(l->compute) != NULL, "a reference");
    l->kept = boxd_box_from_name(l->compute, any_name(), NULL);
    expect(l->kept != NULL, "a handle");
    if (l->mode == MODE_MANUAL)
        start_dispatchers(l);
    if (l->mode == MODE_LIBUV)
        uv_post_job(l, UV_ATTACH);
    return l;
}

/* Puts a client on a seat, unless the end has come. */
static void take_seat(int seat, life *l)
{
    pthread_mutex_lock(&lock);
    seats[seat] = l;
    pthread_mutex_unlock(&lock);
}

void lives_open(life_mode mode)
{
    wanted_mode = mode;
    for (int i = 0; i < SEATS; i++)
        take_seat(i, life_open(i));
}

life *life_any(void)
{
    life *l = NULL;
    pthread_mutex_lock(&lock);
    const unsigned first = chance(SEATS); /* a seat may be empty for a moment */
    for (unsigned i = 0; i < SEATS && !l; i++)
        l = seats[(first + i) % SEATS];
    if (l)
        life_hold(l);
    pthread_mutex_unlock(&lock);
    return l;
}

/* ---- closing ---- */

static void on_closed(boxd_status status, const boxd_error *error, void *data)
{
    life *l = ticket_called(data, status, error);
    if (status != BOXD_OK)
        failed(data, "a close failed");
    account_ended(l);
    atomic_fetch_sub(&l->references, 1);
    life_let_go(l);
}

static void close_blocking(life *l)
{
    life_hold(l);
    ticket *t = ticket_new_close(l, "boxd_compute_close");
    closed_blocking(t, boxd_compute_close(l->compute));
    atomic_fetch_sub(&l->references, 1);
    life_let_go(l);
}

static void close_async(life *l)
{
    life_hold(l); /* the callback may let go of the last */
    ticket *t = ticket_new_close(l, "boxd_aio_compute_close");
    boxd_aio_compute_close(l->compute, on_closed, t);
    ticket_submitted(t);
    life_let_go(l);
}

static void close_untold(life *l)
{
    boxd_aio_compute_close(l->compute, NULL, NULL);
    atomic_fetch_sub(&l->references, 1);
}

/* The last one of a client always learns of the end. */
void life_close_reference(life *l, bool last)
{
    if (l->mode == MODE_LIBUV && !uv_is_here()) {
        uv_post_job(l, last ? UV_CLOSE_LAST : UV_CLOSE);
        return;
    }
    const unsigned how = chance(4);
    if (how < 2 && !(last && boxd_aio_in_callback()))
        close_blocking(l);
    else if (how == 2 && !last)
        close_untold(l);
    else
        close_async(l);
}

void life_leave(life *l)
{
    if (gate_leave(&l->gate))
        life_close_reference(l, true);
}

static bool take_extra(life *l)
{
    int left = atomic_load(&l->extras);
    while (left > 0)
        if (atomic_compare_exchange_weak(&l->extras, &left, left - 1))
            return true;
    return false;
}

/* False: there are too many. */
static bool put_off(life *l)
{
    pthread_mutex_lock(&lock);
    const bool fits = late_count < LATE;
    if (fits) {
        life_hold(l);
        late[late_count++] = l;
    }
    pthread_mutex_unlock(&lock);
    return fits;
}

void life_close_late(void)
{
    life *l = NULL;
    pthread_mutex_lock(&lock);
    if (late_count > 0)
        l = late[--late_count];
    pthread_mutex_unlock(&lock);
    if (!l)
        return;
    life_close_reference(l, false);
    life_let_go(l);
}

/* All calls on it end by themselves. */
static void drain(life *l)
{
    while (atomic_load(&l->account.outstanding) > 0) {
        account_watch();
        poll(NULL, 0, 1);
    }
}

static bool late_is_empty(void)
{
    pthread_mutex_lock(&lock);
    const bool empty = late_count == 0;
    pthread_mutex_unlock(&lock);
    return empty;
}

/* The seat's next one is opened before the closes, or after them; with the end there is none. */
static void replace(life *l)
{
    if (atomic_exchange(&l->retired, true))
        return;
    const int seat = l->seat;
    pthread_mutex_lock(&lock);
    const bool go_on = !ending, before = go_on && one_in(2);
    seats[seat] = NULL; /* its hold is ours now */
    pthread_mutex_unlock(&lock);
    if (before)
        take_seat(seat, life_open(seat));
    if (l->patient)
        drain(l);
    if (take_extra(l))
        life_close_reference(l, false);
    while (take_extra(l))
        if (one_in(2) || !put_off(l))
            life_close_reference(l, false);
    if (gate_shut(&l->gate))
        life_close_reference(l, true);
    life_let_go(l);
    if (go_on && !before)
        take_seat(seat, life_open(seat));
}

void life_replace(life *l)
{
    if (!l->patient)
        replace(l);
}

void life_share(life *l)
{
    if (l->patient)
        return;
    atomic_fetch_add(&l->references, 1);
    expect(boxd_compute_ref(l->compute) != NULL, "a reference");
    life_replace(l);
    if (one_in(2) || !put_off(l))
        life_close_reference(l, false);
}

void life_replace_any(void)
{
    life *l = life_any();
    if (!l)
        return;
    if (!l->patient || now_ms() - l->opened_ms > PATIENT_MS)
        replace(l);
    life_let_go(l);
}

/* One that is being replaced may still sit down. */
void lives_close(void)
{
    pthread_mutex_lock(&lock);
    ending = true;
    pthread_mutex_unlock(&lock);
    for (life *l; (l = life_any());) {
        replace(l);
        life_let_go(l);
    }
}

void lives_wait(void)
{
    do {
        lives_close();
        life_close_late();
        account_watch();
    } while (!account_wait(late_is_empty() ? TURN_MS : 0));
}
