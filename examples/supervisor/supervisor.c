#include "supervisor.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_TROUBLES = 5, MAX_DOUBLINGS = 6, CALM_LOOKS = 10, CALL_TIMEOUT_MS = 10000 };

bool supervisor_begin(supervisor *s, int argc, char **argv, boxd_cancel_token *stop)
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

/* One more trouble: how long to wait after it. */
static int back_off(const supervisor *s, supervisor_box *b)
{
    const int doublings = b->troubles < MAX_DOUBLINGS ? b->troubles : MAX_DOUBLINGS;
    b->troubles++;
    b->calm = 0;
    return s->interval_ms << doublings;
}

static void leave(supervisor_box *b, const char *why, const char *more)
{
    b->failed = true;
    (void)fprintf(stderr, "%s: %s: %s; left alone\n", b->name, why, more);
    plan(b, SUPERVISOR_LEAVE, 0);
}

static bool may_pass(boxd_status status)
{
    return status == BOXD_ERR_CONNECTION || status == BOXD_ERR_TIMEOUT || status == BOXD_ERR_INTERNAL ||
           status == BOXD_ERR_QUOTA || status == BOXD_ERR_FAILED_PRECONDITION;
}

static void call_failed(const supervisor *s, supervisor_box *b, const boxd_error *error)
{
    if (error->status == BOXD_ERR_CANCELLED) { /* the program is to end */
        plan(b, SUPERVISOR_LEAVE, 0);
    } else if (may_pass(error->status)) {
        const int wait_ms = back_off(s, b);
        (void)fprintf(stderr, "%s: %s: %s\n", b->name, boxd_status_name(error->status), error->message);
        plan(b, SUPERVISOR_LOOK, error->retry_after_ms > wait_ms ? (int)error->retry_after_ms : wait_ms);
    } else {
        leave(b, boxd_status_name(error->status), error->message);
    }
}

void supervisor_saw(const supervisor *s, supervisor_box *b, const boxd_box *found, const boxd_error *error)
{
    if (!found) {
        call_failed(s, b, error);
        return;
    }
    const boxd_box_info *info = boxd_box_get_info(found);
    switch (info->state) {
    case BOXD_BOX_RUNNING:
        if (++b->calm == CALM_LOOKS)
            b->troubles = 0;
        plan(b, SUPERVISOR_LOOK, s->interval_ms);
        break;
    case BOXD_BOX_STOPPED:
    case BOXD_BOX_FAILED:
        if (b->troubles >= MAX_TROUBLES) {
            leave(b, info->status, "it does not stay up");
            break;
        }
        printf("%s: %s, trouble %d of %d\n", b->name, info->status, b->troubles + 1, MAX_TROUBLES);
        plan(b, SUPERVISOR_START, back_off(s, b));
        break;
    case BOXD_BOX_DESTROYED:
        leave(b, info->status, "it is gone");
        break;
    default: /* on its way up or down, or asleep */
        plan(b, SUPERVISOR_LOOK, s->interval_ms);
    }
}

void supervisor_started(const supervisor *s, supervisor_box *b, const boxd_error *error)
{
    if (error) {
        call_failed(s, b, error);
        return;
    }
    b->restarts++;
    printf("%s: started\n", b->name);
    plan(b, SUPERVISOR_LOOK, s->interval_ms);
}

int supervisor_end(supervisor *s)
{
    int code = 0;
    for (int i = 0; i < s->count; i++) {
        printf("%s: %d restarts\n", s->boxes[i].name, s->boxes[i].restarts);
        code |= s->boxes[i].failed;
    }
    free(s->boxes);
    return code;
}
