/*
 * generation.c: the differences between service 0.1 and service 0.2: RPCs and fields. Read by the core thread
 * and, before it starts, by main().
 */
#include "rpc/generation.h"

#include <string.h>

#include "api.pb-c.h"
#include "base/util.h"

generation generation_served = GENERATION_BOTH;

static const char *const names[] = {"both", "0.1", "0.2"};

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

/* The RPCs that both services have. */
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

/* The RPCs that service 0.2 removed, and their replacements. */
static const struct {
    const char *rpc;
    /* Service 0.1 has it; otherwise it existed only between the two. */
    bool in_0_1;
    /* The message of UNIMPLEMENTED. */
    const char *message;
} removed[] = {
    {"BindDomain", true, "BindDomain was removed: use AddCustomDomain"},
    {"UnbindDomain", true, "UnbindDomain was removed: use RemoveCustomDomain"},
    {"ListDomains", true, "ListDomains was removed: use ListCustomDomains"},
    {"CreateTemplate", true, "templates were removed: use CreateSnapshot"},
    {"ListTemplates", true, "templates were removed: use ListSnapshots"},
    {"DeleteTemplate", true, "templates were removed: use DeleteSnapshot"},
    {"CreateVmFromTemplate", true, "templates were removed: use CreateVmFromSnapshot"},
    {"ChangeShape", false, "ChangeShape was removed: use ResizeVm"},
    {"MoveVmToOrg", false, "MoveVmToOrg was removed: use ShareVm"},
    {"RemoveVmFromOrg", false, "RemoveVmFromOrg was removed: use UnshareVm"},
    {"SetOrgContext", false, "SetOrgContext was removed: name the organisation in each call"},
};

static bool is_in_both(const char *rpc)
{
    for (size_t i = 0; i < count_of(in_both); i++) {
        if (strcmp(in_both[i], rpc) == 0)
            return true;
    }
    return false;
}

const char *generation_unsupported_reason(const char *rpc)
{
    for (size_t i = 0; i < count_of(removed); i++) {
        if (strcmp(removed[i].rpc, rpc) == 0) {
            bool served = removed[i].in_0_1 && generation_served != GENERATION_0_2;
            return served ? NULL : removed[i].message;
        }
    }
    if (generation_served == GENERATION_0_1 && !is_in_both(rpc))
        return "service 0.1, which this emulator runs as, does not have this RPC";
    return NULL;
}

/* A message whose fields differ. */
typedef struct {
    const ProtobufCMessageDescriptor *type;
    /* The last field of service 0.1. */
    unsigned last_of_0_1;
    /* The field that service 0.2 does not send; 0: it sends all. */
    unsigned removed;
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
        bool unknown = c != NULL && (generation_served == GENERATION_0_1 ? field->id > c->last_of_0_1
                                                                         : field->id == c->removed);
        if (unknown)
            reset(base, field);
        else
            trim_children(base, field);
    }
}
