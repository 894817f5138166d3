/*
 * remove.h: removes what a run of boxd has made.
 */
#ifndef LIVE_BOXD_CHECKS_REMOVE_H
#define LIVE_BOXD_CHECKS_REMOVE_H

#include "clean.h"

bool clean_boxd(cleaning *c, boxd_error *error);

#endif
