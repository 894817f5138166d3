/*
 * stress.h: a program that drives clients as hard as a program can: many threads; cancels, deadlines and
 * closes at random; and a ticket for every call (account.c).
 *
 * Each `client` is in a slot (clients.c). All threads use it. It is closed at random through each of its
 * references, and another client takes its slot. Handles of a client are also used and freed after its
 * close.
 */
#ifndef STRESS_H
#define STRESS_H

#include <boxd/aio.h>
#include <boxd/boxd.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* ---- random.c: random numbers, derived from the seed ---- */

extern uint64_t stress_seed;

/* Seeds this thread's numbers with `number`. A thread of the library seeds its own at its first number. */
void random_begin(uint64_t number);

/* A number below `n`. */
unsigned random_below(unsigned n);
bool one_in(unsigned n);

/* ---- gates ---- */

/* Guards an object that will be released: users enter and leave. A shut gate refuses to be entered. The last
 * user who leaves it (or the one who shuts it, without users inside) releases the object. */
typedef struct gate {
    atomic_uint state;
} gate;

void gate_open(gate *g);
bool gate_enter(gate *g);

/* Returns true when the caller is the last user of a shut gate. */
bool gate_leave(gate *g);

/* Call once. Returns true when no user is inside. */
bool gate_shut(gate *g);

/* ---- random.c: random options of a call ---- */

typedef struct token token;

void tokens_open(void);
void tokens_close(void);
void token_fire_any(void);

/* With or without a timeout, with or without a token. Call token_leave() once the call was submitted. */
boxd_call_options any_call(token **used);
void token_leave(token *used);

/* ---- account.c: each submission is a ticket ---- */

typedef struct client client;
typedef struct ticket ticket;

/* Call before the submission. The callback gets the ticket as its user data. */
ticket *ticket_new(client *c, const char *operation);

/* The same for a call that closes the client. */
ticket *ticket_new_close(client *c, const char *operation);

/* Call after the submission, unless the caller itself calls ticket_called(). */
void ticket_submitted(ticket *t);

/* Call in the callback, or after the blocking call. Checks the ticket, and ends the program when a check
 * fails. The client is held until after_callback() or client_release(). */
client *ticket_called(ticket *t, boxd_status status, const boxd_error *error);

/* The callback must come after the release of memory that was not copied. */
void ticket_expect_release(ticket *t);
void ticket_release(void *data); /* a boxd_release_cb */
void ticket_progress(uint64_t done, uint64_t total, void *data);

/* A close reported that all callbacks have run. */
void account_ended(client *c);

typedef struct account {
    pthread_mutex_t lock;
    ticket *open, *done;
    atomic_int outstanding;
    /* A close reported the end. */
    atomic_bool ended;
    client *next;
} account;

void account_open(client *c);

/* References to the client's memory, which each of its users holds. */
void client_hold(client *c);
void client_release(client *c);

/* Waits for `ms`, or until a client has ended. Returns whether no client is left. */
bool account_wait(int ms);

/* Prints the outstanding calls and aborts when one is outstanding for some minutes. */
void account_watch(void);

/* A status that a stress test has to see and that no call has ended in; BOXD_OK: none is missing. */
boxd_status account_missing(void);

/* Prints the count of each status. With `check`: returns whether the mix is that of a stress test. */
bool account_print(bool check);

_Noreturn void failed(const ticket *t, const char *what);
void expect(bool holds, const char *what);
void *zeroed(size_t size);

int64_t now_ms(void);

/* ---- clients.c ---- */

enum { CLIENT_SLOTS = 9, FIRST_DRAINED = 6, BOXES = 3, MAX_DISPATCHERS = 2 };

typedef enum { MODE_CORE, MODE_MANUAL, MODE_LIBUV, MODE_COUNT } client_mode;

struct client {
    account account;
    uint64_t number;
    int slot;
    client_mode mode;
    /* Limit of calls in flight; 0: none. */
    int32_t limit;
    /* Valid inside `gate`. */
    boxd_compute *compute;
    /* A handle that outlives the client. */
    boxd_box *kept;
    /* The last user to leave it gives back the last reference. */
    gate gate;
    /* References besides the last one that were not given back. */
    atomic_int extras;
    /* References whose close has not ended. */
    atomic_int references;
    /* Users of this memory. */
    atomic_int owners;
    atomic_bool retired;
    /* It is closed once all its calls have ended by themselves, so each of them has to. */
    bool drained;
    int64_t opened_ms;
    /* It has no extra references, so blocking calls on `compute` have to end by themselves. */
    bool single_reference;
};

extern const char *const MODE_NAMES[MODE_COUNT];

/* Opens a client in each slot. With MODE_COUNT the modes take turns. */
void clients_open(client_mode mode);

/* Returns a client at random, held until client_release(); NULL after clients_close(). */
client *client_any(void);

/* Leaves the gate, and closes the last reference if the caller is the last user. */
void client_leave(client *c);

/* Replaces the client in its slot, and closes it. Does nothing with a drained client. */
void client_replace(client *c);

/* As client_replace(), while a further reference is taken and given back. Call inside the gate. */
void client_share(client *c);

/* As client_replace() of a client at random. Replaces also a drained client that is old: waits for its calls.
 */
void client_replace_any(void);

/* Closes a reference whose close was deferred, if there is one. */
void client_close_deferred(void);

/* Closes all clients. From then on client_any() returns NULL. */
void clients_close(void);

/* Waits for the end of all clients, also of those that were closed before. */
void clients_wait(void);

/* For uv.c: closes one reference, on the loop's thread. */
void client_close_reference(client *c, bool last);

/* ---- uv.c: a thread with a libuv loop ---- */

typedef enum { UV_ATTACH, UV_REATTACH, UV_CLOSE, UV_CLOSE_LAST } uv_job;

void uv_open(void);
void uv_close_loop(void);
bool uv_is_here(void);

/* Runs the job on the loop's thread. Call with the client held; UV_REATTACH: inside its gate. */
void uv_post_job(client *c, uv_job what);

/* ---- operations.c ---- */

/* Runs an operation at random on `c`, async or (outside of callbacks) blocking. */
void operation_run(client *c);

/* The same, always async. */
void operation_run_async(client *c);

/* Call at the end of each callback: submits more at random, then releases `c`. */
void after_callback(client *c);

/* The arguments of the calls in calls.c, files.c and streams.c. */
typedef struct invocation {
    client *client;
    /* NULL: the client may have ended. */
    boxd_compute *compute;
    boxd_box *box;
    boxd_call_options call;
    bool blocking;
    token *token;
    boxd_error error;
} invocation;

typedef struct stress_operation {
    const char *name;
    unsigned weight;
    /* It needs invocation.compute. */
    bool compute;
    void (*run)(invocation *s, const char *name);
} stress_operation;

/* Each ends with a row whose name is NULL. */
extern const stress_operation CALLS[], FILES[], STREAMS[];

/* Call after a blocking call. */
void invocation_returned(ticket *t, const invocation *s);

/* The callback of operations whose result is a status. */
void on_done(boxd_status status, const boxd_error *error, void *data);

/* The status of a callback that has an error or a result. */
boxd_status status_of(const boxd_error *error);

/* A name at random: of an existing box, or of no box. */
const char *any_name(void);

/* ---- streams.c ---- */

void streams_open(void);
void streams_close(void);

/* ---- leaks.c ---- */

/* The first call counts descriptors before the first client. The second call waits until no more are open,
 * and no thread of the library runs; it ends the program when some stay. */
void leaks_check(void);

/* One descriptor more may stay: gRPC 1.51 loses a connection that is made after its channel was destroyed. */
void leaks_allow_descriptor(void);

/* ---- service.c: an emulator, its faults, and local files ---- */

void service_open(void);
void service_close(void);

/* Injects a fault at random. */
void service_disturb(void);

/* A folder for local files, and two files in it. */
extern char local_folder[64], local_files[2][80];

#endif
