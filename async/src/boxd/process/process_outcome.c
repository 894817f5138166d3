/* process_outcome.c: how a command ended, in a status and a sentence. Called by process.c on the core thread.
 */
#include "boxd/process/process_outcome.h"

#include "errors.h"
#include "grpc/rpc_origin.h"

#include <stdio.h>

void process_describe(const boxd_process *p, boxd_error *error)
{
    const side *sides = p->thread_data.output.sides;
    if (!p->kind->is_command)
        return;
    error->command = p->stream.thread_data.over ? p->thread_data.state : BOXD_COMMAND_RUNNING;
    error->has_exit_code = p->thread_data.exit.known;
    error->exit_code = p->thread_data.exit.known ? p->thread_data.exit.code : 0;
    error->exit_confirmed = p->thread_data.exit.known && exit_is_confirmed(&p->thread_data.exit);
    error->in_bytes = p->thread_data.input.accepted;
    error->out_bytes = sides[SIDE_OUT].bytes;
    error->err_bytes = sides[SIDE_ERR].bytes;
}

/* The longest argument of a Linux program, to which `sh -c` is subject. */
#define LINE_BYTES_MAX 131072

bool process_describe_size(const boxd_process *p, char *why, size_t size)
{
    if (p->line_bytes < LINE_BYTES_MAX)
        return false;
    (void)snprintf(why, size,
                   "its words and its environment have %zu bytes together, and a box may take less than %d "
                   "(128 KiB): put them into a file, or write them to its standard input",
                   p->line_bytes, LINE_BYTES_MAX);
    return true;
}

/* ---- the known state ---- */

/* The service, or newer gRPC, found the deadline passed before the operation's timer did. */
static bool is_late(const boxd_process *p)
{
    return p->stream.thread_data.run->request.frame.op.timeout_ms > 0 &&
           p->thread_data.rpc_outcome.status == BOXD_ERR_TIMEOUT && p->thread_data.rpc_outcome.grpc_code < 0;
}

static bool is_stopping(const boxd_process *p)
{
    return request_stopping(&p->stream.thread_data.run->request) ||
           boxd_cancel_token_is_cancelled(p->stream.end);
}

bool process_flushes(const boxd_process *p)
{
    return process_failure(p)->status == BOXD_OK && !is_stopping(p) && !is_late(p);
}

/* Whether the RPC ended as expected, apart from other failures. The client itself ends a stream whose exit
 * is presumed. */
static bool rpc_ended_well(const boxd_process *p)
{
    return p->thread_data.rpc_outcome.status == BOXD_OK || (p->thread_data.exit.presumed && !is_stopping(p));
}

/* The codes with which the service refuses to start a command, if it sends them at once. Later they may be
 * about a command that ran without output: its box was destroyed, its token was revoked. An error has only a
 * code that the service sent. */
static bool is_refusal(int grpc_code)
{
    static const int refusals[] = {GRPC_STATUS_INVALID_ARGUMENT,    GRPC_STATUS_NOT_FOUND,
                                   GRPC_STATUS_PERMISSION_DENIED,   GRPC_STATUS_RESOURCE_EXHAUSTED,
                                   GRPC_STATUS_FAILED_PRECONDITION, GRPC_STATUS_UNIMPLEMENTED,
                                   GRPC_STATUS_UNAUTHENTICATED};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (grpc_code == refusals[i])
            return true;
    return false;
}

/* The service did not start the command, or was not asked to. */
static bool was_not_started(const boxd_process *p)
{
    const boxd_error *outcome = &p->thread_data.rpc_outcome;
    return outcome->sent == BOXD_SENT_NO ||
           (!p->thread_data.exit.answered && is_refusal(outcome->grpc_code) &&
            rpc_ended_at_once(&p->stream.thread_data.io.call.rpc));
}

static boxd_command_state find_state(const boxd_process *p)
{
    if (p->thread_data.exit.known || p->thread_data.liveness.dead_status)
        return BOXD_COMMAND_ENDED;
    if (was_not_started(p))
        return BOXD_COMMAND_NOT_STARTED;
    return p->thread_data.cancel_confirmed ? BOXD_COMMAND_KILLED : BOXD_COMMAND_UNKNOWN;
}

bool process_needs_cancel_probe(const boxd_process *p)
{
    const request *r = &p->stream.thread_data.run->request;
    const bool cancelled = p->stream.thread_data.io.call.stopped || is_late(p);
    const bool over = rpc_ended_well(p) || p->thread_data.liveness.dead_status || was_not_started(p);
    return p->kind->is_command && cancelled && !over && handle_is_shared(p) &&
           request_stop_reason(r)->status != BOXD_ERR_CLOSED;
}

/* ---- sentences ---- */

static const char *state_sentence(boxd_command_state state)
{
    switch (state) {
    case BOXD_COMMAND_NOT_STARTED:
        return "it was not started";
    case BOXD_COMMAND_KILLED:
        return "the service has received the request to kill it";
    case BOXD_COMMAND_ENDED:
        return "it had ended, but not all of its output was written to the descriptors given";
    default:
        return "it is not known whether the service has received the request to kill it; it may still run";
    }
}

/* The error of a stop says what became of the command. */
static void describe_stop(const boxd_process *p, boxd_error *error)
{
    const request *r = &p->stream.thread_data.run->request;
    const boxd_error *reason = request_stop_reason(r);
    const boxd_status status = reason->status ? reason->status
                               : is_late(p)   ? BOXD_ERR_TIMEOUT
                                              : BOXD_ERR_CANCELLED;
    const boxd_sent sent = p->thread_data.rpc_outcome.sent;
    const char *subject = p->stream.handle.subject;
    if (status == BOXD_ERR_TIMEOUT)
        error_set_sent(error, status, sent, "%s did not end within %lld ms", subject,
                       (long long)request_timeout_ms(r));
    else
        error_set_sent(error, status, sent, "%s ended early: %s", subject,
                       reason->status ? reason->message : "it was closed");
    if (p->kind->is_command)
        error_append(error, "; %s", state_sentence(p->thread_data.state));
    call_describe_wait(&p->stream.thread_data.io.call, error);
    error->retryable = status == BOXD_ERR_TIMEOUT && p->thread_data.state == BOXD_COMMAND_NOT_STARTED;
}

/* Why the exit code is not confirmed. */
static const char *unconfirmed_reason(const command_exit *e)
{
    if (e->contradicted)
        return "later messages contradict it";
    if (e->presumed)
        return "the stream stayed open after it";
    return "the last message has output, and no message with the exit code came after it";
}

/* The RPC ended well: whether its result is complete. */
static void check_result(const boxd_process *p, boxd_error *error)
{
    const output *o = &p->thread_data.output;
    const char *subject = p->stream.handle.subject;
    if (!p->kind->is_command)
        return;
    if (!p->thread_data.exit.answered)
        error_set_sent(error, BOXD_ERR_NO_EXIT_STATUS, BOXD_SENT_YES,
                       "the stream of %s ended without an exit status: the command may have ended, or may "
                       "still run; look in the box for what it did",
                       subject);
    else if (p->require_exit_confirmed && !exit_is_confirmed(&p->thread_data.exit))
        error_set_sent(error, BOXD_ERR_NO_EXIT_STATUS, BOXD_SENT_YES,
                       "%s ended, but its exit code %d is not confirmed: %s; look in the box for what it did",
                       subject, p->thread_data.exit.code, unconfirmed_reason(&p->thread_data.exit));
    else if (o->too_much)
        error_set_sent(
            error, BOXD_ERR_OUTPUT_LIMIT, BOXD_SENT_YES,
            "%s ended with exit code %d, but wrote %llu + %llu bytes (stdout + stderr), more than the "
            "%zu that are kept; raise max_output_bytes, keep its head or tail, or read it as a stream",
            subject, p->thread_data.exit.code, (unsigned long long)o->sides[SIDE_OUT].bytes,
            (unsigned long long)o->sides[SIDE_ERR].bytes, o->max_bytes);
}

/* The run has failed on this side. The service may have answered since. */
static void set_failure(const boxd_process *p, boxd_error *error)
{
    *error = *process_failure(p);
    if (error->sent == BOXD_SENT_UNKNOWN && p->thread_data.rpc_outcome.sent == BOXD_SENT_YES)
        error->sent = BOXD_SENT_YES;
}

static void set_outcome(const boxd_process *p, boxd_error *error)
{
    const char *dead_status = p->thread_data.liveness.dead_status;
    const boxd_error *failure = process_failure(p);
    const bool well = failure->status == BOXD_OK && rpc_ended_well(p);
    if (well && transfers_flushed(p->transfers, &p->thread_data.output))
        check_result(p, error);
    else if (is_stopping(p) || is_late(p))
        describe_stop(p, error);
    else if (failure->status != BOXD_OK)
        set_failure(p, error);
    else if (dead_status && p->kind->is_command)
        error_set_sent(error, BOXD_ERR_NO_EXIT_STATUS, p->thread_data.rpc_outcome.sent,
                       "%s ended without an exit status: the box is %s", p->stream.handle.subject,
                       dead_status);
    else if (!dead_status) /* the log of a dead box is at its end */
        *error = p->thread_data.rpc_outcome;
}

/* Whether the box or the service may have refused the command for its size. */
static bool may_be_too_long(const boxd_error *error)
{
    return error->status == BOXD_ERR_NO_EXIT_STATUS ||
           (error->grpc_code >= 0 && error->status != BOXD_ERR_CONNECTION);
}

void process_get_outcome(boxd_process *p, boxd_error *error)
{
    char why[256];
    p->thread_data.exit.known = rpc_ended_well(p) && p->thread_data.exit.answered && p->kind->is_command;
    p->thread_data.state = find_state(p);
    set_outcome(p, error);
    if (p->kind->is_command && error->grpc_code == GRPC_STATUS_FAILED_PRECONDITION)
        error_append(error, "; if the box is stopped, start it with boxd_box_start()");
    if (may_be_too_long(error) && process_describe_size(p, why, sizeof why))
        error_append(error, "; %s", why);
}
