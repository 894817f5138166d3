/*
 * stress.h: a program that drives clients as hard and as badly as a program may: many threads, cancels,
 * deadlines and closes at random, and an account of every call (account.c).
 *
 * A client is a `life`: it is opened on a seat (lives.c), worked on by all threads, closed at random through
 * each of its references, and replaced at once. Handles that were made of it are used and freed whenever.
 */
#ifndef STRESS_H
#define STRESS_H

#include <boxd/aio.h>
#include <boxd/boxd.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* ---- chance.c: numbers, of the seed ---- */

extern uint64_t stress_seed;

/* Lets this thread's numbers begin at its `number`; a thread of the library's begins by itself. */
void chance_begin(uint64_t number);

/* A number below `n`. */
unsigned chance(unsigned n);
bool one_in(unsigned n);

/* ---- gates ---- */

/* Who may still use a thing that is going to be given up: users enter and leave; once it is shut nobody
 * enters, and the last to leave (or to shut it) gives the thing up. */
typedef struct gate {
    atomic_uint state;
} gate;

void gate_open(gate *g);
bool gate_enter(gate *g);
bool gate_leave(gate *g); /* true: the caller is the last */
bool gate_shut(gate *g);  /* once; true: nobody is inside */

/* ---- chance.c: what a call is given at random ---- */

typedef struct token token;

void tokens_open(void);
void tokens_close(void);
void token_fire_any(void);

/* A timeout or none, a token or none, which is let go of with token_leave() once the call has been made. */
boxd_call_options any_call(token **used);
void token_leave(token *used);

/* ---- account.c: each submission is a ticket ---- */

typedef struct life life;
typedef struct ticket ticket;

/* A submission that is about to be made. Its callback gets the ticket as user data. */
ticket *ticket_new(life *l, const char *operation);

/* One that closes its client. */
ticket *ticket_new_close(life *l, const char *operation);

/* It has been made. Only if ticket_called() is called by somebody else. */
void ticket_submitted(ticket *t);

/* Its callback runs, or the blocking call has returned. Checks all that is known of it; ends the program
 * where it is wrong. The life is held until after_callback() or life_let_go(). */
life *ticket_called(ticket *t, boxd_status status, const boxd_error *error);

/* What a callback must come after: the release of memory that was not copied. */
void ticket_expect_release(ticket *t);
void ticket_release(void *data); /* a boxd_release_cb */
void ticket_progress(uint64_t done, uint64_t total, void *data);

/* A close has told that all callbacks have run. */
void account_ended(life *l);

typedef struct account {
    pthread_mutex_t lock;
    ticket *open, *done;
    atomic_int outstanding;
    atomic_bool ended; /* a close has told so */
    life *next;
} account;

void account_open(life *l);

/* A client's memory: all that use it hold it. */
void life_hold(life *l);
void life_let_go(life *l);

/* Waits for so long, or until one is gone; whether none is left. */
bool account_wait(int ms);

/* Prints what is outstanding and aborts when something has been for a minute. */
void account_watch(void);

/* Prints how often each status came; whether the mix is what a stress test claims. */
bool account_print(bool check);

_Noreturn void failed(const ticket *t, const char *what);
void expect(bool holds, const char *what);
void *zeroed(size_t size);

int64_t now_ms(void);

/* ---- lives.c ---- */

enum { SEATS = 9, FIRST_PATIENT = 6, BOXES = 3, MAX_DISPATCHERS = 2 };

typedef enum { MODE_CORE, MODE_MANUAL, MODE_LIBUV, MODE_COUNT } life_mode;

struct life {
    account account;
    uint64_t number;
    int seat;
    life_mode mode;
    int32_t limit; /* of calls in flight; 0: none */
    boxd_compute *compute;
    boxd_box *kept;        /* a handle that outlives the client */
    gate gate;             /* `compute` is there inside; whoever is the last gives back the last reference */
    atomic_int extras;     /* references beside the last one, not given back */
    atomic_int references; /* all of them whose close has not come to its end */
    atomic_int owners;     /* of this memory */
    atomic_bool retired;
    bool patient; /* it is closed when all calls have ended by themselves: each has to */
    int64_t opened_ms;
    bool solo; /* it has one reference alone: calls on `compute` have to end by themselves */
};

extern const char *const MODE_NAMES[MODE_COUNT];

/* Opens the seats; `mode` MODE_COUNT: of each. */
void lives_open(life_mode mode);

/* A client to work on, held until it is let go of. NULL: the end has come. */
life *life_any(void);

/* Leaves its gate, and closes the client if nobody else will. */
void life_leave(life *l);

/* Takes a client from its seat, which gets another at once, and closes it; unless it is a patient one. */
void life_replace(life *l);

/* As that, with one reference more, which is taken and given back meanwhile. Inside its gate. */
void life_share(life *l);

/* As life_replace(), with whichever client, and patient ones that are old. Waits for the calls of these. */
void life_replace_any(void);

/* A reference whose close was put off, if there is one. */
void life_close_late(void);

/* Closes all of them: life_any() has none from now on. */
void lives_close(void);

/* Waits until nothing is left of any, also of those that were closed before. */
void lives_wait(void);

/* For uv.c: gives one reference back, on its loop's thread. */
void life_close_reference(life *l, bool last);

/* ---- uv.c: a thread with a libuv loop ---- */

typedef enum { UV_ATTACH, UV_REATTACH, UV_CLOSE, UV_CLOSE_LAST } uv_job;

void uv_open(void);
void uv_close_loop(void);
bool uv_is_here(void);

/* Has it done on the loop's thread. With the life held, or inside its gate for UV_REATTACH. */
void uv_post_job(life *l, uv_job what);

/* ---- work ---- */

/* One operation at random on `l`, async or (outside of callbacks) blocking. */
void work_once(life *l);

/* The same, async in any case. */
void work_async(life *l);

/* At the end of each callback: goes on at random. Lets go of `l`. */
void after_callback(life *l);

/* What the calls of calls.c, files.c and streams.c are made with. */
typedef struct shot {
    life *life;
    boxd_compute *compute; /* NULL: the client may be gone */
    boxd_box *box;
    boxd_call_options call;
    bool blocking;
    token *token;
    boxd_error error;
} shot;

typedef struct work {
    const char *name;
    unsigned weight;
    bool compute; /* needs it */
    void (*run)(shot *s, const char *name);
} work;

extern const work CALLS[], FILES[], STREAMS[]; /* each ends with a name of NULL */

/* Ends a blocking call. */
void shot_returned(ticket *t, const shot *s);

/* For operations that have no result but their status. */
void on_done(boxd_status status, const boxd_error *error, void *data);

/* The status that a result without one stands for. */
boxd_status status_of(const boxd_error *error);

/* The name of a box that exists, or of one that does not. */
const char *any_name(void);

/* ---- streams.c ---- */

void streams_open(void);
void streams_close(void);

/* ---- leftovers.c ---- */

/* First: what there is before the first client. Then: waits until there is no more again. */
void leftovers_check(void);

/* ---- world.c: the service, and what goes wrong there ---- */

void world_open(void);
void world_close(void);

/* Makes something go wrong. */
void world_disturb(void);

extern char world_folder[64];   /* for local files */
extern char world_files[2][80]; /* some of them */

#endif
