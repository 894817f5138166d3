#include "rpc/generation.h"

#include <string.h>

#include "api.pb-c.h"
#include "base/util.h"

generation generation_served = GENERATION_BOTH;

static const char *const names[] = {"both", "0.1.2", "today"};

bool generation_parse(const char *text, generation *out)
{
    for (size_t i = 0; i < count_of(names); i++) {
        if (strcmp(names[i], text) == 0) {
            *out = (generation)i;
            return true;
        }
    }
    return false;
}

const char *generation_name(void)
{
    return names[generation_served];
}

/* The RPCs of 0.1.2 that today still has. */
static const char *const in_both[] = {
    "CreateVm",     "DestroyVm",
    "StartVm",      "StopVm",
    "RebootVm",     "GetVm",
    "ListVms",      "StreamLogs",
    "Exec",         "CreateNetwork",
    "ListNetworks", "Whoami",
    "CreateToken",  "ListTokens",
    "RevokeToken",  "GetConfig",
    "ForkVm",       "ListProxies",
    "CreateProxy",  "DeleteProxy",
    "SetProxyPort", "UploadFile",
    "DownloadFile", "SuspendVm",
    "ResumeVm",     "CreateDisk",
    "ListDisks",    "AttachDisk",
    "DetachDisk",   "DestroyDisk",
    "CreateApiKey", "ListApiKeys",
    "DeleteApiKey", "SetAutoSuspendTimeout",
};

/* What today dropped, and what stands there instead. `seed`: 0.1.2 has it; else it came and went in between.
 */
static const struct {
    const char *rpc;
    bool seed;
    const char *gone;
} dropped[] = {
    {"BindDomain", true, "BindDomain is gone: use AddCustomDomain"},
    {"UnbindDomain", true, "UnbindDomain is gone: use RemoveCustomDomain"},
    {"ListDomains", true, "ListDomains is gone: use ListCustomDomains"},
    {"CreateTemplate", true, "templates are gone: use CreateSnapshot"},
    {"ListTemplates", true, "templates are gone: use ListSnapshots"},
    {"DeleteTemplate", true, "templates are gone: use DeleteSnapshot"},
    {"CreateVmFromTemplate", true, "templates are gone: use CreateVmFromSnapshot"},
    {"ChangeShape", false, "ChangeShape is gone: use ResizeVm"},
    {"MoveVmToOrg", false, "MoveVmToOrg is gone: use ShareVm"},
    {"RemoveVmFromOrg", false, "RemoveVmFromOrg is gone: use UnshareVm"},
    {"SetOrgContext", false, "SetOrgContext is gone: name the organisation in each call"},
};

static bool is_in_both(const char *rpc)
{
    for (size_t i = 0; i < count_of(in_both); i++) {
        if (strcmp(in_both[i], rpc) == 0)
            return true;
    }
    return false;
}

const char *generation_lacks(const char *rpc)
{
    for (size_t i = 0; i < count_of(dropped); i++) {
        if (strcmp(dropped[i].rpc, rpc) == 0) {
            bool served = dropped[i].seed && generation_served != GENERATION_TODAY;
            return served ? NULL : dropped[i].gone;
        }
    }
    if (generation_served == GENERATION_0_1_2 && !is_in_both(rpc))
        return "the generation 0.1.2 of the service, which this emulator plays, has no such RPC";
    return NULL;
}

/* Messages that grew or shrank: fields above `last` are younger than 0.1.2, `gone` is not sent today. */
typedef struct {
    const ProtobufCMessageDescriptor *type;
    unsigned last, gone;
} change;

static const change changes[] = {
    {&boxd_pb__vm_config__descriptor, 6, 0},
    {&boxd_pb__create_vm_request__descriptor, 8, 0},
    {&boxd_pb__create_vm_response__descriptor, 7, 0},
    {&boxd_pb__get_vm_response__descriptor, 8, 0},
    {&boxd_pb__list_vms_request__descriptor, 0, 0},
    {&boxd_pb__list_vms_response__descriptor, 1, 0},
    {&boxd_pb__exec_chunk__descriptor, 6, 0},
    {&boxd_pb__whoami_response__descriptor, 3, 3},
    {&boxd_pb__fork_vm_request__descriptor, 3, 0},
    {&boxd_pb__fork_vm_response__descriptor, 8, 0},
    {&boxd_pb__list_proxies_request__descriptor, 1, 0},
    {&boxd_pb__proxy_info__descriptor, 6, 0},
    {&boxd_pb__create_proxy_request__descriptor, 3, 0},
    {&boxd_pb__delete_proxy_request__descriptor, 2, 0},
    {&boxd_pb__set_proxy_port_request__descriptor, 3, 0},
    {&boxd_pb__upload_file_response__descriptor, 0, 0},
    {&boxd_pb__disk_info__descriptor, 6, 5},
    {&boxd_pb__create_api_key_request__descriptor, 2, 0},
    {&boxd_pb__api_key_info__descriptor, 6, 0},
};

static const change *change_of(const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < count_of(changes); i++) {
        if (changes[i].type == type)
            return &changes[i];
    }
    return NULL;
}

static size_t scalar_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    default:
        return 4;
    }
}

static void reset(char *base, const ProtobufCFieldDescriptor *field)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        memset(base + field->quantifier_offset, 0, sizeof(size_t));
        memset(base + field->offset, 0, sizeof(void *));
    } else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        memset(base + field->quantifier_offset, 0, sizeof(int));
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *empty = protobuf_c_empty_string;
        memcpy(base + field->offset, &empty, sizeof empty);
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        memset(base + field->offset, 0, sizeof(protobuf_c_boolean));
    } else {
        memset(base + field->offset, 0, scalar_size(field->type));
    }
}

static void trim_children(char *base, const ProtobufCFieldDescriptor *field)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE || (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
        return;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count;
        ProtobufCMessage **list;
        memcpy(&count, base + field->quantifier_offset, sizeof count);
        memcpy(&list, base + field->offset, sizeof list);
        for (size_t i = 0; i < count; i++)
            generation_trim(list[i]);
        return;
    }
    ProtobufCMessage *child;
    memcpy(&child, base + field->offset, sizeof(void *));
    if (child != NULL)
        generation_trim(child);
}

void generation_trim(ProtobufCMessage *message)
{
    if (generation_served == GENERATION_BOTH)
        return;
    const ProtobufCMessageDescriptor *type = message->descriptor;
    const change *c = change_of(type);
    char *base = (char *)message;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool unknown =
            c != NULL && (generation_served == GENERATION_0_1_2 ? field->id > c->last : field->id == c->gone);
        if (unknown)
            reset(base, field);
        else
            trim_children(base, field);
    }
}
