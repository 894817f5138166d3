/**
 * @file types/domain.h
 * Domain names that lead to boxes.
 */
#ifndef BOXD_TYPES_DOMAIN_H
#define BOXD_TYPES_DOMAIN_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A domain name that leads to a box. */
typedef struct boxd_domain {
    const char *domain;
    const char *box_id;
    const char *box_name;   /**< today's service; else NULL */
    const char *status;     /**< "pending" or "active", today's service; else NULL */
    const char *last_error; /**< why it is not active; NULL: no error */
} boxd_domain;

/** Domains, in the service's order; freed with boxd_domains_free(). */
typedef struct boxd_domains {
    size_t count;
    const boxd_domain *const *items;
} boxd_domains;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_domains_free(boxd_domains *domains);

BOXD_END_DECLS

#endif
