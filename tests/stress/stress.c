/*
 * stress.c: boxd-stress: clients under stress for a while, from a seed. See stress.h.
 *
 *     boxd-stress --seconds N --seed S [--threads 8] [--mode core|manual|libuv|mixed]
 */
#include "stress.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 64, TURN_MS = 10, LONG_ENOUGH = 5, EXTRA_MS = 120000 };

typedef struct settings {
    long seconds, threads;
    client_mode mode;
} settings;

static void *submit(void *data)
{
    random_begin(1 + *(const uint64_t *)data);
    for (client *c; (c = client_any());) {
        for (unsigned times = 1 + random_below(8); times > 0; times--)
            operation_run(c);
        if (one_in(8))
            client_close_deferred();
        if (one_in(150))
            client_replace(c);
        client_release(c);
    }
    return NULL;
}

/* A slow machine gets more time until every kind of end has occurred. */
static bool is_over(const settings *chosen, int64_t end)
{
    const int64_t now = now_ms();
    const bool complete = chosen->seconds < LONG_ENOUGH || account_missing() == BOXD_OK;
    return now >= end && (complete || now >= end + EXTRA_MS);
}

static void drive(const settings *chosen)
{
    const int64_t end = now_ms() + chosen->seconds * 1000;
    while (!is_over(chosen, end)) {
        poll(NULL, 0, TURN_MS);
        if (one_in(2))
            token_fire_any();
        if (one_in(4))
            service_disturb();
        if (one_in(12))
            client_replace_any();
        client_close_deferred();
        account_watch();
    }
}

static int run(const settings *chosen)
{
    pthread_t threads[MAX_THREADS];
    uint64_t numbers[MAX_THREADS];
    random_begin(0);
    service_open();
    tokens_open();
    streams_open();
    uv_open();
    leaks_check();
    clients_open(chosen->mode);
    for (long i = 0; i < chosen->threads; i++) {
        numbers[i] = (uint64_t)i;
        expect(pthread_create(&threads[i], NULL, submit, &numbers[i]) == 0, "a thread");
    }
    drive(chosen);
    clients_close();
    for (long i = 0; i < chosen->threads; i++)
        pthread_join(threads[i], NULL);
    streams_close();
    clients_wait();
    leaks_check();
    uv_close_loop();
    tokens_close();
    service_close();
    return account_print(chosen->seconds >= LONG_ENOUGH) ? 0 : 1;
}

/* ---- the command line ---- */

static bool take_mode(const char *text, client_mode *mode)
{
    static const char *const names[] = {"core", "manual", "libuv", "mixed"};
    for (int i = 0; i <= MODE_COUNT; i++) {
        if (strcmp(text, names[i]) == 0) {
            *mode = (client_mode)i;
            return true;
        }
    }
    return false;
}

static bool take_number(const char *text, long most, long *number)
{
    char *end;
    *number = strtol(text, &end, 10);
    return end != text && !*end && *number >= 1 && *number <= most;
}

static bool take(int argc, char **argv, settings *chosen)
{
    bool known = argc % 2 == 1;
    long seed = (long)now_ms();
    for (int i = 1; known && i < argc; i += 2) {
        const char *value = argv[i + 1];
        if (strcmp(argv[i], "--seconds") == 0)
            known = take_number(value, 1000000, &chosen->seconds);
        else if (strcmp(argv[i], "--seed") == 0)
            known = take_number(value, LONG_MAX, &seed);
        else if (strcmp(argv[i], "--threads") == 0)
            known = take_number(value, MAX_THREADS, &chosen->threads);
        else
            known = strcmp(argv[i], "--mode") == 0 && take_mode(value, &chosen->mode);
    }
    stress_seed = (uint64_t)seed;
    return known;
}

int main(int argc, char **argv)
{
    settings chosen = {.seconds = 10, .threads = 8, .mode = MODE_COUNT};
    if (!take(argc, argv, &chosen)) {
        (void)fprintf(stderr, "usage: boxd-stress [--seconds N] [--seed S] [--threads 8] [--mode "
                              "core|manual|libuv|mixed]\n");
        return 2;
    }
    printf("boxd-stress: seed %llu, %ld threads, %ld s\n", (unsigned long long)stress_seed, chosen.threads,
           chosen.seconds);
    (void)fflush(stdout);
    return run(&chosen);
}
