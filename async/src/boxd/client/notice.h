/*
 * notice.h: the service's word that a newer version of this library exists, passed on: once, and never as a
 * failure.
 */
#ifndef BOXD_NOTICE_H
#define BOXD_NOTICE_H

#include "boxd/client/compute.h"

#include <grpc/grpc.h>

/* Looks for it in the metadata of an answer. Core thread. */
void notice_look(boxd_compute *compute, const grpc_metadata_array *metadata);

#endif
