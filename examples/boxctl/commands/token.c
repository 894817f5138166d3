/* The commands token ls, create and revoke. A token is a credential that expires. */
#include "cli/boxctl.h"
#include "commands/table.h"

static struct {
    int64_t expires_s;
} opts;

static const option_row CREATE_OPTIONS[] = {
    {"expires", 'e', OPTION_NUMBER, &opts.expires_s, "SECONDS",
     "lifetime of the token (default: chosen by the service)"},
    {0},
};

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"ID", "jti", CELL_TEXT},
                                     {"CREATED", "created_at_ms", CELL_AGE},
                                     {"EXPIRES", "expires_at_ms", CELL_TIME},
                                     {0}};
    (void)args;
    (void)count;
    int code = EXIT_OK;
    if (!cli_open(c, &code))
        return code;
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
    int code = EXIT_OK;
    if (!cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_token *token = boxd_token_create(c->compute, opts.expires_s, &call, &error);
    if (!token)
        return cli_report(c, &error);
    if (c->json)
        code = print_json(json_pack("{s:o, s:o, s:o}", "token", json_text(token->token), "jti",
                                    json_text(token->jti), "expires_at_ms", json_time(token->expires_at_ms)),
                          false);
    else
        print_line("%s", token->token); /* also with -q: the service never returns it again */
    if (!c->json && token->jti)
        cli_note(c, "the id of the token is %s; revoke it with `boxctl token revoke ID`", token->jti);
    boxd_token_free(token);
    return code;
}

static int run_revoke(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    if (!cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    if (boxd_token_revoke(c->compute, args[0], &call, &error) != BOXD_OK)
        return cli_report(c, &error);
    return print_done(c, json_pack("{s:o}", "revoked", json_text(args[0])), "%s", args[0]);
}

const command TOKEN_COMMANDS[] = {
    {.name = "token ls",
     .aliases = "tokens",
     .summary = "List valid tokens",
     .details = "With an API key, each run of boxctl creates a token that expires by itself. The service "
                "does not mark\n"
                "these tokens.",
     .run = run_ls},
    {.name = "token create",
     .summary = "Create a token and print it",
     .details = "Another process can use the token in BOXD_TOKEN. The token is printed to standard output, "
                "its id (for "
                "`token\n"
                "revoke`) to standard error and with --json. The service never returns the token again.",
     .options = CREATE_OPTIONS,
     .run = run_create},
    {.name = "token revoke",
     .aliases = "token rm",
     .arguments = "ID",
     .summary = "Revoke a token",
     .run = run_revoke},
    {0},
};
