/*
 * checks.c: see checks.h. SIGTERM cancels the calls of the running check and ends the run after it. Creates
 * are not cancelled, so that the service does not make anything after the parent has looked for what is left.
 */
#include "checks.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "account.h"
#include "clean.h"
#include "evidence.h"

enum { CALL_MS = 30000 };

static void *wait_for_signal(void *data)
{
    sigset_t signals;
    int number;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigwait(&signals, &number);
    boxd_cancel_token_cancel(data);
    return NULL;
}

/* Takes the reference. */
static void send_report(int reports, json_t *report)
{
    char *text = json_dumps(report, JSON_COMPACT);
    if (text == NULL || dprintf(reports, "%s\n", text) < 0)
        _exit(5); /* the parent has ended: its journal names what is left */
    free(text);
    json_decref(report);
}

static void send_used(const live *l, int reports)
{
    send_report(reports, json_pack("{s:{s:i, s:i, s:i}}", "used", "boxes", (int)l->used.boxes, "disks",
                                   (int)l->used.disks, "exchanges", (int)l->used.exchanges));
}

static void run_check(live *l, const live_check *check, int reports)
{
    const int64_t start = clean_now_ms();
    l->seen[0] = l->skipped[0] = '\0';
    evidence_clear(l->evidence);
    send_report(reports, json_pack("{s:s}", "begins", check->id));
    check->run(l);
    if (boxd_cancel_token_is_cancelled(l->cancel))
        live_skip(l, "interrupted");
    send_used(l, reports);
    send_report(reports, json_pack("{s:s, s:s, s:s, s:o, s:I}", "id", check->id, "seen", l->seen, "skipped",
                                   l->skipped, "evidence", evidence_json(l->evidence), "ms",
                                   (json_int_t)(clean_now_ms() - start)));
}

/* Its own process group: the parent alone gets the Ctrl-C of the terminal. */
static void set_up_process(void)
{
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* The last line of the head of the journal: nothing is made before. */
static bool note_account(live *l, boxd_error *error)
{
    char account[2048], hash[ACCOUNT_BYTES];
    if (!l->product->account(l, account, sizeof account, error))
        return false;
    account_hash(account, hash);
    explicit_bzero(account, sizeof account);
    if (journal_set_account(l->journal, hash))
        return true;
    (void)snprintf(error->message, sizeof error->message, "the journal cannot be written");
    return false;
}

int checks_run(const results *r, const live_settings *settings, const live_product *product, journal *j,
               int reports)
{
    live l = {.settings = settings,
              .product = product,
              .journal = j,
              .evidence = evidence_new(),
              .cancel = boxd_cancel_token_new()};
    l.call = (boxd_call_options){.size = sizeof l.call, .timeout_ms = CALL_MS, .cancel = l.cancel};
    l.create_call = (boxd_call_options){.size = sizeof l.call, .timeout_ms = product->create_ms};
    pthread_t waiter;
    boxd_error error = BOXD_ERROR_INIT;
    set_up_process();
    if (l.cancel == NULL || pthread_create(&waiter, NULL, wait_for_signal, l.cancel) != 0)
        return 5;
    if (!product->open(&l, &error) || !note_account(&l, &error)) {
        (void)fprintf(stderr, "boxd-live: the service cannot be used: %s\n", error.message);
        return CHECKS_NOT_BEGUN;
    }
    for (size_t i = 0; i < r->count && !boxd_cancel_token_is_cancelled(l.cancel); i++)
        run_check(&l, r->items[i].check, reports);
    product->close(&l);
    send_used(&l, reports);
    /* The token and the evidence live as long as the process: the waiter uses the token. */
    return 0;
}
