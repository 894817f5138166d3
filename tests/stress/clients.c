/*
 * clients.c: opens, shares, dispatches and closes clients, in every way that the library has.
 */
#include "stress.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const MODE_NAMES[MODE_COUNT] = {"core thread", "manual", "libuv"};

enum { MAX_DEFERRED = 64, DRAIN_AFTER_MS = 15000, TURN_MS = 200 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static client *slots[CLIENT_SLOTS];
/* References whose close was deferred; any thread closes them. */
static client *deferred[MAX_DEFERRED];
static size_t deferred_count;
static uint64_t opened;
static bool ending;
static client_mode wanted_mode;

/* ---- manual dispatch ---- */

static void closed_blocking(ticket *t, boxd_status status)
{
    boxd_error error = BOXD_ERROR_INIT;
    error.status = status;
    client *c = ticket_called(t, status, status == BOXD_OK ? NULL : &error);
    if ((status == BOXD_ERR_WOULD_DEADLOCK) != boxd_aio_in_callback() ||
        (status != BOXD_OK && status != BOXD_ERR_WOULD_DEADLOCK))
        failed(t, "a blocking close says something else than it should");
    if (status == BOXD_OK)
        account_ended(c);
    client_release(c); /* the hold of the ticket; the caller has its own */
}

/* A dispatcher's thread. It has its own reference, and dispatches until the closes of all others have ended.
 */
static void *dispatch(void *data)
{
    client *c = data;
    struct pollfd readable = {.fd = boxd_aio_compute_fd(c->compute), .events = POLLIN};
    while (atomic_load(&c->references) > 0) {
        poll(&readable, 1, -1);
        if (boxd_aio_compute_dispatch(c->compute, random_below(4)) == 0)
            sched_yield();
    }
    ticket *t = ticket_new_close(c, "a dispatcher's close");
    closed_blocking(t, boxd_compute_close(c->compute));
    client_release(c);
    return NULL;
}

static void start_dispatchers(client *c)
{
    for (unsigned i = 1 + random_below(MAX_DISPATCHERS); i > 0; i--) {
        pthread_t thread;
        expect(boxd_compute_ref(c->compute) != NULL, "a reference");
        client_hold(c);
        expect(pthread_create(&thread, NULL, dispatch, c) == 0, "a thread");
        pthread_detach(thread);
    }
}

/* ---- opening ---- */

static void on_log(boxd_log_level level, const char *line, void *user_data)
{
    (void)user_data;
    if (level == BOXD_LOG_WARNING && strstr(line, "gRPC may keep its descriptor"))
        leaks_allow_descriptor();
}

static boxd_compute_options any_options(const client *c)
{
    static const boxd_hooks hooks = {.size = sizeof hooks, .log = on_log};
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.hooks = &hooks;
    options.dispatch = c->mode == MODE_CORE ? BOXD_DISPATCH_CORE_THREAD : BOXD_DISPATCH_MANUAL;
    options.max_calls_in_flight = c->limit;
    options.max_streams_per_connection = one_in(3) ? 1 + (int32_t)random_below(3) : 0;
    options.read_retries = one_in(2) ? -1 : 0;
    options.timeout_ms = one_in(3) ? 300 : 0;
    return options;
}

static client *client_open(int slot)
{
    client *c = zeroed(sizeof *c);
    boxd_error error = BOXD_ERROR_INIT;
    c->slot = slot;
    c->mode = wanted_mode == MODE_COUNT ? (client_mode)(slot % MODE_COUNT) : wanted_mode;
    c->drained = slot >= FIRST_DRAINED;
    c->limit = one_in(2) || c->drained ? 1 + (int32_t)random_below(6) : 0;
    c->single_reference = !c->drained && one_in(4);
    c->opened_ms = now_ms();
    const int extras = c->single_reference ? 0 : 1 + (int)random_below(3);
    atomic_init(&c->extras, extras);
    atomic_init(&c->references, extras + 1);
    atomic_init(&c->owners, 1);
    gate_open(&c->gate);
    pthread_mutex_lock(&lock);
    c->number = ++opened;
    pthread_mutex_unlock(&lock);
    account_open(c);
    const boxd_compute_options options = any_options(c);
    c->compute = boxd_compute_open(&options, &error);
    if (!c->compute)
        failed(NULL, error.message);
    for (int i = 0; i < extras; i++)
        expect(boxd_compute_ref(c->compute) != NULL, "a reference");
    c->kept = boxd_box_from_name(c->compute, any_name(), NULL);
    expect(c->kept != NULL, "a handle");
    if (c->mode == MODE_MANUAL)
        start_dispatchers(c);
    if (c->mode == MODE_LIBUV)
        uv_post_job(c, UV_ATTACH);
    return c;
}

static void put_in_slot(int slot, client *c)
{
    pthread_mutex_lock(&lock);
    slots[slot] = c;
    pthread_mutex_unlock(&lock);
}

void clients_open(client_mode mode)
{
    wanted_mode = mode;
    for (int i = 0; i < CLIENT_SLOTS; i++)
        put_in_slot(i, client_open(i));
}

client *client_any(void)
{
    client *c = NULL;
    pthread_mutex_lock(&lock);
    const unsigned first = random_below(CLIENT_SLOTS); /* a slot is empty while its client is replaced */
    for (unsigned i = 0; i < CLIENT_SLOTS && !c; i++)
        c = slots[(first + i) % CLIENT_SLOTS];
    if (c)
        client_hold(c);
    pthread_mutex_unlock(&lock);
    return c;
}

/* ---- closing ---- */

static void on_closed(boxd_status status, const boxd_error *error, void *data)
{
    client *c = ticket_called(data, status, error);
    if (status != BOXD_OK)
        failed(data, "a close failed");
    account_ended(c);
    atomic_fetch_sub(&c->references, 1);
    client_release(c);
}

static void close_blocking(client *c)
{
    client_hold(c);
    ticket *t = ticket_new_close(c, "boxd_compute_close");
    closed_blocking(t, boxd_compute_close(c->compute));
    atomic_fetch_sub(&c->references, 1);
    client_release(c);
}

static void close_async(client *c)
{
    client_hold(c); /* the callback may release the last hold but this one */
    ticket *t = ticket_new_close(c, "boxd_aio_compute_close");
    boxd_aio_compute_close(c->compute, on_closed, t);
    ticket_submitted(t);
    client_release(c);
}

static void close_without_callback(client *c)
{
    boxd_aio_compute_close(c->compute, NULL, NULL);
    atomic_fetch_sub(&c->references, 1);
}

/* The close of the last reference always has a callback or blocks, because the account needs to know the
 * end. */
void client_close_reference(client *c, bool last)
{
    if (c->mode == MODE_LIBUV && !uv_is_here()) {
        uv_post_job(c, last ? UV_CLOSE_LAST : UV_CLOSE);
        return;
    }
    const unsigned how = random_below(4);
    if (how < 2 && !(last && boxd_aio_in_callback()))
        close_blocking(c);
    else if (how == 2 && !last)
        close_without_callback(c);
    else
        close_async(c);
}

void client_leave(client *c)
{
    if (gate_leave(&c->gate))
        client_close_reference(c, true);
}

static bool take_extra(client *c)
{
    int left = atomic_load(&c->extras);
    while (left > 0)
        if (atomic_compare_exchange_weak(&c->extras, &left, left - 1))
            return true;
    return false;
}

/* Returns false when too many are deferred. */
static bool defer_close(client *c)
{
    pthread_mutex_lock(&lock);
    const bool fits = deferred_count < MAX_DEFERRED;
    if (fits) {
        client_hold(c);
        deferred[deferred_count++] = c;
    }
    pthread_mutex_unlock(&lock);
    return fits;
}

void client_close_deferred(void)
{
    client *c = NULL;
    pthread_mutex_lock(&lock);
    if (deferred_count > 0)
        c = deferred[--deferred_count];
    pthread_mutex_unlock(&lock);
    if (!c)
        return;
    client_close_reference(c, false);
    client_release(c);
}

/* Waits until all calls have ended by themselves. */
static void drain(client *c)
{
    while (atomic_load(&c->account.outstanding) > 0) {
        account_watch();
        poll(NULL, 0, 1);
    }
}

static bool deferred_is_empty(void)
{
    pthread_mutex_lock(&lock);
    const bool empty = deferred_count == 0;
    pthread_mutex_unlock(&lock);
    return empty;
}

/* Opens the slot's next client before the closes, or after them, unless clients_close() was called. */
static void replace(client *c)
{
    if (atomic_exchange(&c->retired, true))
        return;
    const int slot = c->slot;
    pthread_mutex_lock(&lock);
    const bool go_on = !ending, before = go_on && one_in(2);
    slots[slot] = NULL; /* the hold of the slot becomes ours */
    pthread_mutex_unlock(&lock);
    if (before)
        put_in_slot(slot, client_open(slot));
    if (c->drained)
        drain(c);
    if (take_extra(c))
        client_close_reference(c, false);
    while (take_extra(c))
        if (one_in(2) || !defer_close(c))
            client_close_reference(c, false);
    if (gate_shut(&c->gate))
        client_close_reference(c, true);
    client_release(c);
    if (go_on && !before)
        put_in_slot(slot, client_open(slot));
}

void client_replace(client *c)
{
    if (!c->drained)
        replace(c);
}

void client_share(client *c)
{
    if (c->drained)
        return;
    atomic_fetch_add(&c->references, 1);
    expect(boxd_compute_ref(c->compute) != NULL, "a reference");
    client_replace(c);
    if (one_in(2) || !defer_close(c))
        client_close_reference(c, false);
}

void client_replace_any(void)
{
    client *c = client_any();
    if (!c)
        return;
    if (!c->drained || now_ms() - c->opened_ms > DRAIN_AFTER_MS)
        replace(c);
    client_release(c);
}

/* A client that is being replaced may still enter its slot: the caller repeats this. */
void clients_close(void)
{
    pthread_mutex_lock(&lock);
    ending = true;
    pthread_mutex_unlock(&lock);
    for (client *c; (c = client_any());) {
        replace(c);
        client_release(c);
    }
}

void clients_wait(void)
{
    do {
        clients_close();
        client_close_deferred();
        account_watch();
    } while (!account_wait(deferred_is_empty() ? TURN_MS : 0));
}
