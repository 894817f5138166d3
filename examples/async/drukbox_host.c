/* Creates a Drukbox host for one hour, prints the ssh command for it, extends its lease and deletes it. Every
 * call ends in a callback, which starts the next one. The same program with blocking calls is
 * ../sync/drukbox_host.c. */
#include "ssh_files.h"

#include <drukbox/aio.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

typedef struct job {
    drukbox_client *c;
    /* one key for each host, not for each attempt */
    char key[64];
    /* the create call was repeated */
    bool repeated;
    drukbox_host *host;
    ssh_files files;
    int code;
    /* posted by the last callback */
    sem_t closed;
} job;

static void print_error(job *j, const boxd_error *err)
{
    fprintf(stderr, "%s: %s\n", boxd_status_name(err->status), err->message);
    j->code = 1;
}

static int64_t hours_from_now(int hours)
{
    return ((int64_t)time(NULL) + INT64_C(3600) * hours) * 1000;
}

static void on_closed(boxd_status status, const boxd_error *err, void *user)
{
    (void)status, (void)err;
    sem_post(&((job *)user)->closed);
}

static void on_deleted(boxd_status status, const boxd_error *err, void *user)
{
    job *j = user;
    if (status != BOXD_OK)
        print_error(j, err);
    else
        printf("deleted\n");
    drukbox_aio_client_close(j->c, on_closed, j);
}

static void on_renewed(drukbox_host *renewed, const boxd_error *err, void *user)
{
    job *j = user;
    if (renewed)
        printf("lease extended: %s\n", renewed->expires_at_ms > j->host->expires_at_ms ? "yes" : "no");
    else
        print_error(j, err);
    drukbox_host_free(renewed);
    ssh_files_remove(&j->files);
    drukbox_aio_host_delete(j->c, j->host->id, NULL, on_deleted, j);
}

static void create(job *j);

static void on_host(drukbox_host *host, const boxd_error *err, void *user)
{
    job *j = user;
    j->host = host;
    if (host) {
        printf("%s at %s, %s\n", host->name, host->provider, host->status);
        j->code = ssh_files_write(&j->files, host) ? 0 : 1;
        drukbox_aio_host_renew(j->c, host->id,
                               BOXD_OPTIONS(drukbox_host_renew_options, .expires_at_ms = hours_from_now(2)),
                               on_renewed, j);
    } else if (err->sent == BOXD_SENT_UNKNOWN && !j->repeated) {
        j->repeated = true; /* the answer was lost: the same key returns the same host */
        create(j);
    } else {
        if (j->repeated)
            fprintf(stderr, "the host may exist; a create with the idempotency key %s returns it\n", j->key);
        print_error(j, err);
        drukbox_aio_client_close(j->c, on_closed, j);
    }
}

static void create(job *j)
{
    drukbox_aio_host_create(j->c,
                            BOXD_OPTIONS(drukbox_host_create_options, .idempotency_key = j->key,
                                         .expires_at_ms = hours_from_now(1)),
                            on_host, j);
}

static void on_report(drukbox_doctor_report *report, const boxd_error *err, void *user)
{
    job *j = user;
    const bool ok = report && report->ok;
    if (!report)
        print_error(j, err);
    for (size_t i = 0; report && i < report->check_count; i++)
        if (!report->checks[i]->ok)
            printf("%s: %s\n", report->checks[i]->name, report->checks[i]->detail);
    if (report)
        printf("the service is %s\n", ok ? "healthy" : "not healthy");
    drukbox_doctor_report_free(report);
    if (ok) {
        create(j);
        return;
    }
    j->code = 1;
    drukbox_aio_client_close(j->c, on_closed, j);
}

int main(void)
{
    job j = {0};
    boxd_error err = BOXD_ERROR_INIT;
    sem_init(&j.closed, 0, 0);
    snprintf(j.key, sizeof j.key, "example-%lld-%d", (long long)time(NULL), (int)getpid());
    j.c = drukbox_client_open_from_env(NULL, NULL, &err); /* SANDBOX_SERVICE_URL, ..._TOKEN */
    if (!j.c) {
        print_error(&j, &err);
        return j.code;
    }
    drukbox_aio_client_doctor(j.c, NULL, on_report, &j);
    while (sem_wait(&j.closed) != 0) /* this program has no other work: it waits */
        continue;
    drukbox_host_free(j.host); /* zeroes the private key */
    return j.code;
}
