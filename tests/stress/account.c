/*
 * account.c: every submission has a ticket, which its callback marks. The program ends with a message when a
 * callback runs twice, after a close has reported the end, or never.
 */
#include "stress.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ticket {
    /* Members of the client: open tickets, completed tickets. */
    ticket *next, **link;
    client *client;
    const char *operation;
    uint64_t number;
    int64_t since_ms;
    pthread_t submitter;
    /* The function that submits has not returned. */
    atomic_bool inside;
    atomic_uint calls;
    atomic_bool released;
    bool has_release;
    bool is_close;
};

enum { PATIENCE_MS = 180000, STATUSES = 64, OPERATIONS = 64 };

typedef struct tally {
    const char *operation;
    uint64_t calls, successes;
} tally;

static atomic_uint_fast64_t numbers, called_back[STATUSES], returned[STATUSES];
static pthread_mutex_t clients_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t clients_changed = PTHREAD_COND_INITIALIZER;
static client *clients; /* a list through account.next */

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print_ticket(const ticket *t)
{
    const client *c = t->client;
    (void)fprintf(
        stderr, "  #%llu %s, client %llu (%s, limit %d, slot %d%s), %lld ms old, called %u times%s%s\n",
        (unsigned long long)t->number, t->operation, (unsigned long long)c->number, MODE_NAMES[c->mode],
        c->limit, c->slot, atomic_load(&c->retired) ? ", closing" : "", (long long)(now_ms() - t->since_ms),
        atomic_load(&t->calls), atomic_load(&t->inside) ? ", inside the submission" : "",
        atomic_load(&c->account.ended) ? ", the client has ended" : "");
}

void failed(const ticket *t, const char *what)
{
    (void)fprintf(stderr, "boxd-stress: %s (seed %llu)\n", what, (unsigned long long)stress_seed);
    if (t)
        print_ticket(t);
    abort();
}

void expect(bool holds, const char *what)
{
    if (!holds)
        failed(NULL, what);
}

void *zeroed(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        failed(NULL, "no memory");
    return memory;
}

/* ---- counts ---- */

static pthread_mutex_t tallies_lock = PTHREAD_MUTEX_INITIALIZER;
static tally tallies[OPERATIONS];

static void count(const char *operation, boxd_status status)
{
    tally *found = tallies;
    atomic_fetch_add(boxd_aio_in_callback() ? &called_back[status] : &returned[status], 1);
    pthread_mutex_lock(&tallies_lock);
    while (found->operation && strcmp(found->operation, operation) != 0)
        found++;
    expect(found < tallies + OPERATIONS - 1, "a place to count it");
    found->operation = operation;
    found->calls++;
    found->successes += status == BOXD_OK;
    pthread_mutex_unlock(&tallies_lock);
}

/* ---- tickets ---- */

static void link_first(ticket **list, ticket *t)
{
    t->next = *list;
    t->link = list;
    if (t->next)
        t->next->link = &t->next;
    *list = t;
}

static void unlink_ticket(ticket *t)
{
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
}

static ticket *make(client *c, const char *operation, bool is_close)
{
    ticket *t = zeroed(sizeof *t);
    client_hold(c);
    t->client = c;
    t->operation = operation;
    t->number = atomic_fetch_add(&numbers, 1);
    t->since_ms = now_ms();
    t->submitter = pthread_self();
    t->is_close = is_close;
    atomic_init(&t->inside, true);
    atomic_fetch_add(&c->account.outstanding, 1);
    pthread_mutex_lock(&c->account.lock);
    link_first(&c->account.open, t);
    pthread_mutex_unlock(&c->account.lock);
    return t;
}

ticket *ticket_new(client *c, const char *operation)
{
    return make(c, operation, false);
}

ticket *ticket_new_close(client *c, const char *operation)
{
    return make(c, operation, true);
}

void ticket_submitted(ticket *t)
{
    atomic_store(&t->inside, false);
}

void ticket_expect_release(ticket *t)
{
    t->has_release = true;
}

void ticket_release(void *data)
{
    ticket *t = data;
    if (atomic_exchange(&t->released, true))
        failed(t, "memory was released twice");
}

void ticket_progress(uint64_t done, uint64_t total, void *data)
{
    const ticket *t = data;
    (void)done;
    (void)total;
    if (atomic_load(&t->calls) > 0)
        failed(t, "progress was reported after the callback");
}

/* The callback of a submission to an ended client runs inside the submission. */
static bool is_inline(const ticket *t)
{
    return atomic_load(&t->inside) && pthread_equal(t->submitter, pthread_self());
}

static void check_error(const ticket *t, boxd_status status, const boxd_error *error)
{
    if (status != (error ? error->status : BOXD_OK))
        failed(t, "the status and the error differ");
    if (error && !*error->message && !t->is_close)
        failed(t, "an error has no message");
    if (status == BOXD_ERR_BUSY &&
        (t->client->limit == 0 || !error->retryable || error->sent != BOXD_SENT_NO))
        failed(t, "a call without a slot has another error");
}

client *ticket_called(ticket *t, boxd_status status, const boxd_error *error)
{
    account *a = &t->client->account;
    if (one_in(30))
        poll(NULL, 0, 1); /* a slow callback: the next one has to wait for it */
    if (atomic_fetch_add(&t->calls, 1) != 0)
        failed(t, "a callback ran twice");
    if (!t->is_close && !is_inline(t) && atomic_load(&a->ended))
        failed(t, "a callback ran after the client's close had ended");
    check_error(t, status, error);
    if (t->has_release && !atomic_load(&t->released))
        failed(t, "a callback ran before its memory was released");
    count(t->operation, status);
    atomic_fetch_sub(&a->outstanding, 1);
    pthread_mutex_lock(&a->lock);
    unlink_ticket(t);
    link_first(&a->done, t);
    pthread_mutex_unlock(&a->lock);
    return t->client;
}

void account_ended(client *c)
{
    pthread_mutex_lock(&c->account.lock);
    for (const ticket *t = c->account.open; t; t = t->next) {
        const bool was_inside = atomic_load(&t->inside);
        if (!t->is_close && !was_inside && atomic_load(&t->calls) == 0)
            failed(t, "a close ended before a callback had run");
    }
    atomic_store(&c->account.ended, true);
    pthread_mutex_unlock(&c->account.lock);
}

/* ---- all clients ---- */

void account_open(client *c)
{
    pthread_mutex_init(&c->account.lock, NULL);
    pthread_mutex_lock(&clients_lock);
    c->account.next = clients;
    clients = c;
    pthread_mutex_unlock(&clients_lock);
}

static void account_free(client *c)
{
    if (c->account.open)
        failed(c->account.open, "a callback never ran");
    while (c->account.done) {
        ticket *next = c->account.done->next;
        free(c->account.done);
        c->account.done = next;
    }
    pthread_mutex_destroy(&c->account.lock);
}

void client_hold(client *c)
{
    atomic_fetch_add(&c->owners, 1);
}

void client_release(client *c)
{
    if (atomic_fetch_sub(&c->owners, 1) != 1)
        return;
    boxd_box_free(c->kept);
    pthread_mutex_lock(&clients_lock);
    client **place = &clients;
    while (*place != c)
        place = &(*place)->account.next;
    *place = c->account.next;
    pthread_cond_broadcast(&clients_changed);
    pthread_mutex_unlock(&clients_lock);
    account_free(c);
    free(c);
}

bool account_wait(int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&clients_lock);
    if (clients && ms > 0)
        pthread_cond_timedwait(&clients_changed, &clients_lock, &until);
    const bool none = !clients;
    pthread_mutex_unlock(&clients_lock);
    return none;
}

static int print_old(client *c, int64_t older_than)
{
    int count = 0;
    pthread_mutex_lock(&c->account.lock);
    for (const ticket *t = c->account.open; t; t = t->next)
        if (t->since_ms < older_than) {
            count++;
            print_ticket(t);
        }
    pthread_mutex_unlock(&c->account.lock);
    return count;
}

void account_watch(void)
{
    const int64_t older_than = now_ms() - PATIENCE_MS;
    int count = 0;
    pthread_mutex_lock(&clients_lock);
    for (client *c = clients; c; c = c->account.next)
        count += print_old(c, older_than);
    if (count > 0) {
        (void)fprintf(stderr, "boxd-stress: the calls above never ended; all open calls:\n");
        for (client *c = clients; c; c = c->account.next)
            print_old(c, INT64_MAX);
        failed(NULL, "calls never end");
    }
    pthread_mutex_unlock(&clients_lock);
}

boxd_status account_missing(void)
{
    static const boxd_status wanted[] = {BOXD_ERR_CANCELLED,     BOXD_ERR_TIMEOUT,    BOXD_ERR_CLOSED,
                                         BOXD_ERR_BUSY,          BOXD_ERR_CONNECTION, BOXD_ERR_INTERNAL,
                                         BOXD_ERR_WOULD_DEADLOCK};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (atomic_load(&called_back[wanted[i]]) + atomic_load(&returned[wanted[i]]) == 0)
            return wanted[i];
    return BOXD_OK;
}

bool account_print(bool check)
{
    const boxd_status missing = account_missing();
    uint64_t sum[2] = {0, 0};
    printf("%-40s %12s %12s\n", "", "calls", "successes");
    for (const tally *t = tallies; t->operation; t++)
        printf("%-40s %12llu %12llu\n", t->operation, (unsigned long long)t->calls,
               (unsigned long long)t->successes);
    printf("\n%-40s %12s %12s\n", "", "callbacks", "blocking");
    for (int i = 0; i < STATUSES; i++) {
        const uint64_t by_callback = atomic_load(&called_back[i]), by_return = atomic_load(&returned[i]);
        sum[0] += by_callback;
        sum[1] += by_return;
        if (by_callback + by_return > 0)
            printf("%-40s %12llu %12llu\n", i == 0 ? "success" : boxd_status_name((boxd_status)i),
                   (unsigned long long)by_callback, (unsigned long long)by_return);
    }
    printf("%-40s %12llu %12llu\n", "all, each once", (unsigned long long)sum[0], (unsigned long long)sum[1]);
    if (check && missing != BOXD_OK)
        (void)fprintf(stderr, "boxd-stress: no call ended in \"%s\": the run was no stress test\n",
                      boxd_status_name(missing));
    return !check || (missing == BOXD_OK && atomic_load(&called_back[BOXD_OK]) > 0);
}
