/*
 * account.c: every submission has a ticket, which its callback marks. Called twice, called after a close has
 * told that no callback will be, or never: the program ends and says which one it was.
 */
#include "stress.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ticket {
    ticket *next, **link; /* of its life: open ones, done ones */
    life *life;
    const char *operation;
    uint64_t number;
    int64_t since_ms;
    pthread_t submitter;
    atomic_bool inside; /* its submission has not returned */
    atomic_uint calls;
    atomic_bool released;
    bool has_release;
    bool is_close;
};

enum { PATIENCE_MS = 60000, STATUSES = 64, OPERATIONS = 64 };

typedef struct tally {
    const char *operation;
    uint64_t calls, successes;
} tally;

static atomic_uint_fast64_t numbers, called_back[STATUSES], returned[STATUSES];
static pthread_mutex_t lives_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t lives_changed = PTHREAD_COND_INITIALIZER;
static life *lives; /* through account.next */

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print_ticket(const ticket *t)
{
    const life *l = t->life;
    (void)fprintf(
        stderr, "  #%llu %s, client %llu (%s, limit %d, seat %d%s), %lld ms old, called %u times%s%s\n",
        (unsigned long long)t->number, t->operation, (unsigned long long)l->number, MODE_NAMES[l->mode],
        l->limit, l->seat, atomic_load(&l->retired) ? ", closing" : "", (long long)(now_ms() - t->since_ms),
        atomic_load(&t->calls), atomic_load(&t->inside) ? ", inside the submission" : "",
        atomic_load(&l->account.ended) ? ", the client has ended" : "");
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

/* ---- what is counted ---- */

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

static ticket *make(life *l, const char *operation, bool is_close)
{
    ticket *t = zeroed(sizeof *t);
    life_hold(l);
    t->life = l;
    t->operation = operation;
    t->number = atomic_fetch_add(&numbers, 1);
    t->since_ms = now_ms();
    t->submitter = pthread_self();
    t->is_close = is_close;
    atomic_init(&t->inside, true);
    atomic_fetch_add(&l->account.outstanding, 1);
    pthread_mutex_lock(&l->account.lock);
    link_first(&l->account.open, t);
    pthread_mutex_unlock(&l->account.lock);
    return t;
}

ticket *ticket_new(life *l, const char *operation)
{
    return make(l, operation, false);
}

ticket *ticket_new_close(life *l, const char *operation)
{
    return make(l, operation, true);
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
        failed(t, "progress was told after the callback");
}

/* A submission to a client that has ended is called back at once, inside it. */
static bool is_inline(const ticket *t)
{
    return atomic_load(&t->inside) && pthread_equal(t->submitter, pthread_self());
}

life *ticket_called(ticket *t, boxd_status status, const boxd_error *error)
{
    account *a = &t->life->account;
    if (one_in(30))
        poll(NULL, 0, 1); /* a callback that takes its time: whoever is to come after it has to wait */
    if (atomic_fetch_add(&t->calls, 1) != 0)
        failed(t, "a callback ran twice");
    if (!t->is_close && !is_inline(t) && atomic_load(&a->ended))
        failed(t, "a callback ran after the client's close had ended");
    if (status != (error ? error->status : BOXD_OK))
        failed(t, "the status and the error differ");
    if (error && !*error->message && !t->is_close)
        failed(t, "an error says nothing");
    if (status == BOXD_ERR_BUSY && (t->life->limit == 0 || !error->retryable || error->sent != BOXD_SENT_NO))
        failed(t, "a call without room says something else");
    if (t->has_release && !atomic_load(&t->released))
        failed(t, "a callback ran before its memory was released");
    count(t->operation, status);
    atomic_fetch_sub(&a->outstanding, 1);
    pthread_mutex_lock(&a->lock);
    unlink_ticket(t);
    link_first(&a->done, t);
    pthread_mutex_unlock(&a->lock);
    return t->life;
}

void account_ended(life *l)
{
    pthread_mutex_lock(&l->account.lock);
    for (const ticket *t = l->account.open; t; t = t->next) {
        const bool was_inside = atomic_load(&t->inside);
        if (!t->is_close && !was_inside && atomic_load(&t->calls) == 0)
            failed(t, "a close ended before a callback had run");
    }
    atomic_store(&l->account.ended, true);
    pthread_mutex_unlock(&l->account.lock);
}

/* ---- all of them ---- */

void account_open(life *l)
{
    pthread_mutex_init(&l->account.lock, NULL);
    pthread_mutex_lock(&lives_lock);
    l->account.next = lives;
    lives = l;
    pthread_mutex_unlock(&lives_lock);
}

static void account_free(life *l)
{
    if (l->account.open)
        failed(l->account.open, "a callback never ran");
    while (l->account.done) {
        ticket *next = l->account.done->next;
        free(l->account.done);
        l->account.done = next;
    }
    pthread_mutex_destroy(&l->account.lock);
}

void life_hold(life *l)
{
    atomic_fetch_add(&l->owners, 1);
}

void life_let_go(life *l)
{
    if (atomic_fetch_sub(&l->owners, 1) != 1)
        return;
    boxd_box_free(l->kept);
    pthread_mutex_lock(&lives_lock);
    life **place = &lives;
    while (*place != l)
        place = &(*place)->account.next;
    *place = l->account.next;
    pthread_cond_broadcast(&lives_changed);
    pthread_mutex_unlock(&lives_lock);
    account_free(l);
    free(l);
}

bool account_wait(int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lives_lock);
    if (lives && ms > 0)
        pthread_cond_timedwait(&lives_changed, &lives_lock, &until);
    const bool none = !lives;
    pthread_mutex_unlock(&lives_lock);
    return none;
}

static int print_old(life *l, int64_t older_than)
{
    int count = 0;
    pthread_mutex_lock(&l->account.lock);
    for (const ticket *t = l->account.open; t; t = t->next)
        if (t->since_ms < older_than) {
            count++;
            print_ticket(t);
        }
    pthread_mutex_unlock(&l->account.lock);
    return count;
}

void account_watch(void)
{
    const int64_t older_than = now_ms() - PATIENCE_MS;
    int count = 0;
    pthread_mutex_lock(&lives_lock);
    for (life *l = lives; l; l = l->account.next)
        count += print_old(l, older_than);
    if (count > 0) {
        (void)fprintf(stderr, "boxd-stress: these wait for a minute; all that is open:\n");
        for (life *l = lives; l; l = l->account.next)
            print_old(l, INT64_MAX);
        failed(NULL, "calls never end");
    }
    pthread_mutex_unlock(&lives_lock);
}

static bool check_mix(void)
{
    static const boxd_status wanted[] = {BOXD_OK,           BOXD_ERR_CANCELLED,     BOXD_ERR_TIMEOUT,
                                         BOXD_ERR_CLOSED,   BOXD_ERR_BUSY,          BOXD_ERR_CONNECTION,
                                         BOXD_ERR_INTERNAL, BOXD_ERR_WOULD_DEADLOCK};
    bool all = true;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (atomic_load(&called_back[wanted[i]]) + atomic_load(&returned[wanted[i]]) > 0)
            continue;
        (void)fprintf(stderr, "boxd-stress: no call ended in \"%s\": this was no stress\n",
                      boxd_status_name(wanted[i]));
        all = false;
    }
    return all;
}

bool account_print(bool check)
{
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
    return !check || check_mix();
}
