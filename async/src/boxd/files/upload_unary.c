/* upload_unary.c: the call UploadFile. Called by upload.c on the core thread. */
#include "boxd/files/upload_unary.h"

#include "boxd/client/box.h"
#include "errors.h"
#include "grpc/wire.h"

/* The largest content that fits into a message beside the path. */
#define MAX_BYTES ((size_t)64 * 1024 * 1024 - (size_t)64 * 1024)

const method UPLOAD_UNARY = {.name = "UploadFile", .path = METHOD_PATH("UploadFile")};

bool upload_unary_fits(const file_source *from, boxd_error *error)
{
    if (from->size <= MAX_BYTES)
        return true;
    error_set(error, BOXD_ERR_UNSUPPORTED,
              "this server has no UploadFileStream, and %llu bytes are more than one message holds "
              "(%zu); split the file",
              (unsigned long long)from->size, MAX_BYTES);
    return false;
}

bool upload_unary_start(api_call *c, request *owner, const file_source *from, const call_events *events)
{
    grpc_slice packed;
    BoxdPb__UploadFileRequest message = BOXD_PB__UPLOAD_FILE_REQUEST__INIT;
    message.vm_id = boxd_box_id(owner->box);
    message.path = from->path;
    message.data = wire_bytes(file_source_piece(from), (size_t)from->size);
    if (!wire_pack(&message.base, &packed))
        return false;
    call_set_message(c, packed);
    call_start_unary(c, owner, &UPLOAD_UNARY, events);
    return true;
}
