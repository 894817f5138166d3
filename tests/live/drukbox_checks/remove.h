/*
 * remove.h: removes what a run of Drukbox has made.
 */
#ifndef LIVE_DRUKBOX_CHECKS_REMOVE_H
#define LIVE_DRUKBOX_CHECKS_REMOVE_H

#include "clean.h"

bool clean_drukbox(cleaning *c, boxd_error *error);

#endif
