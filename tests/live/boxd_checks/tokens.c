/*
 * tokens.c: checks of tokens that an RPC makes.
 */
#include <string.h>
#include <time.h>

#include "boxd_checks/fixture.h"
#include "mask.h"

enum { TOKEN_LIFETIME_S = 300 };

static void see_use(live *l, const char *token)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *other =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .token = token,
                                       .update_notice = BOXD_UPDATE_NOTICE_OFF, .read_retries = -1),
                          &error);
    boxd_identity *identity = other ? boxd_compute_whoami(other, &l->call, &error) : NULL;
    see_status(l, identity ? BOXD_OK : error.status, &error);
    boxd_identity_free(identity);
    (void)boxd_compute_close(other);
}

static bool is_listed(live *l, const char *jti)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_tokens *tokens = boxd_token_list(client(l), &l->call, &error);
    bool found = false;
    for (size_t i = 0; tokens != NULL && jti != NULL && i < tokens->count; i++)
        found = found || (tokens->items[i]->jti != NULL && strcmp(tokens->items[i]->jti, jti) == 0);
    boxd_tokens_free(tokens);
    return found;
}

/* One token: created, used, listed, revoked, used again. A token has no name. If the reply is lost, the token
 * ends after its lifetime. */
static void lifecycle(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_token *token = boxd_token_create(client(l), TOKEN_LIFETIME_S, &l->create_call, &error);
    live_see(l, "create ");
    if (!live_ok(l, token != NULL, &error))
        return;
    if (token->jti != NULL && !live_made(l, "token", token->jti)) {
        (void)boxd_token_revoke(client(l), token->jti, &l->call, &error);
        boxd_token_free(token);
        return;
    }
    const int64_t left_s = token->expires_at_ms / 1000 - (int64_t)time(NULL);
    live_see(l, "%s, use ",
             left_s > TOKEN_LIFETIME_S - 60 && left_s < TOKEN_LIFETIME_S + 60 ? "OK"
                                                                              : "OK with another lifetime");
    see_use(l, token->token);
    live_see(l, ", %s, revoke ", is_listed(l, token->jti) ? "listed" : "not listed");
    see_status(l, boxd_token_revoke(client(l), token->jti, &l->call, &error), &error);
    live_see(l, ", use ");
    see_use(l, token->token);
    boxd_token_free(token);
}

static void revoke_unknown(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    see_status(l, boxd_token_revoke(client(l), "00000000-0000-4000-8000-000000000000", &l->call, &error),
               &error);
}

const live_check token_checks[] = {
    {"tokens.lifecycle", "What each 0.1.2 call sends",
     "CreateToken, ListTokens and RevokeToken are in the descriptor of service 0.2. Does it serve them, and "
     "does a "
     "revoked token end at once?",
     "CreateToken of 300 s, Whoami with it, ListTokens, RevokeToken, Whoami", NULL,
     "create OK, use OK, listed, revoke OK, use UNAUTHENTICATED", lifecycle},
    {"tokens.revoke-unknown", "What each 0.1.2 call sends", "What does RevokeToken of an unknown id end in?",
     "RevokeToken of an id that does not exist", NULL, "NOT_FOUND", revoke_unknown},
    {0},
};
