/* Both surfaces of the door to every RPC, in one program: it asks for a client without a credential. */
#include <boxd/aio/rpc.h>
#include <boxd/boxd.h>
#include <boxd/rpc.h>

#include <stdio.h>

static const boxd_rpc_method LIST_ORGS =
    BOXD_RPC_METHOD("ListOrgs", boxd_pb__list_orgs_request, boxd_pb__list_orgs_response, BOXD_RPC_READ);

int main(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__ListOrgsRequest request = BOXD_PB__LIST_ORGS_REQUEST__INIT;
    boxd_compute *compute = boxd_compute_open(NULL, &error);
    if (!compute) {
        fprintf(stderr, "%s: %s\n", boxd_status_name(error.status), error.message);
        return 1;
    }
    ProtobufCMessage *reply = boxd_rpc_call(compute, &LIST_ORGS, &request.base, NULL, &error);
    boxd_rpc_reply_free(reply);
    boxd_aio_rpc_call(compute, &LIST_ORGS, &request.base, NULL, NULL, NULL);
    boxd_compute_close(compute);
    return 0;
}
