/* The state machine of the supervisor: the part that both programs share. Each box is used by one thread at a
 * time. */
#include "supervisor.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_FAILURES = 5, MAX_DOUBLINGS = 6, HEALTHY_CHECKS = 10, CALL_TIMEOUT_MS = 10000 };

bool supervisor_init(supervisor *s, int argc, char **argv, boxd_cancel_token *stop)
{
    char *end = NULL;
    const long interval = argc > 2 ? strtol(argv[1], &end, 10) : 0;
    *s = (supervisor){.count = argc - 2, .interval_ms = (int)interval, .call = BOXD_CALL_OPTIONS_INIT};
    if (argc < 3 || *end != '\0' || interval < 1 || interval > 3600000) {
        (void)fprintf(stderr, "usage: %s INTERVAL_MS BOX...\n", argv[0]);
        return false;
    }
    s->call.timeout_ms = CALL_TIMEOUT_MS;
    s->call.cancel = stop;
    s->boxes = calloc((size_t)s->count, sizeof *s->boxes);
    if (!s->boxes) {
        perror(argv[0]);
        return false;
    }
    for (int i = 0; i < s->count; i++)
        s->boxes[i].name = argv[i + 2];
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    return true;
}

static void plan(supervisor_box *b, supervisor_step next, int wait_ms)
{
    b->next = next;
    b->wait_ms = wait_ms;
}

/* Counts a failure and returns how long to wait after it. */
static int back_off(const supervisor *s, supervisor_box *b)
{
    const int doublings = b->failures < MAX_DOUBLINGS ? b->failures : MAX_DOUBLINGS;
    b->failures++;
    b->healthy_checks = 0;
    return s->interval_ms << doublings;
}

static void give_up(supervisor_box *b, const char *reason, const char *detail)
{
    b->failed = true;
    (void)fprintf(stderr, "%s: %s: %s; giving up\n", b->name, reason, detail);
    plan(b, SUPERVISOR_GIVE_UP, 0);
}

static bool is_transient(boxd_status status)
{
    return status == BOXD_ERR_CONNECTION || status == BOXD_ERR_TIMEOUT || status == BOXD_ERR_INTERNAL ||
           status == BOXD_ERR_QUOTA || status == BOXD_ERR_FAILED_PRECONDITION;
}

static void call_failed(const supervisor *s, supervisor_box *b, const boxd_error *error)
{
    if (error->status == BOXD_ERR_CANCELLED) { /* the program ends */
        plan(b, SUPERVISOR_GIVE_UP, 0);
    } else if (is_transient(error->status)) {
        const int wait_ms = back_off(s, b);
        boxd_error_print(error, b->name);
        plan(b, SUPERVISOR_CHECK, error->retry_after_ms > wait_ms ? (int)error->retry_after_ms : wait_ms);
    } else {
        give_up(b, boxd_status_name(error->status), error->message);
    }
}

void supervisor_set_checked(const supervisor *s, supervisor_box *b, const boxd_box *found,
                            const boxd_error *error)
{
    if (!found) {
        call_failed(s, b, error);
        return;
    }
    const boxd_box_info *info = boxd_box_get_info(found);
    switch (info->state) {
    case BOXD_BOX_RUNNING:
        if (++b->healthy_checks == HEALTHY_CHECKS)
            b->failures = 0;
        plan(b, SUPERVISOR_CHECK, s->interval_ms);
        break;
    case BOXD_BOX_STOPPED:
    case BOXD_BOX_FAILED:
        if (b->failures >= MAX_FAILURES) {
            give_up(b, info->status, "the box keeps stopping");
            break;
        }
        printf("%s: %s, failure %d of %d\n", b->name, info->status, b->failures + 1, MAX_FAILURES);
        plan(b, SUPERVISOR_START, back_off(s, b));
        break;
    case BOXD_BOX_DESTROYED:
        give_up(b, info->status, "the box does not exist any more");
        break;
    default: /* starting, stopping, suspended or hibernated */
        plan(b, SUPERVISOR_CHECK, s->interval_ms);
    }
}

void supervisor_set_started(const supervisor *s, supervisor_box *b, const boxd_error *error)
{
    if (error) {
        call_failed(s, b, error);
        return;
    }
    b->restarts++;
    printf("%s: started\n", b->name);
    plan(b, SUPERVISOR_CHECK, s->interval_ms);
}

int supervisor_finish(supervisor *s)
{
    int code = 0;
    for (int i = 0; i < s->count; i++) {
        printf("%s: restarts: %d\n", s->boxes[i].name, s->boxes[i].restarts);
        code |= s->boxes[i].failed;
    }
    free(s->boxes);
    return code;
}
