/* service_version.h: which version of the service answers. */
#ifndef BOXCTL_SERVICE_VERSION_H
#define BOXCTL_SERVICE_VERSION_H

#include "cli/run.h"

/*
 * Finds the newest version whose RPCs the service has, by calls that change nothing; no RPC returns the
 * version. Sets `*missing` to the oldest RPC that the service does not have, or NULL. NULL: no call was
 * answered; `error` says why.
 */
const char *service_version(boxd_compute *compute, const boxd_call_options *call, const char **missing,
                            boxd_error *error);

#endif
