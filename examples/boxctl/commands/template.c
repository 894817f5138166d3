/* The commands template ls, create and rm (service 0.1). `boxctl create --template` creates a box from a
 * template. */
#include "commands/box_options.h"
#include "commands/each.h"
#include "commands/table.h"

#include <string.h>

static const option_row CREATE_OPTIONS[] = {
    {"image", 'i', OPTION_TEXT, &box_set.image, "IMAGE",
     "image of the boxes (default: chosen by the service)"},
    BOX_SIZE_OPTIONS,
    {0},
};

static json_t *template_json(const boxd_template *from)
{
    const boxd_template_info *info = boxd_template_get_info(from);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_text(info->name), "id",
                     json_text(info->id), "status", json_text(info->status), "image", json_text(info->image),
                     "vcpu", json_number(info->vcpu), "memory_bytes", json_number(info->memory_bytes));
}

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"NAME", "name", CELL_TEXT},   {"STATUS", "status", CELL_STATUS},
                                     {"IMAGE", "image", CELL_TEXT}, {"SIZE", "vcpu", CELL_SHAPE},
                                     {"ID", "id", CELL_TEXT},       {0}};
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_templates *templates = boxd_template_list(c->compute, &call, &error);
    if (!templates)
        return cli_report(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < templates->count; i++)
        json_array_append_new(rows, template_json(templates->items[i]));
    boxd_templates_free(templates);
    return print_rows(c, rows, COLUMNS);
}

static int run_create(cli *c, char **args, int count)
{
    (void)count;
    box_config config;
    int code = box_config_make(c, &config, NULL);
    if (code == EXIT_OK && cli_open(c, &code)) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_template *made = boxd_template_create(
            c->compute,
            BOXD_OPTIONS(boxd_template_create_options, .call = cli_call(c), .name = args[0],
                         .image = box_set.image, .config = config.chosen),
            &error);
        code = made ? print_done(c, template_json(made), "%s  %s", args[0], boxd_template_id(made))
                    : cli_report(c, &error);
        boxd_template_free(made);
    }
    box_config_free(&config);
    return code;
}

static boxd_status delete_one(const cli *c, const char *word, const boxd_call_options *call,
                              boxd_error *error)
{
    boxd_template *from = template_find(c, word, error);
    const boxd_status status = from ? boxd_template_delete(from, call, error) : error->status;
    boxd_template_free(from);
    return status;
}

static int run_rm(cli *c, char **args, int count)
{
    return run_each(c, args, count, "template", "removed", delete_one);
}

boxd_template *template_find(const cli *c, const char *word, boxd_error *error)
{
    const boxd_call_options call = cli_call(c);
    boxd_templates *templates = boxd_template_list(c->compute, &call, error);
    boxd_template *found = NULL;
    for (size_t i = 0; templates && i < templates->count && !found; i++) {
        const boxd_template_info *info = boxd_template_get_info(templates->items[i]);
        if (strcmp(info->id, word) == 0 || (info->name && strcmp(info->name, word) == 0))
            found = boxd_template_ref(templates->items[i]);
    }
    if (templates && !found) {
        error->status = BOXD_ERR_NOT_FOUND;
        snprintf(error->message, sizeof error->message,
                 "there is no template \"%.200s\"; `boxctl template ls` shows all templates", word);
    }
    boxd_templates_free(templates);
    return found;
}

const command TEMPLATE_COMMANDS[] = {
    {.name = "template ls",
     .aliases = "templates",
     .summary = "List templates (service 0.1)",
     .opens = OPENS_CLIENT,
     .run = run_ls},
    {.name = "template create",
     .arguments = "NAME",
     .summary = "Create a template (service 0.1)",
     .details = "`boxctl create --template NAME` creates a box from the template. Service 0.2 has snapshots "
                "in place of "
                "templates.",
     .options = CREATE_OPTIONS,
     .run = run_create},
    {.name = "template rm",
     .arguments = "TEMPLATE...",
     .summary = "Delete templates (service 0.1)",
     .details = "TEMPLATE is a name or an id. Boxes that were created from it are kept.",
     .opens = OPENS_CLIENT,
     .run = run_rm},
    {0},
};
