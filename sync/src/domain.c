/*
 * domain.c: the blocking functions for domains. Each one submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <boxd/aio/domain.h>
#include <boxd/domain.h>

WAITER_CALLBACK(on_domains, boxd_domains)

boxd_status boxd_domain_bind(boxd_box *box, const char *domain, const boxd_call_options *call,
                             boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_domain_bind(box, domain, call, waiter_on_done, &w));
}

boxd_domains *boxd_domain_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_domain_list(compute, call, on_domains, &w));
}

boxd_status boxd_domain_unbind(boxd_compute *compute, const char *domain, const boxd_call_options *call,
                               boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_domain_unbind(compute, domain, call, waiter_on_done, &w));
}
