/*
 * methods.c: the table of all RPCs of the contract, with their handlers. Built by main() before the servers
 * start, then only read, by any thread.
 */
#include "rpc/methods.h"

#include <stdlib.h>
#include <string.h>

#include "api.pb-c.h"
#include "rpc/generation.h"

static rpc_method *methods;
static size_t method_count;
static strmap by_path;

static const rpc_handler *find_handler(const rpc_handler *const *tables, const char *rpc)
{
    for (; *tables != NULL; tables++) {
        for (const rpc_handler *handler = *tables; handler->rpc != NULL; handler++) {
            if (strcmp(handler->rpc, rpc) == 0)
                return handler;
        }
    }
    return NULL;
}

void methods_init(const rpc_handler *const *tables)
{
    const ProtobufCServiceDescriptor *api = &boxd_pb__boxd_api__descriptor;
    size_t reflections = 0;
    while (reflection_rpcs[reflections].rpc != NULL)
        reflections++;
    methods = xcalloc(api->n_methods + reflections, sizeof *methods);
    for (unsigned i = 0; i < api->n_methods; i++) {
        rpc_method *m = &methods[method_count++];
        m->types = &api->methods[i];
        m->name = m->types->name;
        m->path = xprintf("/boxd.api.v1.BoxdApi/%s", m->name);
        m->handler = find_handler(tables, m->name);
        m->unsupported = generation_unsupported_reason(m->name);
        strmap_put(&by_path, m->path, m);
    }
    for (size_t i = 0; i < reflections; i++) {
        rpc_method *m = &methods[method_count++];
        m->path = xstrdup(reflection_rpcs[i].rpc);
        m->name = m->path;
        m->handler = &reflection_rpcs[i];
        m->is_public = true;
        strmap_put(&by_path, m->path, m);
    }
}

void methods_destroy(void)
{
    strmap_clear(&by_path);
    for (size_t i = 0; i < method_count; i++)
        free(methods[i].path);
    free(methods);
    methods = NULL;
    method_count = 0;
}

const rpc_method *methods_find(const char *path, size_t length)
{
    return strmap_get(&by_path, path, length);
}

bool methods_contain(const char *rpc)
{
    for (size_t i = 0; i < method_count; i++) {
        if (strcmp(methods[i].name, rpc) == 0)
            return true;
    }
    return false;
}
