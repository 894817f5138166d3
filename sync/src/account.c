#include "waiter.h"

#include <boxd/account.h>
#include <boxd/aio/account.h>

static void on_identity(boxd_identity *identity, const boxd_error *error, void *w)
{
    waiter_end(w, identity, error);
}

static void on_config(boxd_service_config *config, const boxd_error *error, void *w)
{
    waiter_end(w, config, error);
}

boxd_identity *boxd_compute_whoami(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, __func__, error))
        return NULL;
    boxd_aio_compute_whoami(compute, call, on_identity, &w);
    return waiter_wait(&w, error);
}

boxd_service_config *boxd_compute_config(boxd_compute *compute, const boxd_call_options *call,
                                         boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, __func__, error))
        return NULL;
    boxd_aio_compute_config(compute, call, on_config, &w);
    return waiter_wait(&w, error);
}
