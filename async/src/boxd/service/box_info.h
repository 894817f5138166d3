/*
 * box_info.h: from the service's messages to what a box handle tells. Each is a record_fill for a
 * boxd_box_info.
 */
#ifndef BOXD_BOX_INFO_H
#define BOXD_BOX_INFO_H

#include "record.h"

record_fill box_info_created;       /* CreateVmResponse */
record_fill box_info_forked;        /* ForkVmResponse */
record_fill box_info_from_template; /* CreateVmFromTemplateResponse */
record_fill box_info_got;           /* GetVmResponse, as the answer to GetVm */
record_fill box_info_listed;        /* GetVmResponse, in a list: some services leave out numbers there */

/* For a boxd_domain: CustomDomainInfo. */
record_fill domain_fill;

#endif
