/* The commands ls, show, create, fork and rename. */
#include "cli/boxctl.h"
#include "commands/table.h"

#include <stdlib.h>
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
    int code = EXIT_OK;
    if (!cli_open(c, &code))
        return code;
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
    int code = EXIT_OK;
    if (!cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = boxd_box_get(c->compute, args[0], &call, &error);
    if (!box)
        return cli_report(c, &error);
    json_t *object = box_json(box);
    boxd_box_free(box);
    return print_object(c, object, "name");
}

/* ---- create, fork ---- */

enum { MAX_VOLUMES = 16 };

static struct {
    const char *image, *memory, *disk, *restart, *org, *team, *snapshot;
    int64_t vcpu, auto_suspend_s, auto_destroy_s;
    string_list env, labels, networks, volumes;
    bool shared, isolated, wait, reuse;
} make;

/* The options of create and fork. */
#define SIZE_OPTIONS                                                                                           \
    {"vcpu", 0, OPTION_NUMBER, &make.vcpu, "N", "number of vCPUs; service 0.2 offers 1, 2, 4 and 8"},          \
        {"memory",     'm',    OPTION_TEXT,                                                                    \
         &make.memory, "SIZE", "memory, e.g. 8G (default: according to the vCPUs)"},                           \
        {"disk", 0, OPTION_TEXT, &make.disk, "SIZE", "size of the box's own disk, e.g. 20G"},                  \
        {"auto-suspend",       0,         OPTION_SECONDS,                                                      \
         &make.auto_suspend_s, "SECONDS", "suspend after this time without activity, or \"never\""},           \
        {"auto-destroy",       0,         OPTION_SECONDS,                                                      \
         &make.auto_destroy_s, "SECONDS", "destroy after this time, or \"never\""},                            \
        {"volume", 'v', OPTION_LIST, &make.volumes, "DISK:PATH[:ro]", "attach a disk at this path"},           \
        {"label", 'l', OPTION_LIST, &make.labels, "KEY=VALUE", "set a label"},                                 \
        {"network", 0, OPTION_LIST, &make.networks, "NAME", "join a network"},                                 \
        {"shared", 0, OPTION_SWITCH, &make.shared, NULL, "make the box visible to the whole org"},             \
        {"isolated", 0, OPTION_SWITCH, &make.isolated, NULL, "isolate the box from other boxes, permanently"}, \
    {                                                                                                          \
        "wait", 'w', OPTION_SWITCH, &make.wait, NULL, "wait until commands can run in the box"                 \
    }

static const option_row CREATE_OPTIONS[] = {
    {"image", 'i', OPTION_TEXT, &make.image, "IMAGE", "image of the box (default: chosen by the service)"},
    {"snapshot", 's', OPTION_TEXT, &make.snapshot, "SNAPSHOT",
     "create the box from this snapshot (name or id)"},
    {"env", 'e', OPTION_LIST, &make.env, "NAME=VALUE", "set an environment variable of the main process"},
    {"restart", 0, OPTION_TEXT, &make.restart, "POLICY", "restart policy: always (default) or never"},
    {"org", 0, OPTION_TEXT, &make.org, "ORG", "org that owns the box"},
    {"team", 0, OPTION_TEXT, &make.team, "TEAM", "team whose defaults apply"},
    {"reuse", 0, OPTION_SWITCH, &make.reuse, NULL, "use the existing box if the name is taken"},
    SIZE_OPTIONS,
    {0},
};

static const option_row FORK_OPTIONS[] = {SIZE_OPTIONS, {0}};

/* Splits "data:/mnt:ro" in place. */
static bool read_volume(char *word, boxd_volume *volume)
{
    char *path = strchr(word, ':');
    char *flag = path ? strchr(path + 1, ':') : NULL;
    if (!path || path == word || path[1] != '/' || (flag && strcmp(flag, ":ro") != 0))
        return false;
    *path = '\0';
    if (flag)
        *flag = '\0';
    *volume = (boxd_volume){
        .size = sizeof *volume, .disk_id = word, .mount_path = path + 1, .read_only = flag != NULL};
    return true;
}

/* Converts the --volume options to the form of the configuration. */
typedef struct volume_list {
    boxd_volume volumes[MAX_VOLUMES];
    const boxd_volume *pointers[MAX_VOLUMES];
} volume_list;

static int read_volumes(const cli *c, volume_list *list)
{
    if (make.volumes.count > MAX_VOLUMES)
        return cli_usage_error(c, "at most %d volumes are allowed", MAX_VOLUMES);
    for (size_t i = 0; i < make.volumes.count; i++) {
        char *word = (char *)(uintptr_t)make.volumes.items[i]; /* part of argv, which may be changed */
        if (!read_volume(word, &list->volumes[i]))
            return cli_usage_error(c, "invalid volume \"%s\": must be DISK:PATH or DISK:PATH:ro", word);
        list->pointers[i] = &list->volumes[i];
    }
    return EXIT_OK;
}

/* The configuration from the options. NULL if no option was given: a configuration with default values is not
 * the same as no configuration. */
static const boxd_box_config *config_of(boxd_box_config *config, const volume_list *list, char **cmd)
{
    *config = (boxd_box_config){
        .size = sizeof *config,
        .vcpu = (uint32_t)make.vcpu,
        .memory = make.memory,
        .disk = make.disk,
        .env = make.env.items,
        .cmd = boxd_argv(cmd),
        .restart_policy = make.restart,
        .auto_suspend_timeout_s = make.auto_suspend_s,
        .auto_destroy_timeout_s = make.auto_destroy_s,
        .volumes = make.volumes.count ? list->pointers : NULL,
        .volume_count = make.volumes.count,
    };
    const bool any = make.vcpu || make.memory || make.disk || make.env.count || cmd || make.restart ||
                     make.auto_suspend_s || make.auto_destroy_s || make.volumes.count;
    return any ? config : NULL;
}

/* Waits with --wait, then prints the new box. Frees the box. */
static int finish_box(cli *c, boxd_box *box, const boxd_error *failed)
{
    if (!box)
        return cli_report(c, failed);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_box_wait_until_ready_options *options =
        BOXD_OPTIONS(boxd_box_wait_until_ready_options, .call = cli_call(c));
    int code = EXIT_OK;
    if (make.wait && boxd_box_wait_until_ready(box, options, &error) != BOXD_OK) {
        cli_note(c, "the box %s exists, but is not ready", box_label(box));
        code = cli_report(c, &error);
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
    boxd_snapshot *snapshot = boxd_snapshot_from_name(c->compute, make.snapshot, error);
    if (!snapshot)
        return NULL;
    boxd_box *box = boxd_snapshot_create_box(
        snapshot,
        BOXD_OPTIONS(boxd_snapshot_create_box_options, .call = cli_call(c), .name = name, .config = config,
                     .org = make.org, .labels = make.labels.items, .isolated = make.isolated),
        error);
    boxd_snapshot_free(snapshot);
    return box;
}

static boxd_box *new_box(cli *c, const char *name, const boxd_box_config *config, boxd_error *error)
{
    const boxd_box_create_options *options =
        BOXD_OPTIONS(boxd_box_create_options, .call = cli_call(c), .name = name, .image = make.image,
                     .config = config, .org = make.org, .team = make.team, .labels = make.labels.items,
                     .networks = make.networks.items, .shared = make.shared, .isolated = make.isolated);
    return make.reuse ? boxd_box_get_or_create(c->compute, options, NULL, error)
                      : boxd_box_create(c->compute, options, error);
}

static int run_create(cli *c, char **args, int count)
{
    if (make.snapshot && (make.image || make.team || make.networks.count || make.shared || make.reuse))
        return cli_usage_error(
            c, "--snapshot cannot be combined with --image, --team, --network, --shared or --reuse");
    volume_list volumes;
    boxd_box_config config;
    int code = read_volumes(c, &volumes);
    if (code != EXIT_OK || !cli_open(c, &code))
        return code;
    const char *name = count > 0 ? args[0] : NULL;
    const boxd_box_config *set = config_of(&config, &volumes, count > 1 ? args + 1 : NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = make.snapshot ? box_from_snapshot(c, name, set, &error) : new_box(c, name, set, &error);
    return finish_box(c, box, &error);
}

static int run_fork(cli *c, char **args, int count)
{
    volume_list volumes;
    boxd_box_config config;
    int code = read_volumes(c, &volumes);
    boxd_box *source = code == EXIT_OK ? cli_box(c, args[0], &code) : NULL;
    if (!source)
        return code;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = boxd_box_fork(
        source,
        BOXD_OPTIONS(boxd_box_fork_options, .call = cli_call(c), .name = count > 1 ? args[1] : NULL,
                     .config = config_of(&config, &volumes, NULL), .labels = make.labels.items,
                     .networks = make.networks.items, .shared = make.shared, .isolated = make.isolated),
        &error);
    boxd_box_free(source);
    return finish_box(c, box, &error);
}

/* ---- rename ---- */

static int run_rename(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    boxd_box *box = cli_box(c, args[0], &code);
    if (!box)
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = boxd_box_rename(box, args[1], &call, &error);
    json_t *done = json_pack("{s:s*, s:s}", "id", boxd_box_id(box), "name", args[1]);
    boxd_box_free(box);
    if (status == BOXD_OK)
        return print_done(c, done, "%s", args[1]);
    json_decref(done);
    return cli_report(c, &error);
}

const command BOX_COMMANDS[] = {
    {.name = "ls", .aliases = "list,ps", .summary = "List boxes", .options = LS_OPTIONS, .run = run_ls},
    {.name = "show",
     .aliases = "get,inspect",
     .arguments = "BOX",
     .summary = "Show the details of a box",
     .run = run_show},
    {.name = "create",
     .aliases = "new",
     .arguments = "[NAME [-- COMMAND...]]",
     .summary = "Create a box and print its name and URL",
     .details =
         "Without NAME the service chooses a name. COMMAND replaces the main process of the image. All\n"
         "arguments after -- belong to COMMAND, including options.",
     .options = CREATE_OPTIONS,
     .run = run_create},
    {.name = "fork",
     .aliases = "clone",
     .arguments = "BOX [NAME]",
     .summary = "Copy a box with its files and its running state",
     .details = "Without NAME the service chooses a name, e.g. BOX-fork.",
     .options = FORK_OPTIONS,
     .run = run_fork},
    {.name = "rename", .arguments = "BOX NAME", .summary = "Rename a box and reboot it", .run = run_rename},
    {0},
};
