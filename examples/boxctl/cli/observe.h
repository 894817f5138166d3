/* observe.h: the hooks of the client for -v and --trace. */
#ifndef BOXCTL_OBSERVE_H
#define BOXCTL_OBSERVE_H

#include <boxd/boxd.h>

/* `verbose`: how often -v was given. NULL: no hook is needed. Valid until the next call. */
const boxd_hooks *observe_hooks(int verbose, bool trace);

#endif
