/*
 * boxd-bench: how much of the bare gRPC core's speed the library keeps. One server (BOXD_API_URL, a token),
 * one call (Whoami), one run: each way of calling is measured in turn with a bare C-core loop that makes the
 * same call, round by round, so that a machine whose speed drifts does not change the ratio. A ratio is the
 * median over the rounds of ours / bare, in calls per second: 1.0 is the bare loop, higher is better. Before
 * that, many commands at once (concurrent_execs.h), and long lists of Drukbox's (hosts.h).
 */
#include "bare.h"
#include "concurrent_execs.h"
#include "hosts.h"
#include "rounds.h"

#include <boxd/aio.h>
#include <boxd/boxd.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_THREADS = 8, IN_FLIGHT = 64, EXECS = 10000, HOSTS = 10000 };

typedef struct setup {
    boxd_compute *compute;
    bare *bare;
    /* Seconds of one measurement. */
    double seconds;
    int rounds;
} setup;

/* ---- blocking calls ---- */

typedef struct caller {
    const setup *setup;
    bool ours;
    double until;
    long calls;
} caller;

static void *call_until(void *data)
{
    caller *c = data;
    bare_plucker *plucker = c->ours ? NULL : bare_plucker_new(c->setup->bare);
    while (now() < c->until) {
        if (c->ours) {
            boxd_error error = BOXD_ERROR_INIT;
            boxd_identity *who = boxd_compute_whoami(c->setup->compute, NULL, &error);
            if (!who) {
                fprintf(stderr, "Whoami: %s\n", error.message);
                exit(1);
            }
            boxd_identity_free(who);
        } else {
            bare_pluck(plucker);
        }
        c->calls++;
    }
    bare_plucker_free(plucker);
    return NULL;
}

static double blocking(const setup *s, bool ours, int threads)
{
    caller callers[MAX_THREADS];
    pthread_t ids[MAX_THREADS];
    long calls = 0;
    double start = now();
    for (int i = 0; i < threads; i++) {
        callers[i] = (caller){s, ours, start + s->seconds, 0};
        pthread_create(&ids[i], NULL, call_until, &callers[i]);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        calls += callers[i].calls;
    }
    return (double)calls / (now() - start);
}

static double ours_1(const setup *s)
{
    return blocking(s, true, 1);
}

static double bare_1(const setup *s)
{
    return blocking(s, false, 1);
}

static double ours_8(const setup *s)
{
    return blocking(s, true, 8);
}

static double bare_8(const setup *s)
{
    return blocking(s, false, 8);
}

/* ---- calls in flight ---- */

typedef struct batch {
    const setup *setup;
    double until;
    long calls;
    /* Core thread only, after the start. */
    int in_flight;
    pthread_mutex_t lock;
    pthread_cond_t completed;
    bool over;
} batch;

static void on_whoami(boxd_identity *who, const boxd_error *error, void *data)
{
    batch *f = data;
    if (!who) {
        fprintf(stderr, "Whoami: %s\n", error->message);
        exit(1);
    }
    boxd_identity_free(who);
    f->calls++;
    if (now() < f->until) {
        boxd_aio_compute_whoami(f->setup->compute, NULL, on_whoami, f);
        return;
    }
    pthread_mutex_lock(&f->lock);
    f->over = --f->in_flight == 0;
    pthread_cond_signal(&f->completed);
    pthread_mutex_unlock(&f->lock);
}

static double ours_64(const setup *s)
{
    double start = now();
    batch f = {s,    start + s->seconds, 0, IN_FLIGHT, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
               false};
    for (int i = 0; i < IN_FLIGHT; i++)
        boxd_aio_compute_whoami(s->compute, NULL, on_whoami, &f);
    pthread_mutex_lock(&f.lock);
    while (!f.over)
        pthread_cond_wait(&f.completed, &f.lock);
    pthread_mutex_unlock(&f.lock);
    return (double)f.calls / (now() - start);
}

static double bare_64(const setup *s)
{
    double start = now();
    long calls = bare_in_flight(s->bare, IN_FLIGHT, s->seconds);
    return (double)calls / (now() - start);
}

/* ---- rounds ---- */

typedef struct figure {
    const char *name;
    double (*ours)(const setup *);
    double (*bare)(const setup *);
    double ratio, ours_per_s, bare_per_s;
} figure;

static void measure(figure *f, const setup *s)
{
    double ratios[MAX_ROUNDS], ours[MAX_ROUNDS], bares[MAX_ROUNDS];
    f->bare(s); /* warm up */
    f->ours(s);
    for (int i = 0; i < s->rounds; i++) {
        bares[i] = f->bare(s);
        ours[i] = f->ours(s);
        ratios[i] = ours[i] / bares[i];
    }
    f->ratio = median(ratios, s->rounds);
    f->ours_per_s = median(ours, s->rounds);
    f->bare_per_s = median(bares, s->rounds);
}

static void print_concurrent_execs(const concurrent_execs_figures *c, bool json)
{
    if (c->execs == 0)
        return;
    printf(json ? "  \"execs_at_once\": %d,\n  \"execs_connections\": %d,\n  \"execs_bytes_each\": %.0f,\n"
                  "  \"execs_seconds\": %.2f,\n"
                : "execs at once    %d on %d connections, %.0f bytes each, %.2f s\n",
           c->execs, c->connections, c->bytes, c->seconds_ahead);
}

static void print_hosts(const hosts_figures *h, bool json)
{
    if (h->count == 0)
        return;
    printf(json ? "  \"list_10000_hosts_vs_raw\": %.3f,\n  \"list_10000_hosts_seconds\": %.4f,\n"
                  "  \"list_10000_hosts_raw_seconds\": %.4f,\n"
                : "10,000 hosts     %.3f  (%.4f s against %.4f; lower is better)\n",
           h->ratio, h->ours_seconds, h->raw_seconds);
}

static void print(const figure *figures, size_t count, const concurrent_execs_figures *execs,
                  const hosts_figures *hosts, bool json)
{
    if (json)
        printf("{\n");
    print_concurrent_execs(execs, json);
    print_hosts(hosts, json);
    for (size_t i = 0; i < count; i++) {
        const figure *f = &figures[i];
        if (json)
            printf("  \"%s\": %.3f,\n  \"%s_calls_per_s\": %.0f,\n  \"%s_raw_calls_per_s\": %.0f%s\n",
                   f->name, f->ratio, f->name, f->ours_per_s, f->name, f->bare_per_s,
                   i + 1 < count ? "," : "");
        else
            printf("%-16s %.3f  (%.0f calls/s against %.0f)\n", f->name, f->ratio, f->ours_per_s,
                   f->bare_per_s);
    }
    if (json)
        printf("}\n");
}

static int usage(const char *program)
{
    fprintf(
        stderr,
        "usage: %s [--json] [--rounds N] [--seconds S] [--execs N] [--only-hosts]\n"
        "Measures against the server at BOXD_API_URL (plaintext) with BOXD_TOKEN, or with the token that\n"
        "BOXD_API_KEY is exchanged for. Each figure is the median of N rounds (5) of S seconds (0.5) each "
        "way. Before them N commands (10000; 0: none) run at once in a box.\n"
        "--only-hosts: no more than the list of Drukbox hosts, for which no server is needed.\n",
        program);
    return 2;
}

typedef struct command_line {
    bool json, only_hosts;
    int rounds, execs;
    double seconds;
} command_line;

static bool read_number(command_line *c, const char *option, const char *value)
{
    if (strcmp(option, "--rounds") == 0)
        c->rounds = atoi(value);
    else if (strcmp(option, "--execs") == 0)
        c->execs = atoi(value);
    else if (strcmp(option, "--seconds") == 0)
        c->seconds = atof(value);
    else
        return false;
    return true;
}

static bool read_command_line(command_line *c, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            c->json = true;
        else if (strcmp(argv[i], "--only-hosts") == 0)
            c->only_hosts = true;
        else if (i + 1 < argc && read_number(c, argv[i], argv[i + 1]))
            i++;
        else
            return false;
    }
    return c->execs >= 0 && c->rounds >= 1 && c->rounds <= MAX_ROUNDS && c->seconds > 0;
}

static bool open_clients(setup *s)
{
    boxd_error error = BOXD_ERROR_INIT;
    s->compute = boxd_compute_open(NULL, &error);
    s->bare = s->compute ? bare_new() : NULL;
    if (!s->bare)
        fprintf(stderr, "boxd-bench: %s\n",
                s->compute ? "BOXD_API_URL (http://) and BOXD_TOKEN are needed" : error.message);
    return s->bare != NULL;
}

/* Measures everything that needs a server, and prints it with the figures of the host lists. */
static bool run(setup *s, const command_line *c, const hosts_figures *hosts)
{
    figure figures[] = {{"sync_1_vs_raw", ours_1, bare_1, 0, 0, 0},
                        {"sync_8_vs_raw", ours_8, bare_8, 0, 0, 0},
                        {"async_64_vs_raw", ours_64, bare_64, 0, 0, 0}};
    const size_t count = sizeof figures / sizeof *figures;
    concurrent_execs_figures execs = {.execs = c->execs};
    if (c->execs > 0 && !concurrent_execs_run(s->compute, c->execs, &execs))
        return false;
    for (size_t i = 0; i < count; i++)
        measure(&figures[i], s);
    print(figures, count, &execs, hosts, c->json);
    return true;
}

int main(int argc, char **argv)
{
    command_line c = {.rounds = 5, .seconds = 0.5, .execs = EXECS};
    hosts_figures hosts = {0};
    if (!read_command_line(&c, argc, argv))
        return usage(argv[0]);
    setup s = {.rounds = c.rounds, .seconds = c.seconds};
    if (!hosts_run(HOSTS, s.rounds, s.seconds, &hosts))
        return 1;
    if (c.only_hosts) {
        print_hosts(&hosts, false);
        return 0;
    }
    const bool good = open_clients(&s) && run(&s, &c, &hosts);
    bare_free(s.bare);
    boxd_compute_close(s.compute);
    return good ? 0 : 1;
}
