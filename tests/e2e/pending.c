#include "pending.h"

#include <poll.h>

static void end(pending *p, boxd_status status, void *result, int number, const boxd_error *error)
{
    pthread_mutex_lock(&p->lock);
    p->calls++;
    p->result = result;
    p->number = number;
    ck_assert_int_eq((int)status, (int)(error ? error->status : BOXD_OK));
    if (error)
        p->error = *error;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
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

void pending_exit(boxd_status status, int exit_code, const boxd_error *error, void *data)
{
    end(data, status, NULL, exit_code, error);
}

void pending_chunk(boxd_read outcome, boxd_chunk *chunk, const boxd_error *error, void *data)
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

int pending_calls(pending *p)
{
    pthread_mutex_lock(&p->lock);
    const int calls = p->calls;
    pthread_mutex_unlock(&p->lock);
    return calls;
}

boxd_status pending_settle(pending *p)
{
    struct pollfd readable = {.fd = boxd_aio_fd(compute), .events = POLLIN};
    while (readable.fd >= 0 && pending_calls(p) == 0) {
        poll(&readable, 1, -1);
        boxd_aio_dispatch(compute, 0);
    }
    pthread_mutex_lock(&p->lock);
    while (p->calls == 0)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
    return p->error.status;
}
