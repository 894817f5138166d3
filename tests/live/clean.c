/*
 * clean.c: see clean.h. What is removed differs between the products: the remove.c of each folder.
 */
#include "clean.h"

#include <glob.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mask.h"

int64_t clean_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clean_log_init(clean_log *log)
{
    *log = (clean_log){json_array(), json_array()};
}

void clean_log_free(clean_log *log)
{
    json_decref(log->removed);
    json_decref(log->left);
}

/* Takes the reference. */
static void add(json_t *list, json_t *text)
{
    char covered[700];
    (void)json_array_append_new(list,
                                json_string(mask_text(json_string_value(text), covered, sizeof covered)));
    json_decref(text);
}

void clean_removed(clean_log *log, const char *kind, const char *name)
{
    (void)fprintf(stderr, "  removed                    %s %s\n", kind, name);
    add(log->removed, json_sprintf("%s %s", kind, name));
}

void clean_left(clean_log *log, const char *kind, const char *name, const boxd_error *error)
{
    (void)fprintf(stderr, "  LEFT                       %s %s: %s\n", kind, name, error->message);
    add(log->left, json_sprintf("%s %s: %s", kind, name, error->message));
}

typedef struct {
    const journal *journal;
    const char *kind;
    size_t count;
    char why[700];
} unanswered;

static void count_unanswered(const char *name, void *data)
{
    unanswered *u = data;
    if (journal_has(u->journal, "answered", name))
        return;
    u->count++;
    (void)snprintf(u->why, sizeof u->why,
                   "%s %s: the request that makes it had no answer, and it was not found yet", u->kind, name);
}

size_t clean_unanswered(const journal *j, const char *kind, char *why, size_t size)
{
    unanswered u = {.journal = j, .kind = kind};
    journal_each(j, kind, count_unanswered, &u);
    if (u.count > 0)
        (void)snprintf(why, size, "%s", u.why);
    return u.count;
}

void clean_answered(journal *j, const char *name)
{
    if (!journal_has(j, "answered", name))
        (void)journal_add(j, "answered", name);
}

static void *wait_for_signals(void *data)
{
    sigset_t signals;
    int number;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGUSR2);
    if (sigwait(&signals, &number) == 0 && number != SIGUSR2) {
        (void)fprintf(stderr, "boxd-live: removing what was made; once more: stop, and see --clean later\n");
        if (sigwait(&signals, &number) == 0 && number != SIGUSR2)
            boxd_cancel_token_cancel(data);
    }
    return NULL;
}

void clean_run(journal *j, const live_product *product, clean_log *log)
{
    boxd_cancel_token *cancel = boxd_cancel_token_new();
    pthread_t waiter;
    if (cancel == NULL || pthread_create(&waiter, NULL, wait_for_signals, cancel) != 0)
        abort();
    const bool complete = product->clean(j, log, cancel);
    if (complete && json_array_size(log->left) == 0)
        journal_remove(j);
    (void)pthread_kill(waiter, SIGUSR2);
    (void)pthread_join(waiter, NULL);
    boxd_cancel_token_free(cancel);
}

/* ---- --clean ---- */

static int report(const char *what, const clean_log *log)
{
    (void)fprintf(stderr, "boxd-live: %s: %zu removed, %zu left\n", what, json_array_size(log->removed),
                  json_array_size(log->left));
    return json_array_size(log->left) > 0 ? 4 : 0;
}

static int clean_one(journal *j, const live_product *product)
{
    clean_log log;
    clean_log_init(&log);
    clean_run(j, product, &log);
    const int code = report(j->prefix, &log);
    clean_log_free(&log);
    return code;
}

/* Whether this program may remove what the journal names. */
static bool belongs(const journal *j, const live_product *product)
{
    if (strcmp(j->product, product->name) == 0 && strcmp(j->url, product->url()) == 0)
        return true;
    (void)fprintf(stderr, "boxd-live: left alone: %s is of %s at %s\n", j->path, j->product, j->url);
    return false;
}

int clean_earlier(const live_settings *settings, const live_product *product)
{
    char pattern[600];
    int code = 0;
    glob_t found = {0};
    journal j;
    (void)snprintf(pattern, sizeof pattern, "%s/%s.journal", settings->state_dir,
                   settings->clean_prefix ? settings->clean_prefix : "*");
    const bool any = glob(pattern, 0, NULL, &found) == 0;
    for (size_t i = 0; any && i < found.gl_pathc; i++) {
        if (!journal_open(&j, found.gl_pathv[i]) || !belongs(&j, product))
            continue;
        const int one = clean_one(&j, product);
        code = one ? one : code;
    }
    globfree(&found);
    if (settings->clean_prefix != NULL && !any) {
        j = (journal){0};
        (void)snprintf(j.prefix, sizeof j.prefix, "%s", settings->clean_prefix);
        code = clean_one(&j, product);
    } else if (!any) {
        (void)fprintf(stderr, "boxd-live: no journals in %s\n", settings->state_dir);
    }
    return code;
}
