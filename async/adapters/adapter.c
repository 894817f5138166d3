#include "adapter.h"
#include "errors.h"
#include "mem.h"

#include <boxd/aio/compute.h>

boxd_status adapter_attach(const adapter *kind, boxd_compute *compute, void *loop, boxd_error *error)
{
    attachment *a = mem_calloc(1, kind->size);
    if (!a)
        return error_no_memory(error, "attaching a client to a loop");
    a->compute = compute;
    const boxd_status status = boxd_aio_attach(compute, kind->detach, a, error);
    if (status != BOXD_OK) {
        mem_free(a);
        return status;
    }
    const char *reason = kind->start(a, loop, boxd_aio_fd(compute));
    if (!reason)
        return BOXD_OK;
    boxd_aio_detach(compute);
    return error_set(error, BOXD_ERR_FAILED, "%s cannot wait on the client's descriptor: %s", kind->name,
                     reason);
}
