/* The commands snapshot ls, show, create and rm. `boxctl create --snapshot` creates a box from a snapshot. */
#include "commands/each.h"
#include "commands/table.h"

static struct {
    bool wait;
    const char *org;
} opts;

static const option_row CREATE_OPTIONS[] = {
    {"wait", 'w', OPTION_SWITCH, &opts.wait, NULL, "wait until boxes can be created from the snapshot"},
    {0},
};
static const option_row LS_OPTIONS[] = {
    {"org", 0, OPTION_TEXT, &opts.org, "ORG", "look at the snapshots of this org"},
    {0},
};

static json_t *snapshot_json(const boxd_snapshot *snapshot)
{
    const boxd_snapshot_info *info = boxd_snapshot_get_info(snapshot);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_text(info->name),
                     "id", json_text(info->id), "status", json_text(info->status), "version",
                     json_number(info->version), "size_bytes", json_number(info->size_bytes), "vcpu",
                     json_number(info->vcpu), "memory_bytes", json_number(info->memory_bytes),
                     "created_at_ms", json_time(info->created_at_ms), "use_count",
                     json_number(info->use_count), "failure_reason", json_text(info->failure_reason));
}

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"NAME", "name", CELL_TEXT},
                                     {"STATUS", "status", CELL_STATUS},
                                     {"VERSION", "version", CELL_TEXT},
                                     {"SIZE", "size_bytes", CELL_BYTES},
                                     {"CREATED", "created_at_ms", CELL_AGE},
                                     {"USED", "use_count", CELL_TEXT},
                                     {0}};
    (void)args;
    (void)count;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshots *snapshots = boxd_snapshot_list(
        c->compute, BOXD_OPTIONS(boxd_snapshot_list_options, .call = cli_call(c), .org = opts.org), &error);
    if (!snapshots)
        return cli_report(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < snapshots->count; i++)
        json_array_append_new(rows, snapshot_json(snapshots->items[i]));
    boxd_snapshots_free(snapshots);
    return print_rows(c, rows, COLUMNS);
}

static int run_create(cli *c, char **args, int count)
{
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshot *snapshot = boxd_snapshot_create(c->box, args[1], &call, &error);
    if (!snapshot)
        return cli_report(c, &error);
    const boxd_snapshot_wait_until_ready_options *options =
        BOXD_OPTIONS(boxd_snapshot_wait_until_ready_options, .call = call);
    if (opts.wait)
        cli_waiting(c, args[1]);
    const bool ready = !opts.wait || boxd_snapshot_wait_until_ready(snapshot, options, &error) == BOXD_OK;
    cli_waited();
    int code;
    if (!ready) {
        code = cli_report(c, &error);
    } else {
        json_t *done = snapshot_json(snapshot);
        if (opts.wait)
            json_put(done, "status", json_text("ready")); /* the handle has the status from its creation */
        code = print_done(c, done, "%s", args[1]);
    }
    boxd_snapshot_free(snapshot);
    return code;
}

static int run_show(cli *c, char **args, int count)
{
    (void)count;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshot *snapshot = boxd_snapshot_get(
        c->compute, args[0], BOXD_OPTIONS(boxd_snapshot_list_options, .call = cli_call(c), .org = opts.org),
        &error);
    if (!snapshot)
        return cli_report(c, &error);
    json_t *object = snapshot_json(snapshot);
    boxd_snapshot_free(snapshot);
    return print_object(c, object, "name");
}

static boxd_status delete_one(const cli *c, const char *word, const boxd_call_options *call,
                              boxd_error *error)
{
    boxd_snapshot *snapshot = boxd_snapshot_from_name(c->compute, word, error);
    const boxd_status status = snapshot ? boxd_snapshot_delete(snapshot, call, error) : error->status;
    boxd_snapshot_free(snapshot);
    return status;
}

static int run_rm(cli *c, char **args, int count)
{
    return run_each(c, args, count, "snapshot", "removed", delete_one);
}

const command SNAPSHOT_COMMANDS[] = {
    {.name = "snapshot ls",
     .aliases = "snapshots",
     .summary = "List snapshots",
     .options = LS_OPTIONS,
     .opens = OPENS_CLIENT,
     .run = run_ls},
    {.name = "snapshot show",
     .arguments = "SNAPSHOT",
     .summary = "Show the details of a snapshot",
     .options = LS_OPTIONS,
     .opens = OPENS_CLIENT,
     .run = run_show},
    {.name = "snapshot create",
     .arguments = "BOX NAME",
     .summary = "Create a snapshot of a running box",
     .details =
         "If NAME exists, this creates a new version of it. Files that were written shortly before can be "
         "missing: "
         "run `sync` in the box first. `boxctl create --snapshot NAME` creates a box from the snapshot.",
     .options = CREATE_OPTIONS,
     .opens = OPENS_BOX,
     .run = run_create},
    {.name = "snapshot rm",
     .arguments = "SNAPSHOT...",
     .summary = "Delete snapshots and all their versions",
     .details = "Boxes that were created from them are kept.",
     .opens = OPENS_CLIENT,
     .run = run_rm},
    {0},
};
