/* The commands network ls, create, set and clear. Service 0.1 has networks as objects; in service 0.2 a
 * network is a name that boxes share. */
#include "cli/boxctl.h"
#include "commands/table.h"

#include <string.h>

/* ---- network ls ---- */

static json_t *network_json(const char *name, const char *subnet, const char *status)
{
    return json_pack("{s:o, s:o, s:o, s:[]}", "network", json_text(name), "subnet", json_text(subnet),
                     "status", json_text(status), "boxes");
}

/* Adds a box to the row of a network, which is made if there is none. */
static void add_member(json_t *rows, const char *network, const char *box)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "network"));
        if (name && strcmp(name, network) == 0) {
            json_array_append_new(json_object_get(row, "boxes"), json_text(box));
            return;
        }
    }
    json_array_append_new(rows, network_json(network, NULL, NULL));
    json_array_append_new(json_object_get(json_array_get(rows, json_array_size(rows) - 1), "boxes"),
                          json_text(box));
}

/* The networks of service 0.2: the names that boxes have. */
static bool add_shared_names(const cli *c, json_t *rows, boxd_error *error)
{
    const boxd_call_options call = cli_call(c);
    boxd_boxes *boxes = boxd_box_list(c->compute, &call, error);
    for (size_t i = 0; boxes && i < boxes->count; i++) {
        const boxd_box_info *info = boxd_box_get_info(boxes->items[i]);
        for (size_t k = 0; k < info->network_count; k++)
            add_member(rows, info->networks[k], box_label(boxes->items[i]));
    }
    const bool listed = boxes != NULL;
    boxd_boxes_free(boxes);
    return listed;
}

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"NETWORK", "network", CELL_TEXT},
                                     {"SUBNET", "subnet", CELL_TEXT},
                                     {"STATUS", "status", CELL_STATUS},
                                     {"BOXES", "boxes", CELL_TEXT},
                                     {0}};
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    json_t *rows = json_array();
    boxd_networks *networks = boxd_network_list(c->compute, &call, &error);
    for (size_t i = 0; networks && i < networks->count; i++)
        json_array_append_new(rows, network_json(networks->items[i]->id, networks->items[i]->subnet,
                                                 networks->items[i]->status));
    const bool is_0_1 = networks != NULL;
    boxd_networks_free(networks);
    if ((is_0_1 || error.status == BOXD_ERR_UNSUPPORTED) && add_shared_names(c, rows, &error))
        return print_rows(c, rows, COLUMNS);
    json_decref(rows);
    return cli_report(c, &error);
}

/* ---- network create, set ---- */

static int run_create(cli *c, char **args, int count)
{
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_network *network = boxd_network_create(c->compute, count > 0 ? args[0] : NULL, &call, &error);
    if (!network)
        return cli_report(c, &error);
    const int code = print_done(
        c,
        json_pack("{s:o, s:o}", "name", json_text(count > 0 ? args[0] : NULL), "id", json_text(network->id)),
        "%s", network->id);
    boxd_network_free(network);
    return code;
}

/* Sets the networks, or with one argument removes the box from all. */
static int run_set(cli *c, char **args, int count)
{
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_string_list *names =
        boxd_box_set_networks(c->box, count > 1 ? boxd_argv(args + 1) : NULL, &call, &error);
    if (!names)
        return cli_report(c, &error);
    const int code = print_list_of_box(c, args[0], "networks", names);
    boxd_string_list_free(names);
    return code;
}

const command NETWORK_COMMANDS[] = {
    {.name = "network ls",
     .aliases = "networks",
     .summary = "List networks and their boxes",
     .opens = OPENS_CLIENT,
     .run = run_ls},
    {.name = "network create",
     .arguments = "[NAME]",
     .summary = "Create a network (service 0.1) and print its id",
     .details = "In service 0.2 a network is a name that boxes share: `boxctl network set`.",
     .opens = OPENS_CLIENT,
     .run = run_create},
    {.name = "network set",
     .arguments = "BOX NETWORK...",
     .summary = "Set the networks of a box; the box leaves all others",
     .opens = OPENS_BOX,
     .run = run_set},
    {.name = "network clear",
     .arguments = "BOX",
     .summary = "Remove a box from all its networks",
     .opens = OPENS_BOX,
     .run = run_set},
    {0},
};
