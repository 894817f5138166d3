/*
 * control.h: the control routes, which the HTTP server calls for paths below HTTP_CONTROL_PREFIX.
 */
#ifndef EMULATOR_CONTROL_H
#define EMULATOR_CONTROL_H

#include "http/http.h"

/* `shutdown` runs on an HTTP thread. Call it before the server starts. */
void control_init(void (*shutdown)(void));
http_handler control_route;

#endif
