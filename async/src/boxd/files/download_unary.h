/*
 * download_unary.h: DownloadFile: a whole file in one reply, for servers without DownloadFileStream.
 * Core thread.
 */
#ifndef BOXD_DOWNLOAD_UNARY_H
#define BOXD_DOWNLOAD_UNARY_H

#include "boxd/client/call.h"

/* Starts the call for `path`; done() follows. False: out of memory. */
bool download_unary_start(api_call *c, request *owner, const char *path, const call_events *events);

#endif
