/*
 * Programs that load the shared libraries with dlopen(), close their clients and call dlclose() at once: this
 * program is not linked with the libraries.
 */
#include "embedding_case.h"
#include "loops/loop_kind.h"

#include <boxd/aio/account.h>
#include <boxd/aio/compute.h>
#include <drukbox/aio/client.h>

#include <dlfcn.h>
#include <semaphore.h>
#include <string.h>

/* ---- the two products under one set of pointers ---- */

typedef void result_cb(void *result, const boxd_error *error, void *user_data);

typedef struct product {
    /* Paths of the libraries. */
    const char *async, *blocking;
    const char *open, *call, *close, *close_and_wait;
} product;

static const product PRODUCTS[] = {
    {LIB_BOXD_ASYNC, LIB_BOXD, "boxd_compute_open", "boxd_aio_compute_whoami", "boxd_aio_compute_close",
     "boxd_compute_close"},
    {LIB_DRUKBOX_ASYNC, LIB_DRUKBOX, "drukbox_client_open", "drukbox_aio_host_list",
     "drukbox_aio_client_close", "drukbox_client_close"},
};

/* The adapters of a kind of loop, in the order of PRODUCTS. */
typedef struct adapter {
    const loop_kind *kind;
    const char *paths[2], *attach[2];
} adapter;

#define ROW(name, NAME)                                                                                      \
    {&LOOP_##NAME,                                                                                           \
     {LIB_BOXD_##NAME, LIB_DRUKBOX_##NAME},                                                                  \
     {"boxd_" #name "_attach", "drukbox_" #name "_attach"}},
static const adapter ADAPTERS[] = {LOOP_ADAPTERS(ROW)};

typedef struct library {
    void *async, *further;
    void *(*open)(const void *options, boxd_error *error);
    void (*call)(void *client, const void *call, result_cb *callback, void *user_data);
    void (*close)(void *client, boxd_done_cb callback, void *user_data);
    boxd_status (*close_and_wait)(void *client);
    boxd_status (*attach)(void *client, void *loop, boxd_error *error);
} library;

static void *load(const char *path)
{
    void *loaded = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(loaded, "%s", dlerror());
    return loaded;
}

/* Stores the address of a function in the pointer at `function`. */
static void find(void *loaded, const char *name, void *function)
{
    void *address = dlsym(loaded, name);
    ck_assert_msg(address, "%s", dlerror());
    memcpy(function, &address, sizeof address);
}

/* `a` NULL: with the blocking library in place of an adapter. */
static library open_library(const product *p, const adapter *a)
{
    const size_t index = (size_t)(p - PRODUCTS);
    library l = {.async = load(p->async)};
    l.further = load(a ? a->paths[index] : p->blocking);
    find(l.async, p->open, &l.open);
    find(l.async, p->call, &l.call);
    find(l.async, p->close, &l.close);
    find(l.async, p->close_and_wait, &l.close_and_wait);
    if (a)
        find(l.further, a->attach[index], &l.attach);
    return l;
}

static void unload(library *l)
{
    ck_assert_int_eq(dlclose(l->further), 0);
    ck_assert_int_eq(dlclose(l->async), 0);
}

static void *open_client(const library *l, const product *p, boxd_dispatch_mode dispatch)
{
    const boxd_compute_options boxd = {.size = sizeof boxd,
                                       .api_url = REFUSING_URL,
                                       .token = "token",
                                       .dispatch = dispatch,
                                       .read_retries = -1};
    const drukbox_client_options drukbox = {
        .size = sizeof drukbox, .base_url = REFUSING_URL, .token = "token", .dispatch = dispatch};
    boxd_error error = BOXD_ERROR_INIT;
    void *client = l->open(p == &PRODUCTS[0] ? (const void *)&boxd : (const void *)&drukbox, &error);
    ck_assert_msg(client, "%s", error.message);
    return client;
}

/* ---- tests ---- */

enum { ROUNDS = 40 };

/* Half of the rounds close while the call is in flight. */
static void on_result(void *result, const boxd_error *error, void *user_data)
{
    ck_assert_ptr_null(result);
    ck_assert_ptr_nonnull(error);
    if (user_data)
        sem_post(user_data);
}

static void on_closed(boxd_status status, const boxd_error *error, void *user_data)
{
    (void)error;
    ck_assert_int_eq((int)status, (int)BOXD_OK);
    sem_post(user_data);
}

/* dlclose() follows the callback of the close, while the core thread ends. */
START_TEST(unloaded_after_an_async_close)
{
    const product *p = &PRODUCTS[_i];
    for (int round = 0; round < ROUNDS; round++) {
        sem_t closed, called;
        sem_init(&closed, 0, 0);
        sem_init(&called, 0, 0);
        library l = open_library(p, NULL);
        void *client = open_client(&l, p, BOXD_DISPATCH_CORE_THREAD);
        l.call(client, NULL, on_result, &called);
        if (round % 2)
            sem_wait(&called);
        l.close(client, on_closed, &closed);
        sem_wait(&closed);
        unload(&l);
    }
}
END_TEST

START_TEST(unloaded_after_a_blocking_close)
{
    const product *p = &PRODUCTS[_i];
    for (int round = 0; round < ROUNDS; round++) {
        library l = open_library(p, NULL);
        void *client = open_client(&l, p, (boxd_dispatch_mode)(round % 2));
        l.call(client, NULL, on_result, NULL);
        ck_assert_int_eq((int)l.close_and_wait(client), (int)BOXD_OK);
        unload(&l);
    }
}
END_TEST

/* ---- the adapters ---- */

static bool ended;

static void on_ended(boxd_status status, const boxd_error *error, void *user_data)
{
    (void)status;
    (void)error;
    *(bool *)user_data = true;
}

START_TEST(unloaded_after_an_event_loop)
{
    const adapter *a = &ADAPTERS[(size_t)_i % COUNT(ADAPTERS)];
    const product *p = &PRODUCTS[(size_t)_i / COUNT(ADAPTERS)];
    for (int round = 0; round < ROUNDS; round++) {
        boxd_error error = BOXD_ERROR_INIT;
        library l = open_library(p, a);
        void *client = open_client(&l, p, BOXD_DISPATCH_MANUAL);
        void *loop = a->kind->open();
        ck_assert(l.attach && l.attach(client, a->kind->handle(loop), &error) == BOXD_OK);
        l.call(client, NULL, on_result, NULL);
        ended = false;
        l.close(client, on_ended, &ended);
        while (!ended)
            a->kind->turn(loop, true);
        a->kind->turn(loop, false); /* libuv has a handle to close */
        a->kind->close(loop);
        unload(&l);
    }
}
END_TEST

/* ---- all libraries ---- */

START_TEST(libraries_stay_in_memory)
{
    static const char *const all[] = {
        LIB_BOXD_COMMON,   LIB_BOXD_ASYNC,       LIB_BOXD,         LIB_BOXD_LIBUV,    LIB_BOXD_LIBEVENT,
        LIB_BOXD_GLIB,     LIB_BOXD_LIBEV,       LIB_BOXD_SDEVENT, LIB_DRUKBOX_ASYNC, LIB_DRUKBOX,
        LIB_DRUKBOX_LIBUV, LIB_DRUKBOX_LIBEVENT, LIB_DRUKBOX_GLIB, LIB_DRUKBOX_LIBEV, LIB_DRUKBOX_SDEVENT,
#ifdef LOOPS_HAVE_QT
        LIB_BOXD_QT,       LIB_DRUKBOX_QT,
#endif
    };
    for (size_t i = 0; i < COUNT(all); i++) {
        ck_assert_int_eq(dlclose(load(all[i])), 0);
        void *again = dlopen(all[i], RTLD_NOW | RTLD_NOLOAD);
        ck_assert_msg(again, "%s is not in memory any more", all[i]);
        ck_assert_int_eq(dlclose(again), 0);
    }
}
END_TEST

/* LeakSanitizer fails while it searches a process whose libraries were closed, now and then. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

int main(void)
{
    Suite *suite = suite_create("unload");
    embedding_add(suite, libraries_stay_in_memory, 1);
    embedding_add(suite, unloaded_after_an_async_close, COUNT(PRODUCTS));
    embedding_add(suite, unloaded_after_a_blocking_close, COUNT(PRODUCTS));
    embedding_add(suite, unloaded_after_an_event_loop, COUNT(ADAPTERS) * COUNT(PRODUCTS));
    return embedding_run(suite);
}
