/* Runs many commands at once on one client, and measures connections, memory and time. */
#include "concurrent_execs.h"

#include "rounds.h"

#include <boxd/aio.h>

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Long enough to submit all commands before the first one ends. */
#define SLEEP_S 20
#define TEXT_(value) #value
#define TEXT(value) TEXT_(value)

typedef struct batch {
    /* Used only on the thread of the callbacks. */
    int left, failed;
    int connections;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool over;
} batch;

/* A line of /proc/self/status in bytes. */
static double memory(const char *name)
{
    char line[256];
    double kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, name, strlen(name)) == 0)
            kilobytes = atof(line + strlen(name) + 1);
    if (status)
        fclose(status);
    return kilobytes * 1024;
}

static void reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file) {
        fputs("5", file);
        fclose(file);
    }
}

static int count_sockets(void)
{
    int count = 0;
    DIR *descriptors = opendir("/proc/self/fd");
    struct dirent *entry;
    while (descriptors && (entry = readdir(descriptors))) {
        struct stat s;
        count += fstat(atoi(entry->d_name), &s) == 0 && S_ISSOCK(s.st_mode);
    }
    if (descriptors)
        closedir(descriptors);
    return count;
}

static void on_end(boxd_exec_result *result, const boxd_error *error, void *data)
{
    batch *c = data;
    if (c->connections == 0)
        c->connections = count_sockets(); /* the first one ends: all commands are open */
    if ((!result || !result->success) && c->failed++ == 0)
        fprintf(stderr, "boxd-bench: a command of many: %s\n", result ? result->err.data : error->message);
    boxd_exec_result_free(result);
    if (--c->left > 0)
        return;
    pthread_mutex_lock(&c->lock);
    c->over = true;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static void run(boxd_box *box, batch *c)
{
    const int count = c->left;
    /* The library must not ask for the status of silent boxes here: that would add calls. */
    const boxd_exec_options options = {.size = sizeof options, .liveness_ms = -1};
    for (int i = 0; i < count; i++)
        boxd_aio_box_exec(box, BOXD_ARGV("sleep", TEXT(SLEEP_S)), &options, on_end, c);
    pthread_mutex_lock(&c->lock);
    while (!c->over)
        pthread_cond_wait(&c->changed, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

bool concurrent_execs_run(boxd_compute *compute, int execs, concurrent_execs_figures *out)
{
    boxd_error error = BOXD_ERROR_INIT;
    batch c = {.left = execs, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    boxd_box *box = boxd_box_create(compute, NULL, &error);
    if (!box) {
        fprintf(stderr, "boxd-bench: a box for many commands: %s\n", error.message);
        return false;
    }
    const int sockets_before = count_sockets();
    const double before = memory("VmRSS:"), start = now();
    reset_peak();
    run(box, &c);
    *out = (concurrent_execs_figures){.execs = execs,
                                      .connections = c.connections - sockets_before + 1,
                                      .bytes = (memory("VmHWM:") - before) / execs,
                                      .seconds_ahead = now() - start - SLEEP_S};
    boxd_box_destroy(box, NULL, NULL);
    boxd_box_free(box);
    if (out->seconds_ahead >= SLEEP_S)
        fprintf(stderr, "boxd-bench: commands waited for others: %.1f s\n", out->seconds_ahead);
    return c.failed == 0 && out->seconds_ahead < SLEEP_S;
}
