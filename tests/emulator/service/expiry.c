/*
 * expiry.c: SetDeleteAfter, which destroys a machine at a set time, in any state. Core thread only.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cron.h"
#include "service/service.h"

static const uint64_t max_secs = (uint64_t)10 * 365 * 86400;

static void ignore(void *data, int code, const char *why)
{
    (void)data;
    (void)code;
    (void)why;
}

static void expired(loop_timer *timer)
{
    machine_change_start(container_of(timer, machine, delete_timer), CHANGE_DESTROY, ignore, NULL);
}

static void clear(machine *m)
{
    loop_timer_stop(&m->delete_timer);
    free(m->delete_cron);
    m->delete_cron = NULL;
    m->delete_secs = 0;
    m->delete_at_ms = 0;
}

/* The time counts from now. `line` is "" or a valid cron line. 0 and "": the machine does not expire. */
static void set(machine *m, uint64_t seconds, const char *line)
{
    cron c;
    int64_t now = wall_ms();
    char *copy = line[0] ? xstrdup(line) : NULL; /* it may be the machine's string, which clear() frees */
    clear(m);
    m->delete_cron = copy;
    m->delete_secs = seconds;
    if (copy != NULL && cron_parse(copy, &c))
        m->delete_at_ms = cron_next(&c, now / 1000) * 1000;
    else if (seconds > 0)
        m->delete_at_ms = now + (int64_t)seconds * 1000;
    if (m->delete_at_ms > 0)
        loop_timer_start(&m->delete_timer, m->delete_at_ms - now, expired);
}

void expiry_inherit(machine *to, const machine *from)
{
    set(to, from->delete_secs, from->delete_cron ? from->delete_cron : "");
}

static int check(call *c, const BoxdPb__SetDeleteAfterRequest *request)
{
    cron line;
    const char *text = request->delete_after_cron;
    if (text[0] != '\0' && request->delete_after_secs > 0)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "send either seconds or a cron line, not both");
    if (request->delete_after_secs > max_secs)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the time must be within ten years");
    if (text[0] != '\0' && (strlen(text) > 256 || !cron_parse(text, &line)))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is not a cron line of five fields",
                          text);
    if (text[0] != '\0' && cron_next(&line, wall_ms() / 1000) == 0)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the cron line \"%.80s\" matches no time", text);
    return 0;
}

static int set_delete_after(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__SetDeleteAfterRequest *request = (const BoxdPb__SetDeleteAfterRequest *)message;
    machine *m = machine_find(c, request->vm_id);
    int code = m ? check(c, request) : GRPC_STATUS_NOT_FOUND;
    if (code != 0)
        return code;
    set(m, request->delete_after_secs, request->delete_after_cron);
    ((BoxdPb__SetDeleteAfterResponse *)out)->delete_at_ms = m->delete_at_ms;
    return 0;
}

const rpc_handler expiry_rpcs[] = {
    {.rpc = "SetDeleteAfter", .unary = set_delete_after},
    {NULL, NULL, NULL},
};

const machine_extension expiry_extension = {.unregistered = clear};
