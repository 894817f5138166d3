/* The commands proxy ls, create, set and rm: how HTTP requests reach the ports of a box. */
#include "commands/each.h"
#include "commands/table.h"

#include <string.h>

static json_t *proxy_json(const boxd_proxy *proxy)
{
    return json_pack("{s:o, s:o, s:o, s:i, s:o, s:b}", "name",
                     json_text(proxy->name ? proxy->name : "(default)"), "box", json_text(proxy->box_name),
                     "domain", json_text(proxy->domain), "port", (int)proxy->port, "port_mode",
                     json_text(proxy->port_mode), "is_default", proxy->is_default);
}

static int run_proxy_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"NAME", "name", CELL_TEXT},
                                     {"DOMAIN", "domain", CELL_TEXT},
                                     {"PORT", "port", CELL_TEXT},
                                     {"MODE", "port_mode", CELL_TEXT},
                                     {0}};
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_proxies *proxies = boxd_proxy_list(c->box, &call, &error);
    if (!proxies)
        return cli_report(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < proxies->count; i++)
        json_array_append_new(rows, proxy_json(proxies->items[i]));
    boxd_proxies_free(proxies);
    return print_rows(c, rows, COLUMNS);
}

static int run_proxy_create(cli *c, char **args, int count)
{
    uint32_t port;
    if (!parse_port(args[2], &port))
        return command_refuse_port(c, args, count, 2, "");
    int code = EXIT_OK;
    if (!cli_open_box(c, args[0], &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_proxy *proxy = boxd_proxy_create(c->box, args[1], port, &call, &error);
    if (!proxy)
        return cli_report(c, &error);
    code = print_done(c, proxy_json(proxy), "https://%s", proxy->domain ? proxy->domain : args[1]);
    boxd_proxy_free(proxy);
    return code;
}

static int run_proxy_set(cli *c, char **args, int count)
{
    const char *name = count > 2 ? args[1] : NULL, *word = args[count - 1];
    uint32_t port = 0;
    if (strcmp(word, "auto") != 0 && !parse_port(word, &port))
        return command_refuse_port(c, args, count, count - 1, ", or \"auto\"");
    int code = EXIT_OK;
    if (!cli_open_box(c, args[0], &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = boxd_proxy_set_port(c->box, name, port, &call, &error);
    if (status != BOXD_OK)
        return cli_report(c, &error);
    json_t *done = json_pack("{s:o, s:o, s:i}", "box", json_text(args[0]), "name",
                             json_text(name ? name : "(default)"), "port", (int)port);
    return print_done(c, done, "%s: port %s", name ? name : "(default)", word);
}

static boxd_status delete_one(const cli *c, const char *word, const boxd_call_options *call,
                              boxd_error *error)
{
    return boxd_proxy_delete(c->box, word, call, error);
}

static int run_proxy_rm(cli *c, char **args, int count)
{
    return run_each(c, args + 1, count - 1, "proxy", "removed", delete_one);
}

const command PROXY_COMMANDS[] = {
    {.name = "proxy ls",
     .aliases = "proxies",
     .arguments = "BOX",
     .summary = "List the proxies of a box",
     .details = "The service has no list of the proxies of all boxes, as it has for public ports (`boxctl "
                "port ls`).",
     .examples = "for box in $(boxctl ls -q); do boxctl proxy ls \"$box\"; done",
     .opens = OPENS_BOX,
     .run = run_proxy_ls},
    {.name = "proxy create",
     .arguments = "BOX NAME PORT",
     .summary = "Create a proxy for a port and print its URL",
     .run = run_proxy_create},
    {.name = "proxy set",
     .arguments = "BOX [NAME] PORT",
     .summary = "Change the port of a proxy",
     .details =
         "Without NAME, changes the default proxy. Its PORT can be \"auto\": the service detects the port.",
     .run = run_proxy_set},
    {.name = "proxy rm",
     .arguments = "BOX NAME...",
     .summary = "Delete proxies",
     .opens = OPENS_BOX,
     .run = run_proxy_rm},
    {0},
};
