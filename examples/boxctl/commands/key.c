/* The commands key ls, create and rm: API keys. */
#include "commands/each.h"
#include "commands/table.h"

static struct {
    int64_t expires_s;
    const char *org, *kind;
} opts;

static const option_row CREATE_OPTIONS[] = {
    {"expires", 'e', OPTION_SECONDS, &opts.expires_s, "TIME",
     "lifetime of the key, e.g. 30d (default: no limit)"},
    {"org", 0, OPTION_TEXT, &opts.org, "ORG", "org whose boxes the key can use"},
    {"kind", 0, OPTION_TEXT, &opts.kind, "KIND",
     "member (default): it acts for you; org: it acts for the org"},
    {0},
};

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"NAME", "name", CELL_TEXT},
                                     {"KEY", "key_prefix", CELL_TEXT},
                                     {"KIND", "kind", CELL_TEXT},
                                     {"CREATED", "created_at_ms", CELL_AGE},
                                     {"USED", "last_used_at_ms", CELL_AGE},
                                     {"EXPIRES", "expires_at_ms", CELL_AGE},
                                     {"ID", "id", CELL_TEXT},
                                     {0}};
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_api_keys *keys = boxd_api_key_list(c->compute, &call, &error);
    if (!keys)
        return cli_report(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < keys->count; i++) {
        const boxd_api_key_info *k = keys->items[i];
        json_array_append_new(rows, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "name",
                                              json_text(k->name), "id", json_text(k->id), "key_prefix",
                                              json_text(k->key_prefix), "kind", json_text(k->kind), "org",
                                              json_text(k->org), "created_by", json_text(k->created_by),
                                              "created_at_ms", json_time(k->created_at_ms), "last_used_at_ms",
                                              json_time(k->last_used_at_ms), "expires_at_ms",
                                              json_time(k->expires_at_ms), "mine", k->mine));
    }
    boxd_api_keys_free(keys);
    return print_rows(c, rows, COLUMNS);
}

static int run_create(cli *c, char **args, int count)
{
    (void)count;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_api_key *key =
        boxd_api_key_create(c->compute,
                            BOXD_OPTIONS(boxd_api_key_create_options, .call = cli_call(c), .name = args[0],
                                         .expires_in_s = opts.expires_s == BOXD_NEVER ? 0 : opts.expires_s,
                                         .org = opts.org, .kind = opts.kind),
                            &error);
    if (!key)
        return cli_report(c, &error);
    json_t *object = json_pack("{s:o, s:o, s:o, s:o}", "key", json_text(key->key), "id", json_text(key->id),
                               "name", json_text(args[0]), "expires_at_ms", json_time(key->expires_at_ms));
    int code = print_word(c, object, key->key);
    if (!output_flush())
        code =
            cli_error(EXIT_FAILED,
                      "the key was created, but could not be printed: %s; delete it with `boxctl key rm %s`",
                      output_problem(), key->id);
    else if (!c->json)
        cli_note(c, "the id of the key is %s; delete it with `boxctl key rm ID`", key->id);
    boxd_api_key_free(key);
    return code;
}

static boxd_status delete_one(const cli *c, const char *word, const boxd_call_options *call,
                              boxd_error *error)
{
    return boxd_api_key_delete(c->compute, word, call, error);
}

static int run_rm(cli *c, char **args, int count)
{
    return run_each(c, args, count, "key", "removed", delete_one);
}

const command KEY_COMMANDS[] = {
    {.name = "key ls", .aliases = "keys", .summary = "List API keys", .opens = OPENS_CLIENT, .run = run_ls},
    {.name = "key create",
     .arguments = "NAME",
     .summary = "Create an API key and print it",
     .details =
         "The key is printed to standard output, its id to standard error and with --json. The service never "
         "returns the key again. `boxctl login` stores a key on this machine.",
     .options = CREATE_OPTIONS,
     .prints_once = "the key",
     .opens = OPENS_CLIENT,
     .run = run_create},
    {.name = "key rm",
     .aliases = "key revoke",
     .arguments = "ID...",
     .summary = "Revoke API keys",
     .opens = OPENS_CLIENT,
     .run = run_rm},
    {0},
};
