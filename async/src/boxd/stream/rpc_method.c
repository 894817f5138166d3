/* rpc_method.c: checks a method that the program specifies, and its messages. Any thread. */
#include "boxd/stream/rpc_method.h"

#include "boxd/client/failure.h"
#include "errors.h"
#include "mem.h"
#include "names.h"
#include "options.h"

#include <string.h>

static bool is_name(const char *name)
{
    if (!name || !ascii_is_alpha(*name))
        return false;
    while (ascii_is_alnum(*name))
        name++;
    return !*name;
}

static boxd_status check(const boxd_rpc_method *from, bool stream, boxd_error *error)
{
    char shown[96];
    if (!from->request || !from->reply)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the method or a descriptor in it is NULL; make it with BOXD_RPC_METHOD()");
    if (!is_name(from->name))
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "\"%s\" is not the name of an RPC; give one of api.proto, such as \"ListOrgs\"",
                         text_printable(from->name, shown, sizeof shown));
    if ((from->flags & ~(BOXD_RPC_READ | BOXD_RPC_STREAM)) != 0 || from->reserved_ != 0)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the method %s has flags that this library, version %s, does not know", from->name,
                         boxd_version());
    if (((from->flags & BOXD_RPC_STREAM) != 0) != stream)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         stream ? "%s has no BOXD_RPC_STREAM; call it with boxd_rpc_call()"
                                : "%s is a stream; open it with boxd_rpc_stream_open()",
                         from->name);
    return BOXD_OK;
}

boxd_status rpc_method_init(rpc_method *m, const boxd_rpc_method *given, bool stream, boxd_error *error)
{
    boxd_rpc_method copy;
    const boxd_rpc_method *from = &copy;
    *m = (rpc_method){0};
    if (options_copy(&copy, OPTION_TYPE_RESERVED(boxd_rpc_method), given, error) != BOXD_OK ||
        check(from, stream, error) != BOXD_OK)
        return error->status;
    m->path = mem_printf("%s%s", METHOD_PATH(""), from->name);
    if (!m->path)
        return error_no_memory(error, "starting a call");
    m->request = from->request;
    m->reply = from->reply;
    m->method.path = m->path;
    m->method.name = m->path + strlen(METHOD_PATH(""));
    m->method.transient = true;
    m->method.large = true; /* it is not known what the RPC answers */
    m->method.read = !stream && (from->flags & BOXD_RPC_READ) != 0;
    m->method.harmless = (from->flags & BOXD_RPC_READ) != 0;
    return BOXD_OK;
}

void rpc_method_free(rpc_method *m)
{
    mem_free(m->path);
}

boxd_status rpc_method_pack(const rpc_method *m, const ProtobufCMessage *message, grpc_slice *out,
                            boxd_error *error)
{
    if (!message || !message->descriptor)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the message is NULL or not initialised; %s takes a %s", m->method.name,
                         m->request->name);
    if (message->descriptor != m->request)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the message is a %s; %s takes a %s",
                         message->descriptor->name, m->method.name, m->request->name);
    if (!wire_pack(message, out))
        return error_no_memory(error, "starting a call");
    if (failure_check_size(GRPC_SLICE_LENGTH(*out), m->method.name, error) == BOXD_OK)
        return BOXD_OK;
    grpc_slice_unref(*out);
    *out = grpc_empty_slice();
    return error->status;
}
