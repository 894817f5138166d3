/* The commands proxy and domain: how HTTP requests reach a box. */
#include "boxctl.h"

#include <string.h>

/* ---- proxies ---- */

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
    (void)count;
    int code = EXIT_OK;
    boxd_box *box = cli_box(c, args[0], &code);
    if (!box)
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_proxies *proxies = boxd_proxy_list(box, &call, &error);
    boxd_box_free(box);
    if (!proxies)
        return cli_report(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < proxies->count; i++)
        json_array_append_new(rows, proxy_json(proxies->items[i]));
    boxd_proxies_free(proxies);
    return print_rows(c, rows, COLUMNS);
}

static bool read_port(const char *word, int64_t *port)
{
    return parse_number(word, 65535, port) && *port > 0;
}

static int run_proxy_create(cli *c, char **args, int count)
{
    (void)count;
    int64_t port = 0;
    if (!read_port(args[2], &port))
        return cli_usage_error(c, "invalid port \"%s\": must be from 1 to 65535", args[2]);
    int code = EXIT_OK;
    boxd_box *box = cli_box(c, args[0], &code);
    if (!box)
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_proxy *proxy = boxd_proxy_create(box, args[1], (uint32_t)port, &call, &error);
    boxd_box_free(box);
    if (!proxy)
        return cli_report(c, &error);
    code = print_done(c, proxy_json(proxy), "https://%s", proxy->domain ? proxy->domain : args[1]);
    boxd_proxy_free(proxy);
    return code;
}

static int run_proxy_set(cli *c, char **args, int count)
{
    const char *name = count > 2 ? args[1] : NULL, *word = args[count - 1];
    int64_t port = 0;
    if (strcmp(word, "auto") != 0 && !read_port(word, &port))
        return cli_usage_error(c, "invalid port \"%s\": must be from 1 to 65535, or \"auto\"", word);
    int code = EXIT_OK;
    boxd_box *box = cli_box(c, args[0], &code);
    if (!box)
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = boxd_proxy_set_port(box, name, (uint32_t)port, &call, &error);
    boxd_box_free(box);
    if (status != BOXD_OK)
        return cli_report(c, &error);
    json_t *done = json_pack("{s:o, s:o, s:i}", "box", json_text(args[0]), "name",
                             json_text(name ? name : "(default)"), "port", (int)port);
    return print_done(c, done, "%s: port %s", name ? name : "(default)", word);
}

static int run_proxy_rm(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    boxd_box *box = cli_box(c, args[0], &code);
    if (!box)
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = boxd_proxy_delete(box, args[1], &call, &error);
    boxd_box_free(box);
    if (status != BOXD_OK)
        return cli_report(c, &error);
    json_t *done = json_pack("{s:o, s:o}", "box", json_text(args[0]), "removed", json_text(args[1]));
    return print_done(c, done, "%s", args[1]);
}

const command PROXY_COMMANDS[] = {
    {"proxy ls", "proxies", "BOX", "List the proxies of a box", NULL, NO_OPTIONS, 1, 1, false, false,
     run_proxy_ls, NULL},
    {"proxy create", NULL, "BOX NAME PORT", "Create a proxy for a port and print its URL", NULL, NO_OPTIONS,
     3, 3, false, false, run_proxy_create, NULL},
    {"proxy set", NULL, "BOX [NAME] PORT", "Change the port of a proxy",
     "Without NAME, changes the default proxy. Its PORT can be \"auto\": the service detects the port.",
     NO_OPTIONS, 2, 3, false, false, run_proxy_set, NULL},
    {"proxy rm", NULL, "BOX NAME", "Delete a proxy", NULL, NO_OPTIONS, 2, 2, false, false, run_proxy_rm,
     NULL},
    {0},
};

/* ---- domains ---- */

static const char *name_in(const boxd_boxes *boxes, const char *id)
{
    for (size_t i = 0; boxes && id && i < boxes->count; i++)
        if (strcmp(boxd_box_id(boxes->items[i]), id) == 0)
            return boxd_box_name(boxes->items[i]);
    return NULL;
}

/* The list of boxes, to show names for the ids of boxes: older services send only the id of a domain's box.
 * NULL: all names are known, or the boxes cannot be listed; then ids are shown. */
static boxd_boxes *boxes_to_name(const cli *c, const boxd_domains *domains)
{
    for (size_t i = 0; i < domains->count; i++)
        if (!domains->items[i]->box_name)
            return boxd_box_find(
                c->compute, BOXD_OPTIONS(boxd_box_find_options, .call = cli_call(c), .all_contexts = true),
                NULL);
    return NULL;
}

static json_t *domain_json(const boxd_domain *d, const boxd_boxes *boxes)
{
    const char *name = d->box_name ? d->box_name : name_in(boxes, d->box_id);
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "domain", json_text(d->domain), "box",
                     json_text(name ? name : d->box_id), "box_id", json_text(d->box_id), "status",
                     json_text(d->status), "last_error", json_text(d->last_error));
}

static int run_domain_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"DOMAIN", "domain", CELL_TEXT},
                                     {"BOX", "box", CELL_TEXT},
                                     {"STATUS", "status", CELL_STATUS},
                                     {"ERROR", "last_error", CELL_TEXT},
                                     {0}};
    (void)args;
    (void)count;
    int code = EXIT_OK;
    if (!cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_domains *domains = boxd_domain_list(c->compute, &call, &error);
    if (!domains)
        return cli_report(c, &error);
    boxd_boxes *boxes = boxes_to_name(c, domains);
    json_t *rows = json_array();
    for (size_t i = 0; i < domains->count; i++)
        json_array_append_new(rows, domain_json(domains->items[i], boxes));
    boxd_boxes_free(boxes);
    boxd_domains_free(domains);
    return print_rows(c, rows, COLUMNS);
}

static int run_domain_bind(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    boxd_box *box = cli_box(c, args[0], &code);
    if (!box)
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = boxd_domain_bind(box, args[1], &call, &error);
    boxd_box_free(box);
    if (status != BOXD_OK)
        return cli_report(c, &error);
    json_t *done = json_pack("{s:o, s:o}", "domain", json_text(args[1]), "box", json_text(args[0]));
    return print_done(c, done, "%s -> %s", args[1], args[0]);
}

static int run_domain_unbind(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    if (!cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    if (boxd_domain_unbind(c->compute, args[0], &call, &error) != BOXD_OK)
        return cli_report(c, &error);
    return print_done(c, json_pack("{s:o}", "removed", json_text(args[0])), "%s", args[0]);
}

const command DOMAIN_COMMANDS[] = {
    {"domain ls", "domains", "", "List the domains of all boxes", NULL, NO_OPTIONS, 0, 0, false, false,
     run_domain_ls, NULL},
    {"domain bind", "domain add", "BOX DOMAIN", "Bind a domain to a box",
     "The status is \"pending\" until the service sees the DNS record; see `boxctl domain ls`.", NO_OPTIONS,
     2, 2, false, false, run_domain_bind, NULL},
    {"domain unbind", "domain rm", "DOMAIN", "Unbind a domain", NULL, NO_OPTIONS, 1, 1, false, false,
     run_domain_unbind, NULL},
    {0},
};
