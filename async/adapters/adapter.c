/*
 * adapter.c: attaches a client to an event loop of any kind. The attach functions of the adapters call it, on
 * the thread of the loop.
 */
#include "adapter.h"
#include "errors.h"
#include "mem.h"

boxd_status adapter_attach(const adapter *kind, adapter_client *client, void *loop, boxd_error *error)
{
    attachment *a = mem_calloc(1, kind->size);
    if (!a)
        return error_no_memory(error, "attaching a client to a loop");
    a->client = client;
    const boxd_status status = CLIENT_CALL(attach)(client, kind->detach, a, error);
    if (status != BOXD_OK) {
        mem_free(a);
        return status;
    }
    const char *reason = kind->start(a, loop, CLIENT_CALL(fd)(client));
    if (!reason)
        return BOXD_OK;
    CLIENT_CALL(detach)(client);
    return error_set(error, BOXD_ERR_FAILED, "%s cannot wait on the client's descriptor: %s", kind->name,
                     reason);
}
