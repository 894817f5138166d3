/* The commands token ls, create and revoke. A token is a credential that expires. */
#include "commands/each.h"
#include "commands/table.h"

static struct {
    int64_t expires_s;
} opts;

static const option_row CREATE_OPTIONS[] = {
    {"expires", 'e', OPTION_SECONDS, &opts.expires_s, "TIME",
     "lifetime of the token, e.g. 12h (default: chosen by the service)"},
    {0},
};

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"ID", "jti", CELL_TEXT},
                                     {"CREATED", "created_at_ms", CELL_AGE},
                                     {"EXPIRES", "expires_at_ms", CELL_AGE},
                                     {0}};
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_tokens *tokens = boxd_token_list(c->compute, &call, &error);
    if (!tokens)
        return cli_report(c, &error);
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

static int run_create(cli *c, char **args, int count)
{
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_token *token = boxd_token_create(c->compute, opts.expires_s, &call, &error);
    if (!token)
        return cli_report(c, &error);
    json_t *object = json_pack("{s:o, s:o, s:o}", "token", json_text(token->token), "jti",
                               json_text(token->jti), "expires_at_ms", json_time(token->expires_at_ms));
    int code = print_word(c, object, token->token);
    if (!output_flush())
        code = cli_error(EXIT_FAILED,
                         "the token was created, but could not be printed: %s; its id is %s: revoke it with "
                         "`boxctl token revoke ID`",
                         output_problem(), token->jti ? token->jti : "not known");
    else if (!c->json && token->jti)
        cli_note(c, "the id of the token is %s; revoke it with `boxctl token revoke ID`", token->jti);
    boxd_token_free(token);
    return code;
}

static boxd_status revoke(const cli *c, const char *word, const boxd_call_options *call, boxd_error *error)
{
    return boxd_token_revoke(c->compute, word, call, error);
}

static int run_revoke(cli *c, char **args, int count)
{
    return run_each(c, args, count, "token", "revoked", revoke);
}

const command TOKEN_COMMANDS[] = {
    {.name = "token ls",
     .aliases = "tokens",
     .summary = "List valid tokens",
     .details = "With an API key, each run of boxctl creates a token that expires by itself. The service "
                "does not mark "
                "these tokens.",
     .opens = OPENS_CLIENT,
     .run = run_ls},
    {.name = "token create",
     .summary = "Create a token and print it",
     .prints_once = "the token",
     .details = "Another process can use the token in BOXD_TOKEN. The token is printed to standard output, "
                "its id (for "
                "`token "
                "revoke`) to standard error and with --json. The service never returns the token again.",
     .options = CREATE_OPTIONS,
     .opens = OPENS_CLIENT,
     .run = run_create},
    {.name = "token revoke",
     .aliases = "token rm",
     .arguments = "ID...",
     .summary = "Revoke tokens",
     .opens = OPENS_CLIENT,
     .run = run_revoke},
    {0},
};
