/* The commands ls, show, create and fork. */
#include "cli/boxctl.h"
#include "commands/box_options.h"
#include "commands/table.h"

#include <string.h>

/* ---- ls, show ---- */

static struct {
    string_list labels;
    const char *org;
    bool all;
} ls;

static const option_row LS_OPTIONS[] = {
    {"label", 'l', OPTION_LIST, &ls.labels, "KEY=VALUE", "list only boxes with this label"},
    {"org", 0, OPTION_TEXT, &ls.org, "ORG", "list the boxes of this org"},
    {"all", 'a', OPTION_SWITCH, &ls.all, NULL, "list the boxes of all orgs that the credential can see"},
    {0},
};

static const column BOX_COLUMNS[] = {
    {"NAME", "name", CELL_TEXT},  {"STATUS", "status", CELL_STATUS},
    {"SIZE", "vcpu", CELL_SHAPE}, {"CREATED", "created_at_ms", CELL_AGE},
    {"URL", "url", CELL_TEXT},    {0},
};

static int run_ls(cli *c, char **args, int count)
{
    (void)args;
    (void)count;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_boxes *boxes = boxd_box_find(c->compute,
                                      BOXD_OPTIONS(boxd_box_find_options, .call = cli_call(c), .org = ls.org,
                                                   .labels = ls.labels.items, .all_contexts = ls.all),
                                      &error);
    if (!boxes)
        return cli_report(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < boxes->count; i++)
        json_array_append_new(rows, box_json(boxes->items[i]));
    boxd_boxes_free(boxes);
    return print_rows(c, rows, BOX_COLUMNS);
}

static int run_show(cli *c, char **args, int count)
{
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = boxd_box_get(c->compute, args[0], &call, &error);
    if (!box) {
        const int code = cli_report(c, &error);
        const char *listing = error.status == BOXD_ERR_NOT_FOUND ? command_listing(args[0]) : NULL;
        if (listing)
            cli_note(c, "to list %s: `boxctl %s`", args[0], listing);
        return code;
    }
    json_t *object = box_json(box);
    boxd_box_free(box);
    return print_object(c, object, "name");
}

/* ---- create, fork ---- */

static const option_row CREATE_OPTIONS[] = {
    {"image", 'i', OPTION_TEXT, &box_set.image, "IMAGE", "image of the box (default: chosen by the service)"},
    {"snapshot", 's', OPTION_TEXT, &box_set.snapshot, "SNAPSHOT",
     "create the box from this snapshot (name or id)"},
    {"template", 0, OPTION_TEXT, &box_set.from_template, "TEMPLATE",
     "create the box from this template (service 0.1)"},
    {"env", 'e', OPTION_LIST, &box_set.env, "NAME=VALUE", "set an environment variable of the main process"},
    {"restart", 0, OPTION_TEXT, &box_set.restart, "POLICY", "restart policy: always (default) or never"},
    {"org", 0, OPTION_TEXT, &box_set.org, "ORG", "org that owns the box"},
    {"team", 0, OPTION_TEXT, &box_set.team, "TEAM", "team whose defaults apply"},
    {"reuse", 0, OPTION_SWITCH, &box_set.reuse, NULL, "use the existing box if the name is taken"},
    BOX_NEW_OPTIONS,
    {0},
};

static const option_row FORK_OPTIONS[] = {BOX_NEW_OPTIONS, {0}};

/* What is lost if standard output is. */
static const char NAME[] = "the name of the box";

/* Waits with --wait, then prints the new box; the service has chosen its name if `name` is NULL. Frees the
 * box. */
static int finish_box(cli *c, boxd_box *box, const char *name, const boxd_error *failed)
{
    if (!box)
        return cli_report(c, failed);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_box_wait_until_ready_options *options =
        BOXD_OPTIONS(boxd_box_wait_until_ready_options, .call = cli_call(c));
    int code = EXIT_OK;
    if (name)
        output_after_action();
    else
        output_after_making(NAME, box_label(box));
    if (box_set.wait)
        cli_waiting(c, box_label(box));
    const bool ready = !box_set.wait || boxd_box_wait_until_ready(box, options, &error) == BOXD_OK;
    cli_waited();
    if (!ready) {
        code = cli_report(c, &error);
        cli_error(0, "the box %s exists, but is not ready", box_label(box));
    } else if (c->quiet && !c->json) {
        print_line("%s", box_label(box));
    } else {
        const char *url = boxd_box_get_info(box)->url;
        code = print_done(c, box_json(box), "%s%s%s", box_label(box), url ? "  " : "", url ? url : "");
    }
    boxd_box_free(box);
    return code;
}

static boxd_box *box_from_snapshot(cli *c, const char *name, const boxd_box_config *config, boxd_error *error)
{
    boxd_snapshot *snapshot = boxd_snapshot_from_name(c->compute, box_set.snapshot, error);
    if (!snapshot)
        return NULL;
    boxd_box *box = boxd_snapshot_create_box(
        snapshot,
        BOXD_OPTIONS(boxd_snapshot_create_box_options, .call = cli_call(c), .name = name, .config = config,
                     .org = box_set.org, .labels = box_set.labels.items, .isolated = box_set.isolated),
        error);
    boxd_snapshot_free(snapshot);
    return box;
}

static boxd_box *new_box(cli *c, const char *name, const boxd_box_config *config, boxd_error *error)
{
    const boxd_box_create_options *options = BOXD_OPTIONS(
        boxd_box_create_options, .call = cli_call(c), .name = name, .image = box_set.image, .config = config,
        .org = box_set.org, .team = box_set.team, .labels = box_set.labels.items,
        .networks = box_set.networks.items, .shared = box_set.shared, .isolated = box_set.isolated);
    return box_set.reuse ? boxd_box_get_or_create(c->compute, options, NULL, error)
                         : boxd_box_create(c->compute, options, error);
}

static boxd_box *box_from_template(cli *c, const char *name, const boxd_box_config *config, boxd_error *error)
{
    boxd_template *from = template_find(c, box_set.from_template, error);
    if (!from)
        return NULL;
    boxd_box *box = boxd_template_create_box(
        from,
        BOXD_OPTIONS(boxd_template_create_box_options, .call = cli_call(c), .name = name, .config = config),
        error);
    boxd_template_free(from);
    return box;
}

/* An option that was given and cannot be combined with `from`, or NULL. */
static const char *conflict_with(const char *from, const cli *c)
{
    const box_settings *set = &box_set;
    const bool is_template = strcmp(from, "--template") == 0;
    const struct {
        const char *name;
        bool given;
    } rows[] = {{"--image", set->image != NULL},
                {"--team", set->team != NULL},
                {"--network", set->networks.count > 0},
                {"--shared", set->shared},
                {"--reuse", set->reuse},
                {"--env", set->env.count > 0},
                {"--restart", set->restart != NULL},
                {"a command", c->rest != NULL},
                {"--snapshot", is_template && set->snapshot},
                {"--org", is_template && set->org},
                {"--label", is_template && set->labels.count > 0},
                {"--isolated", is_template && set->isolated}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].given)
            return rows[i].name;
    return NULL;
}

/* Refuses options that cannot be combined. */
static int check_create(const cli *c)
{
    const char *from = box_set.from_template ? "--template" : box_set.snapshot ? "--snapshot" : NULL;
    const char *conflict = from ? conflict_with(from, c) : NULL;
    if (c->rest && c->rest_count == 0)
        return cli_usage_error(c, "missing COMMAND after --");
    return conflict ? cli_usage_error(c, "%s cannot be combined with %s", from, conflict) : EXIT_OK;
}

static int run_create(cli *c, char **args, int count)
{
    box_config config;
    const char *name = count > 0 ? args[0] : NULL;
    int code = check_create(c);
    if (code != EXIT_OK || (!name && !cli_can_print(c, NAME, ": give a NAME", &code)))
        return code;
    code = box_config_make(c, &config, c->rest_count > 0 ? c->rest : NULL);
    if (code == EXIT_OK && cli_open(c, &code)) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_box *box = box_set.snapshot        ? box_from_snapshot(c, name, config.chosen, &error)
                        : box_set.from_template ? box_from_template(c, name, config.chosen, &error)
                                                : new_box(c, name, config.chosen, &error);
        code = finish_box(c, box, name, &error);
    }
    box_config_free(&config);
    return code;
}

static int run_fork(cli *c, char **args, int count)
{
    box_config config;
    const char *name = count > 1 ? args[1] : NULL;
    int code = EXIT_OK;
    if (!name && !cli_can_print(c, NAME, ": give a NAME", &code))
        return code;
    code = box_config_make(c, &config, NULL);
    if (code == EXIT_OK && cli_open_box(c, args[0], &code)) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_box *box = boxd_box_fork(c->box,
                                      BOXD_OPTIONS(boxd_box_fork_options, .call = cli_call(c), .name = name,
                                                   .config = config.chosen, .labels = box_set.labels.items,
                                                   .networks = box_set.networks.items,
                                                   .shared = box_set.shared, .isolated = box_set.isolated),
                                      &error);
        code = finish_box(c, box, name, &error);
    }
    box_config_free(&config);
    return code;
}

const command BOX_COMMANDS[] = {
    {.name = "ls",
     .aliases = "list,ps",
     .summary = "List boxes",
     .options = LS_OPTIONS,
     .opens = OPENS_CLIENT,
     .run = run_ls},
    {.name = "show",
     .aliases = "get,inspect",
     .arguments = "BOX",
     .summary = "Show the details of a box",
     .opens = OPENS_CLIENT,
     .run = run_show},
    {.name = "create",
     .aliases = "new",
     .arguments = "[NAME] [-- COMMAND...]",
     .summary = "Create a box and print its name and URL",
     .details =
         "Without NAME the service chooses a name. COMMAND replaces the main process of the image. All "
         "words after -- belong to COMMAND, including options.",
     .examples = "boxctl create web --vcpu 2 --wait\n"
                 "boxctl create web --auto-suspend 30m -e PORT=80 -- sh -c 'exec server'",
     .options = CREATE_OPTIONS,
     .run = run_create},
    {.name = "fork",
     .aliases = "clone",
     .arguments = "BOX [NAME]",
     .summary = "Copy a box with its files and its running state",
     .details = "Without NAME the service chooses a name, e.g. BOX-fork.",
     .options = FORK_OPTIONS,
     .run = run_fork},
    {0},
};
