/**
 * @file domain.h
 * Domain names that lead to boxes, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_DOMAIN_H
#define BOXD_DOMAIN_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/domain.h>

BOXD_BEGIN_DECLS

/**
 * Lets a domain lead to the box. RPC: BindDomain; on UNIMPLEMENTED AddCustomDomain. With today's service the
 * domain is "pending" until its DNS record is seen: boxd_domain_list() tells.
 *
 * @param domain e.g. "www.example.com"
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_ALREADY_EXISTS (it leads to a box already), BOXD_ERR_INVALID_ARGUMENT,
 *   BOXD_ERR_NOT_FOUND (the box)
 */
BOXD_API boxd_status boxd_domain_bind(boxd_box *box, const char *domain, const boxd_call_options *call,
                                      boxd_error *error);

/**
 * Lists the domains of all boxes. RPC: ListDomains; on UNIMPLEMENTED ListCustomDomains.
 *
 * @param call or NULL
 * @param error or NULL
 * @return the list, possibly empty, owned by the caller (boxd_domains_free()); NULL: what any call may end
 *   in
 */
BOXD_API boxd_domains *boxd_domain_list(boxd_compute *compute, const boxd_call_options *call,
                                        boxd_error *error);

/**
 * Lets a domain lead nowhere. RPC: UnbindDomain; on UNIMPLEMENTED RemoveCustomDomain.
 *
 * @param domain as it was bound, in any case of letters
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_NOT_FOUND (it leads to no box), BOXD_ERR_INVALID_ARGUMENT
 */
BOXD_API boxd_status boxd_domain_unbind(boxd_compute *compute, const char *domain,
                                        const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
