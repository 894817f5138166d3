/*
 * token.c: the blocking functions for tokens. Each one submits its async twin and waits for the callback
 * (waiter.h): it runs on the thread of the caller, the callback on the core thread of the client.
 */
#include "waiter.h"

#include <boxd/aio/token.h>
#include <boxd/token.h>

WAITER_CALLBACK(on_token, boxd_token)
WAITER_CALLBACK(on_tokens, boxd_tokens)

boxd_token *boxd_token_create(boxd_compute *compute, int64_t expires_in_s, const boxd_call_options *call,
                              boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_token_create(compute, expires_in_s, call, on_token, &w));
}

boxd_tokens *boxd_token_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_token_list(compute, call, on_tokens, &w));
}

boxd_status boxd_token_revoke(boxd_compute *compute, const char *jti, const boxd_call_options *call,
                              boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_token_revoke(compute, jti, call, waiter_on_done, &w));
}
