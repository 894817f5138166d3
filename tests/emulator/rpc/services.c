#include "rpc/services.h"

#include <stdlib.h>
#include <string.h>

#include "api.pb-c.h"
#include "rpc/generation.h"

static const service_row *const tables[] = {
    create_rows,      record_rows,    lifecycle_rows, fork_rows,     exec_rows,     file_rows,
    file_stream_rows, directory_rows, identity_rows,  log_rows,      network_rows,  domain_rows,
    proxy_rows,       port_rows,      disk_rows,      template_rows, snapshot_rows, checkpoint_rows,
    setting_rows,     label_rows,     expiry_rows,    spec_rows,     ssh_key_rows,  api_key_rows,
};

static service_method *methods;
static size_t method_count;
static strmap by_path;

static const service_row *find_row(const char *rpc)
{
    for (size_t t = 0; t < count_of(tables); t++) {
        for (const service_row *row = tables[t]; row->rpc != NULL; row++) {
            if (strcmp(row->rpc, rpc) == 0)
                return row;
        }
    }
    return NULL;
}

void services_init(void)
{
    const ProtobufCServiceDescriptor *api = &boxd_pb__boxd_api__descriptor;
    size_t reflections = 0;
    while (reflection_rows[reflections].rpc != NULL)
        reflections++;
    methods = xcalloc(api->n_methods + reflections, sizeof *methods);
    for (unsigned i = 0; i < api->n_methods; i++) {
        service_method *m = &methods[method_count++];
        m->types = &api->methods[i];
        m->name = m->types->name;
        m->path = xprintf("/boxd.api.v1.BoxdApi/%s", m->name);
        m->row = find_row(m->name);
        m->lacks = generation_lacks(m->name);
        strmap_put(&by_path, m->path, m);
    }
    for (size_t i = 0; i < reflections; i++) {
        service_method *m = &methods[method_count++];
        m->path = xstrdup(reflection_rows[i].rpc);
        m->name = m->path;
        m->row = &reflection_rows[i];
        m->open = true;
        strmap_put(&by_path, m->path, m);
    }
}

void services_destroy(void)
{
    strmap_clear(&by_path);
    for (size_t i = 0; i < method_count; i++)
        free(methods[i].path);
    free(methods);
    methods = NULL;
    method_count = 0;
}

const service_method *services_find(const char *path, size_t length)
{
    return strmap_get(&by_path, path, length);
}

bool services_have(const char *rpc)
{
    for (size_t i = 0; i < method_count; i++) {
        if (strcmp(methods[i].name, rpc) == 0)
            return true;
    }
    return false;
}
