/*
 * templates.c: CreateTemplate, ListTemplates, DeleteTemplate, CreateVmFromTemplate. A
 * template is an image and a configuration under a name; only service 0.1 has templates. Core thread only.
 */
#include <stdlib.h>
#include <string.h>

#include "base/records.h"
#include "service/service.h"

typedef struct {
    /* First member. */
    record record;
    char *image_ref;
    /* Never NULL. */
    BoxdPb__VmConfig *config;
} template;

/* core thread only */
static records templates;

static template *find(const char *id)
{
    return (template *)records_by_id(&templates, id);
}

static void remove_template(template *t)
{
    records_remove(&templates, &t->record);
    protobuf_c_message_free_unpacked(&t->config->base, NULL);
    free(t->image_ref);
    free(t);
}

static void destroy_all(void)
{
    while (templates.first != NULL)
        remove_template((template *)templates.first);
    records_end(&templates);
}

static int not_found(call *c, const char *id)
{
    return call_error(c, GRPC_STATUS_NOT_FOUND, "no template has the id \"%.80s\"", id);
}

/* A copy on the heap. */
static BoxdPb__VmConfig *copy_config(const BoxdPb__VmConfig *config)
{
    static const BoxdPb__VmConfig none = BOXD_PB__VM_CONFIG__INIT;
    const ProtobufCMessage *from = config ? &config->base : &none.base;
    size_t size = protobuf_c_message_get_packed_size(from);
    uint8_t *packed = xmalloc(size);
    (void)protobuf_c_message_pack(from, packed);
    ProtobufCMessage *copy = protobuf_c_message_unpack(&boxd_pb__vm_config__descriptor, NULL, size, packed);
    free(packed);
    return (BoxdPb__VmConfig *)copy;
}

static int create_template(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateTemplateRequest *request = (const BoxdPb__CreateTemplateRequest *)message;
    if (!name_valid(request->name))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is not a valid template name",
                          request->name);
    if (records_by_name(&templates, request->name) != NULL)
        return call_error(c, GRPC_STATUS_ALREADY_EXISTS, "a template named \"%s\" already exists",
                          request->name);
    int code = request->image_ref[0] ? image_check(c, request->image_ref) : 0;
    if (code == 0)
        code = machine_check_config(c, request->config);
    if (code != 0)
        return code;
    template *t = xcalloc(1, sizeof *t);
    records_add(&templates, &t->record, request->name);
    t->image_ref = xstrdup(request->image_ref[0] ? request->image_ref : machine_settings.image);
    t->config = copy_config(request->config);
    BoxdPb__CreateTemplateResponse *reply = (BoxdPb__CreateTemplateResponse *)out;
    reply->template_id = arena_strdup(&c->memory, t->record.id);
    reply->name = arena_strdup(&c->memory, t->record.name);
    reply->status = "ready";
    return 0;
}

static int list_templates(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListTemplatesResponse *reply = (BoxdPb__ListTemplatesResponse *)out;
    (void)message;
    reply->templates = arena_alloc(&c->memory, templates.count * sizeof(void *));
    for (const record *r = templates.first; r != NULL; r = r->next) {
        const template *t = (const template *)r;
        BoxdPb__TemplateInfo *info = message_new(&c->memory, &boxd_pb__template_info__descriptor);
        info->template_id = arena_strdup(&c->memory, t->record.id);
        info->name = arena_strdup(&c->memory, t->record.name);
        info->image_ref = arena_strdup(&c->memory, t->image_ref);
        info->status = "ready";
        info->vcpu = t->config->vcpu ? t->config->vcpu : MACHINE_DEFAULT_VCPU;
        info->memory_bytes = t->config->memory_bytes ? t->config->memory_bytes : MACHINE_DEFAULT_MEMORY;
        reply->templates[reply->n_templates++] = info;
    }
    return 0;
}

static int delete_template(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const char *id = ((const BoxdPb__DeleteTemplateRequest *)message)->template_id;
    template *t = find(id);
    (void)out;
    if (t == NULL)
        return not_found(c, id);
    remove_template(t);
    return 0;
}

static void fill_reply(call *c, const machine *m)
{
    BoxdPb__CreateVmFromTemplateResponse *reply = (BoxdPb__CreateVmFromTemplateResponse *)c->reply;
    reply->vm_id = arena_strdup(&c->memory, m->id);
    reply->name = arena_strdup(&c->memory, m->name);
    reply->public_ip = arena_strdup(&c->memory, m->public_ip);
    reply->url = arena_strdup(&c->memory, m->url);
    reply->status = machine_status_name(m->status);
    reply->boot_time_ms = m->boot_time_ms;
}

static int create_vm_from_template(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateVmFromTemplateRequest *request = (const BoxdPb__CreateVmFromTemplateRequest *)message;
    (void)out;
    const template *t = find(request->template_id);
    if (t == NULL)
        return not_found(c, request->template_id);
    int code;
    machine *m = machine_create(c, request->name, &code);
    if (m == NULL)
        return code;
    m->image_ref = xstrdup(t->image_ref);
    m->restart_policy = xstrdup("always");
    code = machine_configure(c, m, t->config);
    if (code == 0) /* a field that the request leaves out keeps the template's value */
        code = machine_configure(c, m, request->config);
    return machine_launch(c, m, code, NULL, fill_reply);
}

const rpc_handler template_rpcs[] = {
    {.rpc = "CreateTemplate", .unary = create_template},
    {.rpc = "ListTemplates", .unary = list_templates},
    {.rpc = "DeleteTemplate", .unary = delete_template},
    {.rpc = "CreateVmFromTemplate", .unary = create_vm_from_template},
    {NULL, NULL, NULL},
};

const machine_extension template_extension = {.shutdown = destroy_all};
