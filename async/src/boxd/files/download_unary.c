/* download_unary.c: the call DownloadFile. Called by download.c on the core thread. */
#include "boxd/files/download_unary.h"

#include "boxd/client/box.h"
#include "grpc/wire.h"

bool download_unary_start(api_call *c, request *owner, const char *path, const call_events *events)
{
    static const method download = {
        .name = "DownloadFile", .path = METHOD_PATH("DownloadFile"), .harmless = true, .large = true};
    const wire_field fields[] = {{1, boxd_box_id(owner->box)}, {2, path}};
    grpc_slice message;
    if (!wire_extend(grpc_empty_slice(), fields, 2, &message))
        return false;
    call_set_message(c, message);
    call_start_unary(c, owner, &download, events);
    return true;
}
