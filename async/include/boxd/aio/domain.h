/**
 * @file aio/domain.h
 * Domain names that lead to boxes, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_DOMAIN_H
#define BOXD_AIO_DOMAIN_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/domain.h>

BOXD_BEGIN_DECLS

/** Ends a call that returns domains. @param domains owned by the callback; NULL on failure */
typedef void (*boxd_domains_cb)(boxd_domains *domains, const boxd_error *error, void *user_data);

/**
 * Lets a domain lead to the box. RPC: BindDomain; on UNIMPLEMENTED AddCustomDomain. With today's service the
 * domain is "pending" until its DNS record is seen: boxd_domain_list() tells.
 *
 * @param domain e.g. "www.example.com"
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_ALREADY_EXISTS (it leads to a box already),
 *   BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NOT_FOUND (the box). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_domain_bind(boxd_box *box, const char *domain, const boxd_call_options *call,
                                   boxd_done_cb callback, void *user_data);

/**
 * Lists the domains of all boxes. RPC: ListDomains; on UNIMPLEMENTED ListCustomDomains.
 *
 * @param call or NULL
 * @param callback gets the list, possibly empty, or: what any call may end in. Runs on the core thread or
 *   in dispatch.
 */
BOXD_API void boxd_aio_domain_list(boxd_compute *compute, const boxd_call_options *call,
                                   boxd_domains_cb callback, void *user_data);

/**
 * Lets a domain lead nowhere. RPC: UnbindDomain; on UNIMPLEMENTED RemoveCustomDomain.
 *
 * @param domain as it was bound, in any case of letters
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_NOT_FOUND (it leads to no box), BOXD_ERR_INVALID_ARGUMENT.
 *   Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_domain_unbind(boxd_compute *compute, const char *domain, const boxd_call_options *call,
                                     boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
