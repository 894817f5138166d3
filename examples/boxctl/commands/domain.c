/* The commands domain ls, bind and unbind: domains of the user that lead to a box. */
#include "commands/each.h"
#include "commands/table.h"

#include <string.h>

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
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = boxd_domain_bind(c->box, args[1], &call, &error);
    if (status != BOXD_OK)
        return cli_report(c, &error);
    json_t *done = json_pack("{s:o, s:o}", "domain", json_text(args[1]), "box", json_text(args[0]));
    return print_done(c, done, "%s -> %s", args[1], args[0]);
}

static boxd_status unbind(const cli *c, const char *word, const boxd_call_options *call, boxd_error *error)
{
    return boxd_domain_unbind(c->compute, word, call, error);
}

static int run_domain_unbind(cli *c, char **args, int count)
{
    return run_each(c, args, count, "domain", "removed", unbind);
}

const command DOMAIN_COMMANDS[] = {
    {.name = "domain ls",
     .aliases = "domains",
     .summary = "List the domains of all boxes",
     .opens = OPENS_CLIENT,
     .run = run_domain_ls},
    {.name = "domain bind",
     .aliases = "domain add",
     .arguments = "BOX DOMAIN",
     .summary = "Bind a domain to a box",
     .details = "The status is \"pending\" until the service sees the DNS record; see `boxctl domain ls`.",
     .opens = OPENS_BOX,
     .run = run_domain_bind},
    {.name = "domain unbind",
     .aliases = "domain rm",
     .arguments = "DOMAIN...",
     .summary = "Unbind domains",
     .opens = OPENS_CLIENT,
     .run = run_domain_unbind},
    {0},
};
