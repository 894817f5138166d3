/*
 * random.c: random numbers derived from the seed, gates, and random options of a call.
 */
#include "stress.h"

#include <stdlib.h>

uint64_t stress_seed;

static _Thread_local uint64_t state;
static atomic_uint_fast64_t others = 1000;

void random_begin(uint64_t number)
{
    state = stress_seed * 0x9E3779B97F4A7C15u + number * 0xBF58476D1CE4E5B9u + 1;
}

/* splitmix64 */
unsigned random_below(unsigned n)
{
    if (!state)
        random_begin(atomic_fetch_add(&others, 1));
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (unsigned)((z ^ (z >> 31)) % n);
}

bool one_in(unsigned n)
{
    return random_below(n) == 0;
}

/* ---- gates ---- */

static const unsigned SHUT = 1u << 31;

void gate_open(gate *g)
{
    atomic_init(&g->state, 1);
}

bool gate_enter(gate *g)
{
    unsigned now = atomic_load(&g->state);
    while (!(now & SHUT))
        if (atomic_compare_exchange_weak(&g->state, &now, now + 1))
            return true;
    return false;
}

bool gate_leave(gate *g)
{
    return atomic_fetch_sub(&g->state, 1) - 1 == SHUT;
}

bool gate_shut(gate *g)
{
    atomic_fetch_or(&g->state, SHUT);
    return gate_leave(g);
}

/* ---- cancel tokens that many calls share ---- */

struct token {
    gate gate;
    boxd_cancel_token *cancel;
};

enum { TOKENS = 12 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static token *tokens[TOKENS];

static token *token_new(void)
{
    token *t = zeroed(sizeof *t);
    gate_open(&t->gate);
    t->cancel = boxd_cancel_token_new();
    expect(t->cancel != NULL, "a token");
    return t;
}

static void token_free(token *t)
{
    boxd_cancel_token_free(t->cancel);
    free(t);
}

void token_leave(token *used)
{
    if (used && gate_leave(&used->gate))
        token_free(used);
}

void tokens_open(void)
{
    for (int i = 0; i < TOKENS; i++)
        tokens[i] = token_new();
}

void tokens_close(void)
{
    for (int i = 0; i < TOKENS; i++)
        if (gate_shut(&tokens[i]->gate))
            token_free(tokens[i]);
}

/* Fires a token on this thread, and puts a new one in its place. */
void token_fire_any(void)
{
    const unsigned i = random_below(TOKENS);
    token *fresh = token_new();
    pthread_mutex_lock(&lock);
    token *old = tokens[i];
    tokens[i] = fresh;
    pthread_mutex_unlock(&lock);
    boxd_cancel_token_cancel(old->cancel);
    if (gate_shut(&old->gate))
        token_free(old);
}

static token *token_any(void)
{
    pthread_mutex_lock(&lock);
    token *t = tokens[random_below(TOKENS)];
    gate_enter(&t->gate);
    pthread_mutex_unlock(&lock);
    return t;
}

boxd_call_options any_call(token **used)
{
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    const unsigned kind = random_below(8);
    call.timeout_ms = kind < 3    ? 0
                      : kind == 3 ? BOXD_NO_TIMEOUT
                                  : 1 + (int64_t)random_below(kind < 6 ? 20 : 200);
    *used = one_in(3) ? token_any() : NULL;
    call.cancel = *used ? (*used)->cancel : NULL;
    return call;
}
