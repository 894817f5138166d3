/* boxd-bench-library: the library as a contestant. */
#include "library.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static boxd_compute *clients[2];

void library_fail(const char *what, const boxd_error *error)
{
    fail(what, error->message);
}

static boxd_compute *open_client(boxd_dispatch_mode dispatch)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *client =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .dispatch = dispatch,
                                       .small_windows = getenv("BENCH_SMALL_WINDOWS") != NULL),
                          &error);
    if (!client)
        library_fail("opening a client", &error);
    return client;
}

static void open_first(void)
{
    clients[0] = open_client(BOXD_DISPATCH_CORE_THREAD);
}

static void open_manual(void)
{
    clients[1] = open_client(BOXD_DISPATCH_MANUAL);
}

boxd_compute *library_client(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_first);
    return clients[0];
}

boxd_compute *library_manual_client(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_manual);
    return clients[1];
}

static boxd_box *box;

static void make_box(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    box = boxd_box_from_name(library_client(), "00000000-0000-4000-8000-000000000001", &error);
    if (!box)
        library_fail("a box", &error);
}

boxd_box *library_box(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_box);
    return box;
}

int main(void)
{
    static const workload workloads[] = {
        {"first_answer", library_first_answer},
        {"blocking", library_blocking},
        {"in_flight", library_in_flight},
        {"manual", library_manual},
        {"exec", library_exec},
        {"exec_read", library_exec_read},
        {"exec_fd", library_exec_fd},
        {"exec_discard", library_exec_discard},
        {"exec_async", library_exec_async},
        {"download", library_download},
        {"upload", library_upload},
        {"open_streams", library_open_streams},
        {"close_streams", library_close_streams},
    };
    contestant_run(workloads, sizeof workloads / sizeof *workloads);
    boxd_box_free(box);
    boxd_compute_close(clients[0]);
    boxd_compute_close(clients[1]);
    return 0;
}
