/* download_stream.c: the request of DownloadFileStream. Called by download.c on the core thread. */
#include "boxd/files/download_stream.h"

#include "boxd/client/box.h"
#include "grpc/wire.h"

const method DOWNLOAD_STREAM = {
    .name = "DownloadFileStream", .path = METHOD_PATH("DownloadFileStream"), .harmless = true};

void download_stream_start(stream_io *io, request *owner, const stream_events *events)
{
    stream_io_init(io, RESENT_BY_OWNER);
    stream_io_start(io, owner, &DOWNLOAD_STREAM, events);
}

bool download_stream_request(stream_io *io, const char *path)
{
    const wire_field fields[] = {{1, boxd_box_id(io->call.owner->box)}, {2, path}};
    outgoing *o = outgoing_new(true, true);
    if (!o || !wire_extend(grpc_empty_slice(), fields, 2, &o->message)) {
        outgoing_free(o);
        return false;
    }
    stream_io_send(io, o);
    stream_io_read(io);
    return true;
}
