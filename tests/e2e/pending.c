/* Async calls that a test starts and waits for later: callbacks that store the result. */
#include "pending.h"

static void end(pending *p, boxd_status status, void *result, int number, const boxd_error *error)
{
    p->result = result;
    p->number = number;
    ck_assert_int_eq((int)status, (int)(error ? error->status : BOXD_OK));
    if (error)
        p->error = *error;
    callbacks_count(&p->calls);
}

static boxd_status status_of(const boxd_error *error)
{
    return error ? error->status : BOXD_OK;
}

void pending_done(boxd_status status, const boxd_error *error, void *data)
{
    end(data, status, NULL, 0, error);
}

void pending_message(boxd_status status, ProtobufCMessage *message, const boxd_error *error, void *data)
{
    end(data, status, message, 0, error);
}

void pending_exit(boxd_status status, int exit_code, bool exit_confirmed, const boxd_error *error, void *data)
{
    (void)exit_confirmed;
    end(data, status, NULL, exit_code, error);
}

void pending_chunk(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error, void *data)
{
    ck_assert_int_eq((int)outcome, (int)(error ? BOXD_READ_ERROR : chunk ? BOXD_READ_DATA : BOXD_READ_END));
    end(data, status_of(error), chunk, 0, error);
}

void pending_exec(boxd_exec_result *result, const boxd_error *error, void *data)
{
    end(data, status_of(error), result, 0, error);
}

void pending_process(boxd_process *process, const boxd_error *error, void *data)
{
    end(data, status_of(error), process, 0, error);
}

void pending_identity(boxd_identity *who, const boxd_error *error, void *data)
{
    boxd_identity_free(who);
    end(data, status_of(error), NULL, 0, error);
}

boxd_status pending_settle(pending *p)
{
    callbacks_wait(&p->calls, 1);
    return p->error.status;
}
