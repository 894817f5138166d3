/* The commands disk ls, create, attach, detach and rm. A disk exists independently of the boxes it is
 * attached to. */
#include "commands/each.h"
#include "commands/table.h"

static struct {
    bool read_only;
} opts;

static const option_row ATTACH_OPTIONS[] = {
    {"read-only", 'r', OPTION_SWITCH, &opts.read_only, NULL, "attach the disk read-only"},
    {0},
};

static json_t *disk_json(const boxd_disk *disk)
{
    const boxd_disk_info *info = boxd_disk_get_info(disk);
    json_t *attached = json_array();
    for (size_t i = 0; i < info->attachment_count; i++) {
        const boxd_disk_attachment *a = info->attachments[i];
        json_array_append_new(attached, json_pack("{s:o, s:o, s:o, s:b}", "box", json_text(a->box_name),
                                                  "box_id", json_text(a->box_id), "path",
                                                  json_text(a->mount_path), "read_only", a->read_only));
    }
    const char *box = info->attachment_count ? info->attachments[0]->box_name : NULL;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_text(info->name), "id",
                     json_text(info->id), "status", json_text(info->status), "size_bytes",
                     json_number(info->size_bytes), "box", json_text(box), "attachments", attached,
                     "created_at_ms", json_time(info->created_at_ms));
}

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"NAME", "name", CELL_TEXT},
                                     {"STATUS", "status", CELL_STATUS},
                                     {"SIZE", "size_bytes", CELL_BYTES},
                                     {"BOX", "box", CELL_TEXT},
                                     {"CREATED", "created_at_ms", CELL_AGE},
                                     {"ID", "id", CELL_TEXT},
                                     {0}};
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disks *disks = boxd_disk_list(c->compute, &call, &error);
    if (!disks)
        return cli_report(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < disks->count; i++)
        json_array_append_new(rows, disk_json(disks->items[i]));
    boxd_disks_free(disks);
    return print_rows(c, rows, COLUMNS);
}

static int run_create(cli *c, char **args, int count)
{
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disk *disk = boxd_disk_create(c->compute, args[0], args[1], &call, &error);
    if (!disk)
        return cli_report(c, &error);
    const int code = print_done(c, disk_json(disk), "%s  %s", args[0], boxd_disk_id(disk));
    boxd_disk_free(disk);
    return code;
}

/* ---- actions on one disk ---- */

typedef boxd_status disk_action(boxd_disk *disk, boxd_box *box, const char *path,
                                const boxd_call_options *call, boxd_error *error);

static boxd_status attach(boxd_disk *disk, boxd_box *box, const char *path, const boxd_call_options *call,
                          boxd_error *error)
{
    return boxd_disk_attach(disk, box, path, opts.read_only, call, error);
}

static boxd_status detach(boxd_disk *disk, boxd_box *box, const char *path, const boxd_call_options *call,
                          boxd_error *error)
{
    (void)path;
    return boxd_disk_detach(disk, box, call, error);
}

static int act_on(cli *c, disk_action *act, const char *done, char **args, int count)
{
    int code = EXIT_OK;
    if (!cli_open_box(c, args[1], &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_disk *disk = boxd_disk_get(c->compute, args[0], &call, &error);
    const boxd_status status =
        disk ? act(disk, c->box, count > 2 ? args[2] : NULL, &call, &error) : error.status;
    if (status == BOXD_OK)
        code = print_done(c,
                          json_pack("{s:o, s:o, s:s}", "disk", json_text(args[0]), "box", json_text(args[1]),
                                    "action", done),
                          "%s", args[0]);
    else
        code = cli_report(c, &error);
    boxd_disk_free(disk);
    return code;
}

static int run_attach(cli *c, char **args, int count)
{
    return act_on(c, attach, "attached", args, count);
}

static int run_detach(cli *c, char **args, int count)
{
    return act_on(c, detach, "detached", args, count);
}

static boxd_status destroy(const cli *c, const char *word, const boxd_call_options *call, boxd_error *error)
{
    boxd_disk *disk = boxd_disk_get(c->compute, word, call, error);
    const boxd_status status = disk ? boxd_disk_destroy(disk, call, error) : error->status;
    boxd_disk_free(disk);
    return status;
}

static int run_rm(cli *c, char **args, int count)
{
    return run_each(c, args, count, "disk", "removed", destroy);
}

const command DISK_COMMANDS[] = {
    {.name = "disk ls",
     .aliases = "disks",
     .summary = "List disks and their attachments",
     .opens = OPENS_CLIENT,
     .run = run_ls},
    {.name = "disk create",
     .arguments = "NAME SIZE",
     .summary = "Create a disk; SIZE is e.g. 10G",
     .opens = OPENS_CLIENT,
     .run = run_create},
    {.name = "disk attach",
     .arguments = "DISK BOX PATH",
     .summary = "Attach a disk to a box at PATH",
     .details = "DISK is the name or the id of a disk.",
     .options = ATTACH_OPTIONS,
     .run = run_attach},
    {.name = "disk detach",
     .arguments = "DISK BOX",
     .summary = "Detach a disk; its files are kept",
     .run = run_detach},
    {.name = "disk rm",
     .arguments = "DISK...",
     .summary = "Destroy disks and all their files",
     .opens = OPENS_CLIENT,
     .run = run_rm},
    {0},
};
