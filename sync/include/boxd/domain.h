/**
 * @file boxd/domain.h
 * Custom domain names of boxes. General rules: see boxd.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_DOMAIN_H
#define BOXD_DOMAIN_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/domain.h>

BOXD_BEGIN_DECLS

/**
 * Binds a domain to a box. With service 0.2 the domain is "pending" until the service has found its DNS
 * record: boxd_domain_list() returns the status.
 *
 * @param domain e.g. "www.example.com"
 *
 * @li Errors: BOXD_ERR_ALREADY_EXISTS (the domain is bound to a box), BOXD_ERR_INVALID_ARGUMENT,
 *   BOXD_ERR_NOT_FOUND (the box)
 * @li RPC: BindDomain; AddCustomDomain if the service does not implement it
 */
BOXD_API boxd_status boxd_domain_bind(boxd_box *box, const char *domain, const boxd_call_options *call,
                                      boxd_error *error);

/**
 * Lists the domains of all boxes.
 *
 * @li Result: the list, possibly empty, freed with boxd_domains_free()
 * @li RPC: ListDomains; ListCustomDomains if the service does not implement it
 */
BOXD_API boxd_domains *boxd_domain_list(boxd_compute *compute, const boxd_call_options *call,
                                        boxd_error *error);

/**
 * Removes the binding of a domain.
 *
 * @param domain the domain that was bound; case does not matter
 *
 * @li Errors: BOXD_ERR_NOT_FOUND (the domain is not bound), BOXD_ERR_INVALID_ARGUMENT
 * @li RPC: UnbindDomain; RemoveCustomDomain if the service does not implement it
 */
BOXD_API boxd_status boxd_domain_unbind(boxd_compute *compute, const char *domain,
                                        const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
