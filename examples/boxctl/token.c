/* Tokens: credentials that expire. */
#include "boxctl.h"

static struct {
    int64_t expires_s;
} args;

static const option_row CREATE_OPTIONS[] = {
    {"expires", 'e', OPTION_NUMBER, &args.expires_s, "SECONDS", "from now (default: the service's)"},
    {0},
};

static int run_ls(cli *c, char **operands, int count)
{
    static const column COLUMNS[] = {{"ID", "jti", CELL_TEXT},
                                     {"CREATED", "created_at_ms", CELL_AGE},
                                     {"EXPIRES", "expires_at_ms", CELL_TIME},
                                     {0}};
    (void)operands;
    (void)count;
    int code = EXIT_GOOD;
    if (!cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_tokens *tokens = boxd_token_list(c->compute, &call, &error);
    if (!tokens)
        return cli_fail(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < tokens->count; i++) {
        const boxd_token_info *t = tokens->items[i];
        json_array_append_new(rows, json_pack("{s:o, s:o, s:o}", "jti", json_text(t->jti), "created_at_ms",
                                              json_time(t->created_at_ms), "expires_at_ms",
                                              json_time(t->expires_at_ms)));
    }
    boxd_tokens_free(tokens);
    return print_rows(c, rows, COLUMNS);
}

static int run_create(cli *c, char **operands, int count)
{
    (void)operands;
    (void)count;
    int code = EXIT_GOOD;
    if (!cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_token *token = boxd_token_create(c->compute, args.expires_s, &call, &error);
    if (!token)
        return cli_fail(c, &error);
    if (c->json)
        code = print_json(json_pack("{s:o, s:o, s:o}", "token", json_text(token->token), "jti",
                                    json_text(token->jti), "expires_at_ms", json_time(token->expires_at_ms)),
                          false);
    else
        printf("%s\n", token->token); /* also with -q: it is never told again */
    if (!c->json && token->jti)
        cli_note(c, "its id is %s: `boxctl token revoke ID` takes it", token->jti);
    boxd_token_free(token);
    return code;
}

static int run_revoke(cli *c, char **operands, int count)
{
    (void)count;
    int code = EXIT_GOOD;
    if (!cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    if (boxd_token_revoke(c->compute, operands[0], &call, &error) != BOXD_OK)
        return cli_fail(c, &error);
    return print_done(c, json_pack("{s:o}", "revoked", json_text(operands[0])), "%s", operands[0]);
}

const command TOKEN_COMMANDS[] = {
    {"token ls", "tokens", "", "List the tokens that can be used now",
     "Each run of boxctl with an API key makes one, which expires by itself; the service does not tell which "
     "these are.",
     NO_OPTIONS, 0, 0, false, false, run_ls, NULL},
    {"token create", NULL, "", "Make a token, and print it this once",
     "For BOXD_TOKEN of another process. The token is standard output; its id, for `token revoke`, stands on "
     "standard\n"
     "error, and in --json.",
     CREATE_OPTIONS, 0, 0, false, false, run_create, NULL},
    {"token revoke", "token rm", "ID", "Make a token worthless", NULL, NO_OPTIONS, 1, 1, false, false,
     run_revoke, NULL},
    {0},
};
