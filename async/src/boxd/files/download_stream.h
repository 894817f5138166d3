/*
 * download_stream.h: DownloadFileStream: one request, and the file in messages, each asked for when the one
 * before is stored. Core thread.
 */
#ifndef BOXD_DOWNLOAD_STREAM_H
#define BOXD_DOWNLOAD_STREAM_H

#include "boxd/stream/stream_io.h"

extern const method DOWNLOAD_STREAM;

void download_stream_start(stream_io *io, request *owner, const stream_events *events);

/* Sends the request for `path`, and asks for the first message. False: out of memory. */
bool download_stream_request(stream_io *io, const char *path);

#endif
