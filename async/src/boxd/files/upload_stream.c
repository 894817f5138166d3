/* upload_stream.c: the messages of UploadFileStream. Called by upload.c on the core thread. */
#include "boxd/files/upload_stream.h"

#include "boxd/client/box.h"
#include "grpc/wire.h"

void upload_stream_start(upload_stream *s, request *owner, const stream_events *events)
{
    static const method upload = {.name = "UploadFileStream", .path = METHOD_PATH("UploadFileStream")};
    stream_io_init(&s->io, RESENT_BY_OWNER);
    stream_io_start(&s->io, owner, &upload, events);
}

/* The first message says what is uploaded, and where to. */
bool upload_stream_send(upload_stream *s, const file_source *from, size_t size)
{
    const bool first = from->offset == 0, last = from->offset + size == from->size;
    BoxdPb__UploadFileChunk message = BOXD_PB__UPLOAD_FILE_CHUNK__INIT;
    message.vm_id = first ? boxd_box_id(s->io.call.owner->box) : "";
    message.path = first ? from->path : "";
    message.total_size = first ? from->size : 0;
    message.data = wire_bytes(file_source_piece(from), size);
    outgoing *o = outgoing_new(true, last);
    if (!o || !wire_pack(&message.base, &o->message)) {
        outgoing_free(o);
        return false;
    }
    stream_io_send(&s->io, o);
    return true;
}

bool upload_stream_keep(upload_stream *s, grpc_byte_buffer *message)
{
    if (s->reply) {
        grpc_byte_buffer_destroy(message);
        return false;
    }
    s->reply = message;
    stream_io_read(&s->io);
    return true;
}

void upload_stream_clear(upload_stream *s)
{
    if (s->reply)
        grpc_byte_buffer_destroy(s->reply);
    s->reply = NULL;
    stream_io_clear(&s->io);
}
