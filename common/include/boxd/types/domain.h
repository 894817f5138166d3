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

BOXD_END_DECLS

#endif
