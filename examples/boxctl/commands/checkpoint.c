/* The commands checkpoint ls, create, restore and rm: the files of a box at one moment, kept beside the box.
 */
#include "commands/each.h"
#include "commands/table.h"

static struct {
    bool wait;
} opts;

static const option_row CREATE_OPTIONS[] = {
    {"wait", 'w', OPTION_SWITCH, &opts.wait, NULL, "wait until the checkpoint can be restored"},
    {0},
};

static json_t *checkpoint_json(const boxd_checkpoint *p)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "name", json_text(p->name), "id",
                     json_text(p->id), "status", json_text(p->status), "size_bytes",
                     json_number(p->size_bytes), "created_at_ms", json_time(p->created_at_ms), "available",
                     p->available, "created_by", json_text(p->created_by));
}

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"NAME", "name", CELL_TEXT},
                                     {"STATUS", "status", CELL_STATUS},
                                     {"SIZE", "size_bytes", CELL_BYTES},
                                     {"CREATED", "created_at_ms", CELL_AGE},
                                     {0}};
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_checkpoints *checkpoints = boxd_checkpoint_list(c->box, &call, &error);
    if (!checkpoints)
        return cli_report(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < checkpoints->count; i++)
        json_array_append_new(rows, checkpoint_json(checkpoints->items[i]));
    boxd_checkpoints_free(checkpoints);
    return print_rows(c, rows, COLUMNS);
}

static int run_create(cli *c, char **args, int count)
{
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_checkpoint *made = boxd_checkpoint_create(c->box, args[1], &call, &error);
    const boxd_checkpoint_wait_until_ready_options *options =
        BOXD_OPTIONS(boxd_checkpoint_wait_until_ready_options, .call = call);
    if (made && opts.wait)
        cli_waiting(c, args[1]);
    const bool ready =
        made && (!opts.wait || boxd_checkpoint_wait_until_ready(c->box, args[1], options, &error) == BOXD_OK);
    cli_waited();
    int code;
    if (!ready) {
        code = cli_report(c, &error);
    } else {
        json_t *done =
            json_pack("{s:o, s:o, s:o, s:o}", "box", json_text(args[0]), "name", json_text(made->name), "id",
                      json_text(made->id), "status", json_text(opts.wait ? "ready" : made->status));
        code = print_done(c, done, "%s", args[1]);
    }
    boxd_checkpoint_free(made);
    return code;
}

static int run_restore(cli *c, char **args, int count)
{
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = boxd_checkpoint_restore(c->box, args[1], &call, &error);
    if (status != BOXD_OK)
        return cli_report(c, &error);
    return print_done(c, json_pack("{s:o, s:o}", "box", json_text(args[0]), "restored", json_text(args[1])),
                      "%s", args[0]);
}

static boxd_status delete_one(const cli *c, const char *word, const boxd_call_options *call,
                              boxd_error *error)
{
    return boxd_checkpoint_delete(c->box, word, call, error);
}

static int run_rm(cli *c, char **args, int count)
{
    return run_each(c, args + 1, count - 1, "checkpoint", "removed", delete_one);
}

const command CHECKPOINT_COMMANDS[] = {
    {.name = "checkpoint ls",
     .details = "The service has no list of the checkpoints of all boxes.",
     .arguments = "BOX",
     .summary = "List the checkpoints of a box",
     .opens = OPENS_BOX,
     .run = run_ls},
    {.name = "checkpoint create",
     .arguments = "BOX NAME",
     .summary = "Save the files of a running box as a checkpoint",
     .options = CREATE_OPTIONS,
     .opens = OPENS_BOX,
     .run = run_create},
    {.name = "checkpoint restore",
     .arguments = "BOX NAME",
     .summary = "Go back to a checkpoint and restart the box",
     .details = "Changes of files after the checkpoint are lost.",
     .opens = OPENS_BOX,
     .run = run_restore},
    {.name = "checkpoint rm",
     .arguments = "BOX NAME...",
     .summary = "Delete checkpoints; the box is not changed",
     .opens = OPENS_BOX,
     .run = run_rm},
    {0},
};
