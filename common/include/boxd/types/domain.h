/**
 * @file boxd/types/domain.h
 * Domain names of boxes.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_DOMAIN_H
#define BOXD_TYPES_DOMAIN_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A domain name that is bound to a box. */
typedef struct boxd_domain {
    /** The domain name. */
    const char *domain;
    /** The id of the box. */
    const char *box_id;
    /** Service 0.2; otherwise NULL. */
    const char *box_name;
    /** Service 0.2: "pending" or "active"; otherwise NULL. */
    const char *status;
    /** Why the domain is not active. NULL: no error. */
    const char *last_error;
} boxd_domain;

/** Domains in the order of the service; freed with boxd_domains_free(). */
typedef struct boxd_domains {
    /** The number of items. */
    size_t count;
    /** The domain names. They belong to the list. */
    const boxd_domain *const *items;
} boxd_domains;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_domains_free(boxd_domains *domains);

BOXD_END_DECLS

#endif
