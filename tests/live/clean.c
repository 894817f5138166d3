/*
 * clean.c: see clean.h. What is removed differs between the products: the remove.c of each folder.
 */
#include "clean.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "evidence.h"

enum { PAUSE_MS = 100, FAILED_PAUSE_MS = 2000, AFTER_CREATE_MS = 60000 };

int64_t clean_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clean_limit_ms(const live_product *product)
{
    return product->create_ms + AFTER_CREATE_MS;
}

/* ---- the log ---- */

void clean_log_init(clean_log *log)
{
    *log = (clean_log){json_array(), json_array()};
}

void clean_log_free(clean_log *log)
{
    json_decref(log->removed);
    json_decref(log->left);
}

/* Takes the reference. False: the list has the text. */
static bool add(json_t *list, json_t *text)
{
    bool is_new = true;
    for (size_t i = 0; i < json_array_size(list); i++)
        is_new = is_new && !json_equal(json_array_get(list, i), text);
    if (is_new)
        (void)json_array_append(list, text);
    json_decref(text);
    return is_new;
}

void clean_removed(clean_log *log, const char *kind, const char *name)
{
    if (add(log->removed, json_sprintf("%s %s", kind, name)))
        (void)fprintf(stderr, "  removed                    %s %s\n", kind, name);
}

static void left(clean_log *log, const char *kind, const char *name, const char *why)
{
    (void)fprintf(stderr, "  LEFT                       %s %s: %s\n", kind, name, why);
    (void)add(log->left, json_sprintf("%s %s: %s", kind, name, why));
}

/* ---- a round ---- */

/* A call that the second Ctrl-C has cancelled does not replace the reason that was there before. */
void clean_failed(cleaning *c, const char *what, const boxd_error *error)
{
    c->failed++;
    if (error->status != BOXD_ERR_CANCELLED)
        (void)snprintf(c->failure, sizeof c->failure, "%s: %s", what, error->message);
}

void clean_take(cleaning *c, boxd_status status, const char *kind, const char *name, const boxd_error *error)
{
    char what[300];
    (void)snprintf(what, sizeof what, "%s %s", kind, name);
    if (status == BOXD_OK) {
        c->found++;
        clean_removed(c->log, kind, name);
    } else if (status != BOXD_ERR_NOT_FOUND) {
        clean_failed(c, what, error);
    }
}

typedef struct {
    cleaning *cleaning;
    const char *kind;
} unanswered;

static void count_unanswered(const char *name, void *data)
{
    const unanswered *u = data;
    cleaning *c = u->cleaning;
    if (journal_count(c->journal, "answered", name) >= journal_count(c->journal, u->kind, name))
        return;
    c->failed++;
    (void)snprintf(c->failure, sizeof c->failure,
                   "%s %s: the request that makes it had no answer, and it was not found yet", u->kind, name);
}

void clean_unanswered(cleaning *c, const char *kind)
{
    journal_each(c->journal, kind, count_unanswered, &(unanswered){c, kind});
}

void clean_answered(cleaning *c, const char *kind, const char *name)
{
    const size_t requests = journal_count(c->journal, kind, name);
    for (size_t i = journal_count(c->journal, "answered", name); i < requests; i++)
        (void)journal_add(c->journal, "answered", name);
}

/* False: the second Ctrl-C. */
static bool wait_for_next_round(const cleaning *c)
{
    const struct timespec step = {.tv_nsec = PAUSE_MS * 1000000L};
    for (int64_t left = c->failed > 0 ? FAILED_PAUSE_MS : PAUSE_MS; left > 0; left -= PAUSE_MS) {
        (void)nanosleep(&step, NULL);
        if (boxd_cancel_token_is_cancelled(c->call.cancel))
            return false;
    }
    return true;
}

void clean_rounds(cleaning *c, void (*round)(cleaning *c, void *client), void *client)
{
    char why[sizeof c->failure + 64];
    bool interrupted = false;
    while (!interrupted && clean_now_ms() < c->deadline_ms) {
        c->found = c->failed = 0;
        round(c, client);
        if (c->found == 0 && c->failed == 0)
            return;
        interrupted = !wait_for_next_round(c);
    }
    (void)snprintf(why, sizeof why, "%s%s", interrupted ? "the cleaning was interrupted; " : "",
                   c->failure[0] != '\0' ? c->failure : "what was removed is still found");
    left(c->log, "objects of the run", c->journal->prefix, why);
}

/* ---- the removal ---- */

static void *wait_for_signals(void *data)
{
    sigset_t signals;
    int number;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGUSR2);
    if (sigwait(&signals, &number) == 0 && number != SIGUSR2) {
        (void)fprintf(stderr, "boxd-live: removing what was made; press Ctrl-C again to stop: --clean "
                              "removes the rest later\n");
        if (sigwait(&signals, &number) == 0 && number != SIGUSR2)
            boxd_cancel_token_cancel(data);
    }
    return NULL;
}

void clean_run(journal *j, const live_product *product, clean_log *log)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (!journal_names_something(j)) {
        journal_remove(j);
        return;
    }
    boxd_cancel_token *cancel = boxd_cancel_token_new();
    pthread_t waiter;
    if (cancel == NULL || pthread_create(&waiter, NULL, wait_for_signals, cancel) != 0)
        abort();
    cleaning c = {.journal = j, .log = log, .deadline_ms = clean_now_ms() + clean_limit_ms(product)};
    c.call = (boxd_call_options){.size = sizeof c.call, .timeout_ms = CLEAN_CALL_MS, .cancel = cancel};
    if (!product->clean(&c, &error))
        left(log, "everything of the run", j->prefix, error.message);
    if (json_array_size(log->left) == 0)
        journal_remove(j);
    else if (j->fd >= 0)
        (void)fprintf(stderr, "boxd-live: the journal %s names what is left: --clean removes it later\n",
                      j->path);
    (void)pthread_kill(waiter, SIGUSR2);
    (void)pthread_join(waiter, NULL);
    boxd_cancel_token_free(cancel);
}

/* ---- --clean ---- */

enum { STATUS_LEFT = 4 };

typedef struct {
    const live_settings *settings;
    const live_product *product;
    /* What identifies the account; "": not read yet. */
    char account[2048];
    /* Why the account cannot be read, or "". */
    char failure[BOXD_ERROR_MESSAGE_SIZE];
} cleaner;

static int skip(const journal *j, const char *why)
{
    (void)fprintf(stderr, "boxd-live: skipped %s: %s\n", j->path, why);
    return STATUS_LEFT;
}

static int clean_one(journal *j, const live_product *product)
{
    clean_log log;
    clean_log_init(&log);
    clean_run(j, product, &log);
    const bool all = json_array_size(log.left) == 0;
    (void)fprintf(stderr, "boxd-live: %s: %zu removed, %zu left\n", j->prefix, json_array_size(log.removed),
                  json_array_size(log.left));
    clean_log_free(&log);
    return all ? 0 : STATUS_LEFT;
}

/* Once: a token exchange and a call. */
static bool read_account(cleaner *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (c->account[0] != '\0' || c->failure[0] != '\0')
        return c->account[0] != '\0';
    live l = {.settings = c->settings, .product = c->product, .evidence = evidence_new()};
    l.call = (boxd_call_options){.size = sizeof l.call, .timeout_ms = CLEAN_CALL_MS};
    const bool opened = c->product->open(&l, &error);
    if (!opened || !c->product->account(&l, c->account, sizeof c->account, &error))
        (void)snprintf(c->failure, sizeof c->failure, "%s", error.message);
    if (opened)
        c->product->close(&l);
    evidence_free(l.evidence);
    return c->account[0] != '\0';
}

/* Whether these credentials may remove what the journal names. */
static int clean_opened(cleaner *c, journal *j)
{
    char why[700];
    if (strcmp(j->product, c->product->name) != 0 || strcmp(j->url, c->product->url()) != 0) {
        (void)snprintf(
            why, sizeof why,
            "it is of %s at %s: clean it with the environment of that service, or delete it if the "
            "service is gone",
            j->product, j->url);
        return skip(j, why);
    }
    if (!read_account(c)) {
        (void)snprintf(why, sizeof why, "the account cannot be read: %s", c->failure);
        return skip(j, why);
    }
    if (!account_matches(j->account, c->account)) {
        (void)snprintf(why, sizeof why, "it is of another %s: use the credentials of the run",
                       c->product->account_is);
        return skip(j, why);
    }
    return clean_one(j, c->product);
}

static int clean_path(cleaner *c, const char *path)
{
    journal j;
    int code = 0;
    switch (journal_open(&j, path)) {
    case JOURNAL_OPENED:
        code = clean_opened(c, &j);
        break;
    case JOURNAL_LOCKED:
        code = skip(&j, "a run or another --clean uses it");
        break;
    case JOURNAL_EMPTY:
        journal_remove(&j);
        break;
    case JOURNAL_UNREADABLE:
        code = skip(&j, "it is not a complete journal of this program");
        break;
    }
    journal_close(&j);
    return code;
}

static int is_journal(const struct dirent *entry)
{
    static const char ending[] = ".journal";
    const size_t length = strlen(entry->d_name);
    return length >= sizeof ending && strcmp(entry->d_name + length - (sizeof ending - 1), ending) == 0;
}

static int clean_directory(cleaner *c)
{
    struct dirent **entries = NULL;
    char path[800];
    int code = 0;
    const char *directory = c->settings->state_dir;
    const int count = scandir(directory, &entries, is_journal, alphasort);
    if (count < 0 && errno != ENOENT) {
        (void)fprintf(stderr, "boxd-live: cannot read %s: %s\n", directory, strerror(errno));
        return STATUS_LEFT;
    }
    if (count <= 0)
        (void)fprintf(stderr, "boxd-live: no journals in %s\n", directory);
    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        const int one = clean_path(c, path);
        code = one ? one : code;
        free(entries[i]);
    }
    free(entries);
    return code;
}

int clean_earlier(const live_settings *settings, const live_product *product)
{
    cleaner c = {.settings = settings, .product = product};
    char path[800];
    journal j;
    if (settings->clean_prefix == NULL)
        return clean_directory(&c);
    (void)snprintf(path, sizeof path, "%s/%s.journal", settings->state_dir, settings->clean_prefix);
    if (access(path, F_OK) == 0)
        return clean_path(&c, path);
    if (!product->has_names) {
        (void)fprintf(stderr, "boxd-live: there is no %s: without a journal, the %s of a run are not known\n",
                      path, product->box_name);
        return STATUS_LEFT;
    }
    journal_of_prefix(&j, settings->clean_prefix);
    return clean_one(&j, product);
}
