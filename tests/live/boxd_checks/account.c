/*
 * account.c: checks of the account and of which RPCs exist.
 */
#include <stdio.h>
#include <string.h>

#include "boxd_checks/fixture.h"

#define METHOD(rpc, message) RPC_READ(rpc, message)

static void whoami(live *l)
{
    static const boxd_rpc_method WHOAMI = METHOD("Whoami", whoami);
    boxd_error error;
    BoxdPb__WhoamiRequest request = BOXD_PB__WHOAMI_REQUEST__INIT;
    ProtobufCMessage *reply = rpc(l, &WHOAMI, &request.base, &error);
    if (live_ok(l, reply != NULL, &error)) {
        const BoxdPb__WhoamiResponse *me = (const void *)reply;
        live_see(l, "user_id %s, default_network_id %s", me->user_id[0] ? "set" : "empty",
                 me->default_network_id[0] ? "set" : "empty");
    }
    boxd_rpc_reply_free(reply);
}

static void config(live *l)
{
    static const boxd_rpc_method CONFIG = METHOD("GetConfig", get_config);
    boxd_error error;
    BoxdPb__GetConfigRequest request = BOXD_PB__GET_CONFIG_REQUEST__INIT;
    ProtobufCMessage *reply = rpc(l, &CONFIG, &request.base, &error);
    if (live_ok(l, reply != NULL, &error)) {
        const BoxdPb__GetConfigResponse *it = (const void *)reply;
        live_see(l, "image %s, zone %s", it->default_image, it->zone[0] ? "set" : "empty");
    }
    boxd_rpc_reply_free(reply);
}

static void unknown_rpc(live *l)
{
    static const boxd_rpc_method NO_SUCH = METHOD("NoSuchRpc", whoami);
    BoxdPb__WhoamiRequest request = BOXD_PB__WHOAMI_REQUEST__INIT;
    see_rpc(l, &NO_SUCH, &request.base);
}

/* RPCs that change nothing. */
static const boxd_rpc_method readers[] = {
    METHOD("ListNetworks", list_networks),    METHOD("ListDomains", list_domains),
    METHOD("ListTemplates", list_templates),  METHOD("ListCustomDomains", list_custom_domains),
    METHOD("ListApiKeys", list_api_keys),     METHOD("ListSnapshots", list_snapshots),
    METHOD("ListDisks", list_disks),          METHOD("ListOrgs", list_orgs),
    METHOD("ListTeams", list_teams),          METHOD("ListPlans", list_plans),
    METHOD("GetBilling", get_billing),        METHOD("ListProxyNodes", list_proxy_nodes),
    METHOD("SuggestVmName", suggest_vm_name), METHOD("ListExposedPorts", list_exposed_ports),
    METHOD("GetOrgMembers", get_org_members), METHOD("GetOrgMachineDefaults", get_org_machine_defaults),
    METHOD("GetOrgUsage", get_org_usage),     METHOD("ListBillingActivity", list_billing_activity),
};

static void rpcs(live *l)
{
    live_see(l, "all OK but:");
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ProtobufCMessage *reply = boxd_rpc_call(client(l), &readers[i], NULL, &l->call, &error);
        if (reply == NULL)
            live_see(l, " %s %s", readers[i].name,
                     error.grpc_code >= 0 ? live_code_name(error.grpc_code) : boxd_status_name(error.status));
        boxd_rpc_reply_free(reply);
    }
}

const live_check account_checks[] = {
    {"account.whoami", "Two generations of one service",
     "Whoami has a user_id; default_network_id is gone in service 0.2.", "Whoami",
     "user_id set, default_network_id *", NULL, whoami},
    {"account.config", "What each 0.1.2 call sends", "What are the default image and the zone?", "GetConfig",
     NULL, "image ubuntu:24.04, zone set", config},
    {"rpc.unknown", "Two generations of one service", "What is gone answers UNIMPLEMENTED.", "NoSuchRpc",
     "UNIMPLEMENTED", NULL, unknown_rpc},
    {"rpc.served", "Two generations of one service",
     "Which RPCs that change nothing does the service have, those of service 0.1 and those of 0.2?",
     "each of them with an empty request", NULL,
     "all OK but: ListDomains UNIMPLEMENTED ListTemplates UNIMPLEMENTED ListTeams UNIMPLEMENTED ListPlans "
     "UNIMPLEMENTED "
     "GetBilling UNIMPLEMENTED GetOrgMembers UNIMPLEMENTED GetOrgMachineDefaults UNIMPLEMENTED GetOrgUsage "
     "UNIMPLEMENTED "
     "ListBillingActivity UNIMPLEMENTED|"
     "all OK but: ListTeams UNIMPLEMENTED ListPlans UNIMPLEMENTED GetBilling UNIMPLEMENTED GetOrgMembers "
     "UNIMPLEMENTED "
     "GetOrgMachineDefaults UNIMPLEMENTED GetOrgUsage UNIMPLEMENTED ListBillingActivity UNIMPLEMENTED",
     rpcs},
    {0},
};
