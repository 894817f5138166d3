/*
 * Programs that load the shared libraries with dlopen(), close their clients and call dlclose() at once: this
 * program is not linked with the libraries.
 */
#include "embedding_case.h"

#include <boxd/aio/account.h>
#include <boxd/aio/compute.h>
#include <drukbox/aio/client.h>

#include <dlfcn.h>
#include <event2/event.h>
#include <glib.h>
#include <semaphore.h>
#include <string.h>
#include <uv.h>

/* ---- the two products under one set of pointers ---- */

typedef void result_cb(void *result, const boxd_error *error, void *user_data);

typedef struct product {
    /* Paths of the libraries; the adapters are those of libuv, libevent and GLib. */
    const char *async, *blocking, *adapters[3];
    const char *open, *call, *close, *close_and_wait, *attach[3];
} product;

static const product PRODUCTS[] = {
    {LIB_BOXD_ASYNC,
     LIB_BOXD,
     {LIB_BOXD_LIBUV, LIB_BOXD_LIBEVENT, LIB_BOXD_GLIB},
     "boxd_compute_open",
     "boxd_aio_compute_whoami",
     "boxd_aio_compute_close",
     "boxd_compute_close",
     {"boxd_libuv_attach", "boxd_libevent_attach", "boxd_glib_attach"}},
    {LIB_DRUKBOX_ASYNC,
     LIB_DRUKBOX,
     {LIB_DRUKBOX_LIBUV, LIB_DRUKBOX_LIBEVENT, LIB_DRUKBOX_GLIB},
     "drukbox_client_open",
     "drukbox_aio_host_list",
     "drukbox_aio_client_close",
     "drukbox_client_close",
     {"drukbox_libuv_attach", "drukbox_libevent_attach", "drukbox_glib_attach"}},
};

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

/* `adapter` -1: with the blocking library in place of an adapter. */
static library open_library(const product *p, int adapter)
{
    library l = {.async = load(p->async)};
    l.further = load(adapter < 0 ? p->blocking : p->adapters[adapter]);
    find(l.async, p->open, &l.open);
    find(l.async, p->call, &l.call);
    find(l.async, p->close, &l.close);
    find(l.async, p->close_and_wait, &l.close_and_wait);
    if (adapter >= 0)
        find(l.further, p->attach[adapter], &l.attach);
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
        library l = open_library(p, -1);
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
        library l = open_library(p, -1);
        void *client = open_client(&l, p, (boxd_dispatch_mode)(round % 2));
        l.call(client, NULL, on_result, NULL);
        ck_assert_int_eq((int)l.close_and_wait(client), (int)BOXD_OK);
        unload(&l);
    }
}
END_TEST

/* ---- the adapters ---- */

static bool ended;

static void *new_loop(int adapter)
{
    if (adapter == 0) {
        uv_loop_t *loop = malloc(sizeof *loop);
        ck_assert_int_eq(uv_loop_init(loop), 0);
        return loop;
    }
    return adapter == 1 ? (void *)event_base_new() : (void *)g_main_context_new();
}

static void run_loop(int adapter, void *loop)
{
    while (!ended)
        if (adapter == 0)
            uv_run(loop, UV_RUN_ONCE);
        else if (adapter == 1)
            event_base_loop(loop, EVLOOP_ONCE);
        else
            g_main_context_iteration(loop, TRUE);
}

static void free_loop(int adapter, void *loop)
{
    if (adapter == 0) {
        uv_run(loop, UV_RUN_DEFAULT);
        ck_assert_int_eq(uv_loop_close(loop), 0);
        free(loop);
    } else if (adapter == 1) {
        event_base_free(loop);
    } else {
        g_main_context_unref(loop);
    }
}

static void on_ended(boxd_status status, const boxd_error *error, void *user_data)
{
    (void)status;
    (void)error;
    *(bool *)user_data = true;
}

START_TEST(unloaded_after_an_event_loop)
{
    const int adapter = _i % 3;
    const product *p = &PRODUCTS[_i / 3];
    for (int round = 0; round < ROUNDS; round++) {
        boxd_error error = BOXD_ERROR_INIT;
        library l = open_library(p, adapter);
        void *client = open_client(&l, p, BOXD_DISPATCH_MANUAL);
        void *loop = new_loop(adapter);
        ck_assert(l.attach && l.attach(client, loop, &error) == BOXD_OK);
        l.call(client, NULL, on_result, NULL);
        ended = false;
        l.close(client, on_ended, &ended);
        run_loop(adapter, loop);
        free_loop(adapter, loop);
        unload(&l);
    }
}
END_TEST

/* ---- all libraries ---- */

START_TEST(libraries_stay_in_memory)
{
    static const char *const all[] = {LIB_BOXD_COMMON,      LIB_BOXD_ASYNC,    LIB_BOXD,
                                      LIB_BOXD_LIBUV,       LIB_BOXD_LIBEVENT, LIB_BOXD_GLIB,
                                      LIB_DRUKBOX_ASYNC,    LIB_DRUKBOX,       LIB_DRUKBOX_LIBUV,
                                      LIB_DRUKBOX_LIBEVENT, LIB_DRUKBOX_GLIB};
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
    embedding_add(suite, unloaded_after_an_event_loop, 3 * COUNT(PRODUCTS));
    return embedding_run(suite);
}
