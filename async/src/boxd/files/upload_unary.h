/*
 * upload_unary.h: UploadFile: a whole file in one message, for servers without UploadFileStream. Core thread.
 */
#ifndef BOXD_UPLOAD_UNARY_H
#define BOXD_UPLOAD_UNARY_H

#include "boxd/client/call.h"
#include "boxd/files/file_source.h"

extern const method UPLOAD_UNARY;

/* False: the contents do not fit one message, as `error` says. */
bool upload_unary_fits(const file_source *from, boxd_error *error);

/* Starts the call with all of `from`, which has been fetched; done() follows. False: out of memory. */
bool upload_unary_start(api_call *c, request *owner, const file_source *from, const call_events *events);

#endif
