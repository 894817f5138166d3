/* Creates a Drukbox host for one hour, prints the ssh command for it, extends its lease and deletes it. Every
 * call blocks. The same program with callbacks is ../async/drukbox_host.c. */
#include "ssh_files.h"

#include <drukbox/drukbox.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int print_error(const boxd_error *err)
{
    fprintf(stderr, "%s: %s\n", boxd_status_name(err->status), err->message);
    return 1;
}

static int64_t hours_from_now(int hours)
{
    return ((int64_t)time(NULL) + INT64_C(3600) * hours) * 1000;
}

static int check_service(drukbox_client *c, boxd_error *err)
{
    drukbox_doctor_report *report = drukbox_client_doctor(c, NULL, err);
    if (!report)
        return print_error(err);
    for (size_t i = 0; i < report->check_count; i++)
        if (!report->checks[i]->ok)
            printf("%s: %s\n", report->checks[i]->name, report->checks[i]->detail);
    const bool ok = report->ok;
    printf("the service is %s\n", ok ? "healthy" : "not healthy");
    drukbox_doctor_report_free(report);
    return ok ? 0 : 1;
}

static drukbox_host *create(drukbox_client *c, boxd_error *err)
{
    char key[64]; /* one key for each host, not for each attempt */
    snprintf(key, sizeof key, "example-%lld-%d", (long long)time(NULL), (int)getpid());
    const drukbox_host_create_options *options =
        BOXD_OPTIONS(drukbox_host_create_options, .idempotency_key = key, .expires_at_ms = hours_from_now(1));
    drukbox_host *host = drukbox_host_create(c, options, err);
    if (host || err->sent != BOXD_SENT_UNKNOWN)
        return host;
    host = drukbox_host_create(c, options, err); /* the answer was lost: the same key returns the same host */
    if (!host)
        fprintf(stderr, "the host may exist; a create with the idempotency key %s returns it\n", key);
    return host;
}

static int use_host(drukbox_client *c, const drukbox_host *host, boxd_error *err)
{
    ssh_files files = {0};
    printf("%s at %s, %s\n", host->name, host->provider, host->status);
    int code = ssh_files_write(&files, host) ? 0 : 1;
    drukbox_host *renewed = drukbox_host_renew(
        c, host->id, BOXD_OPTIONS(drukbox_host_renew_options, .expires_at_ms = hours_from_now(2)), err);
    if (renewed)
        printf("lease extended: %s\n", renewed->expires_at_ms > host->expires_at_ms ? "yes" : "no");
    else
        code = print_error(err);
    drukbox_host_free(renewed);
    ssh_files_remove(&files);
    return code;
}

int main(void)
{
    boxd_error err = BOXD_ERROR_INIT;
    drukbox_client *c = drukbox_client_open_from_env(NULL, NULL, &err); /* SANDBOX_SERVICE_URL, ..._TOKEN */
    if (!c)
        return print_error(&err);
    int code = check_service(c, &err);
    drukbox_host *host = code == 0 ? create(c, &err) : NULL;
    if (host) {
        code = use_host(c, host, &err);
        if (drukbox_host_delete(c, host->id, NULL, &err) != BOXD_OK)
            code = print_error(&err);
        else
            printf("deleted\n");
    } else if (code == 0) {
        code = print_error(&err);
    }
    drukbox_host_free(host); /* zeroes the private key */
    drukbox_client_close(c);
    return code;
}
