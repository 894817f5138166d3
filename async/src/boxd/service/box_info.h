/*
 * box_info.h: fills records from messages that describe boxes. Core thread.
 */
#ifndef BOXD_BOX_INFO_H
#define BOXD_BOX_INFO_H

#include "record.h"

/* Each fills a boxd_box_info from the named message. */
record_fill box_info_created;       /* CreateVmResponse */
record_fill box_info_forked;        /* ForkVmResponse */
record_fill box_info_from_template; /* CreateVmFromTemplateResponse */
record_fill box_info_got;           /* GetVmResponse, as the answer to GetVm */
record_fill box_info_listed;        /* GetVmResponse, in a list, where service 0.1 leaves numbers out */

/* Fills a boxd_domain from a CustomDomainInfo. */
record_fill domain_fill;

#endif
