/* Finds the version of the service by its RPCs. */
#include "commands/service_version.h"

#include <boxd/rpc.h>

/* One RPC that was new in each version, oldest first. None of them changes anything. */
static const struct {
    const char *since;
    boxd_rpc_method method;
} GENERATIONS[] = {
    {"0.1.6",
     BOXD_RPC_METHOD("ListOrgs", boxd_pb__list_orgs_request, boxd_pb__list_orgs_response, BOXD_RPC_READ)},
    {"0.2.0", BOXD_RPC_METHOD("SuggestVmName", boxd_pb__suggest_vm_name_request,
                              boxd_pb__suggest_vm_name_response, BOXD_RPC_READ)},
    {"0.2.5", BOXD_RPC_METHOD("ListCustomDomains", boxd_pb__list_custom_domains_request,
                              boxd_pb__list_custom_domains_response, BOXD_RPC_READ)},
    {"0.2.15",
     BOXD_RPC_METHOD("ListDir", boxd_pb__list_dir_request, boxd_pb__list_dir_response, BOXD_RPC_READ)},
    {"0.2.19",
     BOXD_RPC_METHOD("GetOrgIdleIgnoreOutboundDefault", boxd_pb__get_org_idle_ignore_outbound_default_request,
                     boxd_pb__get_org_idle_ignore_outbound_default_response, BOXD_RPC_READ)},
};
enum { GENERATION_COUNT = sizeof GENERATIONS / sizeof *GENERATIONS };

const char *service_version(boxd_compute *compute, const boxd_call_options *call, const char **missing,
                            boxd_error *error)
{
    const char *version = NULL;
    *missing = NULL;
    for (size_t i = 0; i < GENERATION_COUNT; i++) {
        boxd_error failed = BOXD_ERROR_INIT;
        ProtobufCMessage *reply = boxd_rpc_call(compute, &GENERATIONS[i].method, NULL, call, &failed);
        const bool answered = reply || failed.sent == BOXD_SENT_YES;
        boxd_rpc_reply_free(reply);
        if (failed.status == BOXD_ERR_UNSUPPORTED)
            *missing = *missing ? *missing : GENERATIONS[i].method.name;
        else if (answered)
            version = GENERATIONS[i].since;
        else
            *error = failed;
        if (!reply && !answered)
            break;
    }
    return version ? version : *missing ? "0.1.2" : NULL;
}
