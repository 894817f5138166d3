/*
 * main.c: boxd-live. Compares a real service with the contract and with the emulator: see settings.c for its
 * use, live.h for what a check is. The order of a run: budget, countdown, checks (in a child process),
 * removal of everything that was made, report.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "mask.h"
#include "report.h"
#include "runner.h"

enum { COUNTDOWN_S = 5 };

/* A list of the checks needs no credentials. */
static const live_product *choose_product(const live_settings *s)
{
    const live_product *const products[] = {&live_boxd, &live_drukbox};
    char why[300] = "";
    for (size_t i = 0; i < 2; i++) {
        if (s->product != NULL && strcmp(s->product, products[i]->name) != 0)
            continue;
        const char *missing = products[i]->missing();
        if (missing == NULL || (s->list && s->product != NULL))
            return products[i];
        const size_t length = strlen(why);
        (void)snprintf(why + length, sizeof why - length, "%s%s: %s", length ? "; " : "", products[i]->name,
                       missing);
    }
    if (s->list)
        return &live_boxd;
    (void)fprintf(stderr, "boxd-live: %s (see --help)\n", why);
    return NULL;
}

/* CI has no credentials of a real service: it uses an emulator on loopback. */
static bool is_loopback(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    return strncmp(host, "127.", 4) == 0 || strncmp(host, "localhost", 9) == 0 ||
           strncmp(host, "[::1]", 5) == 0;
}

static void list_checks(const results *r)
{
    for (size_t i = 0; i < r->count; i++)
        (void)printf("%-26s %s: %s\n", r->items[i].check->id, r->items[i].check->section,
                     r->items[i].check->contract);
}

static void print_budget(const live_settings *s, const live_product *p, size_t checks)
{
    const live_budget *b = &p->budget;
    const int64_t seconds = s->max_seconds ? s->max_seconds : b->seconds;
    (void)fprintf(stderr, "boxd-live: %zu checks of %s at %s, with the credentials of %s\n", checks, p->name,
                  p->url(), p->credential());
    (void)fprintf(stderr, "  %s: at most %u in all, %s\n  also: %s\n", p->box_name, b->boxes, p->box_size,
                  p->others);
    if (b->exchanges > 0)
        (void)fprintf(stderr, "  token exchanges: at most %u (the service allows about 30 in a minute)\n",
                      b->exchanges);
    (void)fprintf(stderr,
                  "  cost: what the service charges for these\n"
                  "  time: at most %lld s, and then %lld s for the removal of everything\n"
                  "  names begin with: %s-\n"
                  "  journal: %s/%s.journal\n",
                  (long long)seconds, (long long)(clean_limit_ms(p) / 1000), s->prefix, s->state_dir,
                  s->prefix);
}

/* False: the program must not begin. Signals have their default effect meanwhile. */
static bool confirm(const live_settings *s)
{
    if (s->yes)
        return true;
    if (!isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "boxd-live: this uses a real account: add --yes to begin\n");
        return false;
    }
    for (unsigned left = COUNTDOWN_S; left > 0; left--) {
        (void)fprintf(stderr, "\rboxd-live: begins in %u s; Ctrl-C: do not begin ", left);
        const struct timespec second = {.tv_sec = 1};
        (void)nanosleep(&second, NULL);
    }
    (void)fputs("\n", stderr);
    return true;
}

static void block_signals(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGUSR2);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static int exit_code(const results *r, const clean_log *cleaned)
{
    if (json_array_size(cleaned->left) > 0)
        return 4;
    if (r->ended[0] != '\0' || results_count(r, RESULT_NOT_RUN) > 0)
        return 3;
    return results_count(r, RESULT_DIFFERS) + results_count(r, RESULT_DIFFERS_FROM_EMULATOR) > 0;
}

static int run(const live_settings *s, const live_product *product, results *r)
{
    journal j;
    clean_log cleaned;
    block_signals();
    if (!journal_create(&j, s->state_dir, s->prefix, product->name, product->url())) {
        (void)fprintf(stderr, "boxd-live: cannot write the journal in %s: %s\n", s->state_dir,
                      strerror(errno));
        return 2;
    }
    if (!runner_run(r, s, product, &j)) {
        journal_remove(&j);
        journal_close(&j);
        return 2;
    }
    clean_log_init(&cleaned);
    clean_run(&j, product, &cleaned);
    int code = exit_code(r, &cleaned);
    if (!report_write(&(report){product, s, r, &cleaned})) {
        (void)fprintf(stderr, "boxd-live: cannot write the report %s: %s\n", s->report, strerror(errno));
        code = code ? code : 3;
    }
    (void)fprintf(
        stderr,
        "boxd-live: %zu agree, %zu differ from the contract, %zu from the emulator, %zu open, %zu did "
        "not run; %zu removed, %zu left; %s.md\n",
        results_count(r, RESULT_AGREES), results_count(r, RESULT_DIFFERS),
        results_count(r, RESULT_DIFFERS_FROM_EMULATOR), results_count(r, RESULT_OPEN),
        results_count(r, RESULT_SKIPPED) + results_count(r, RESULT_NOT_RUN), json_array_size(cleaned.removed),
        json_array_size(cleaned.left), s->report);
    clean_log_free(&cleaned);
    journal_close(&j);
    return code;
}

int main(int argc, char **argv)
{
    live_settings settings;
    results found;
    int code;
    if (!settings_parse(&settings, argc, argv, &code))
        return code;
    const live_product *product = choose_product(&settings);
    if (product == NULL)
        return 2;
    const char *ci = getenv("CI");
    if (ci != NULL && *ci != '\0' && !is_loopback(product->url())) {
        (void)fprintf(stderr, "boxd-live: not in CI: this uses a real account\n");
        return 2;
    }
    mask_init();
    if (settings.clean) {
        block_signals();
        return clean_earlier(&settings, product);
    }
    results_init(&found, product, settings.only);
    if (found.count == 0) {
        (void)fprintf(stderr, "boxd-live: no check matches \"%s\" (see --list)\n", settings.only);
        code = 2;
    } else if (settings.list) {
        list_checks(&found);
        code = 0;
    } else if (!report_can_be_written(&settings)) {
        (void)fprintf(stderr, "boxd-live: cannot write the report %s.md and .json: %s\n", settings.report,
                      strerror(errno));
        code = 2;
    } else {
        print_budget(&settings, product, found.count);
        code = confirm(&settings) ? run(&settings, product, &found) : 2;
    }
    results_free(&found);
    return code;
}
