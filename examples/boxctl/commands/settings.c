/* The commands that change settings of one box: rename, resize, label, timeout, egress. */
#include "cli/boxctl.h"
#include "commands/table.h"

#include <stdlib.h>
#include <string.h>

static struct {
    int64_t vcpu, suspend_s, hibernate_s, delete_s;
    const char *memory, *cron;
    bool replace;
} opts = {.suspend_s = INT64_MIN, .hibernate_s = INT64_MIN, .delete_s = INT64_MIN};

/* ---- rename, resize ---- */

static int run_rename(cli *c, char **args, int count)
{
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = boxd_box_rename(c->box, args[1], &call, &error);
    json_t *done = json_pack("{s:s*, s:s}", "id", boxd_box_id(c->box), "name", args[1]);
    if (status == BOXD_OK)
        return print_done(c, done, "%s", args[1]);
    json_decref(done);
    return cli_report(c, &error);
}

static const option_row RESIZE_OPTIONS[] = {
    {"vcpu", 0, OPTION_NUMBER, &opts.vcpu, "N", "number of vCPUs (default: according to the memory)"},
    {"memory", 'm', OPTION_TEXT, &opts.memory, "SIZE", "memory, e.g. 8G (default: according to the vCPUs)"},
    {0},
};

static int run_resize(cli *c, char **args, int count)
{
    (void)count;
    if (opts.vcpu == 0 && !opts.memory)
        return cli_usage_error(c, "missing --vcpu or --memory");
    int code = EXIT_OK;
    if (!cli_open_box(c, args[0], &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_size *size = boxd_box_resize(c->box, (uint32_t)opts.vcpu, opts.memory, &call, &error);
    if (!size)
        return cli_report(c, &error);
    char memory[32];
    format_bytes(memory, sizeof memory, (double)size->memory_bytes);
    json_t *done = json_pack("{s:o, s:i, s:o, s:b}", "box", json_text(args[0]), "vcpu", (int)size->vcpu,
                             "memory_bytes", json_number(size->memory_bytes), "rebooted", size->rebooted);
    code = print_done(c, done, "%s: %u cpu, %s%s", args[0], size->vcpu, memory,
                      size->rebooted ? "; the box was rebooted" : "");
    boxd_box_size_free(size);
    return code;
}

/* ---- label ---- */

static const option_row LABEL_OPTIONS[] = {
    {"replace", 0, OPTION_SWITCH, &opts.replace, NULL, "remove all labels that are not named"},
    {0},
};

typedef struct label_changes {
    /* words of the command line; NULL-terminated */
    const char **set, **remove;
} label_changes;

/* Sorts "KEY=VALUE" and "KEY-". Returns EXIT_OK, or an exit code after printing the error. */
static int read_labels(const cli *c, char **words, int count, label_changes *to)
{
    to->set = calloc((size_t)count + 1, sizeof *to->set);
    to->remove = calloc((size_t)count + 1, sizeof *to->remove);
    size_t sets = 0, removes = 0;
    if (!to->set || !to->remove)
        return cli_error(EXIT_FAILED, "out of memory");
    for (int i = 0; i < count; i++) {
        const size_t length = strlen(words[i]);
        if (strchr(words[i], '=')) {
            to->set[sets++] = words[i];
        } else if (length > 1 && words[i][length - 1] == '-') {
            words[i][length - 1] = '\0';
            to->remove[removes++] = words[i];
        } else {
            return cli_usage_error(c, "invalid label \"%s\": must be KEY=VALUE, or KEY- to remove it",
                                   words[i]);
        }
    }
    if (opts.replace && removes > 0)
        return cli_usage_error(c, "--replace and KEY- cannot be combined");
    return EXIT_OK;
}

static int print_labels(const cli *c, const char *box, size_t count, const boxd_pair *const *items)
{
    for (size_t i = 0; i < count; i++)
        print_for_people(c, "%s=%s", items[i]->key, items[i]->value);
    return print_if_json(c,
                         json_pack("{s:o, s:o}", "box", json_text(box), "labels", labels_json(items, count)));
}

static int show_labels(cli *c, const char *name)
{
    int code = EXIT_OK;
    if (!cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = boxd_box_get(c->compute, name, &call, &error);
    if (!box)
        return cli_report(c, &error);
    const boxd_box_info *info = boxd_box_get_info(box);
    code = print_labels(c, name, info->label_count, info->labels);
    boxd_box_free(box);
    return code;
}

static int run_label(cli *c, char **args, int count)
{
    if (count == 1 && !opts.replace)
        return show_labels(c, args[0]);
    label_changes changes = {0};
    int code = read_labels(c, args + 1, count - 1, &changes);
    if (code == EXIT_OK && cli_open_box(c, args[0], &code)) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_labels *labels = boxd_box_update_labels(
            c->box,
            BOXD_OPTIONS(boxd_box_update_labels_options, .call = cli_call(c), .set = changes.set,
                         .remove = opts.replace ? NULL : changes.remove, .replace_all = opts.replace),
            &error);
        code = labels ? print_labels(c, args[0], labels->count, labels->items) : cli_report(c, &error);
        boxd_labels_free(labels);
    }
    free(changes.set);
    free(changes.remove);
    return code;
}

/* ---- timeout ---- */

static const option_row TIMEOUT_OPTIONS[] = {
    {"auto-suspend", 0, OPTION_SECONDS, &opts.suspend_s, "TIME",
     "suspend after this time without activity, e.g. 30m, or \"never\""},
    {"auto-hibernate", 0, OPTION_SECONDS, &opts.hibernate_s, "TIME",
     "hibernate after this time without activity, or \"never\""},
    {"delete-after", 0, OPTION_SECONDS, &opts.delete_s, "TIME",
     "delete the box after this time, or \"never\""},
    {"delete-cron", 0, OPTION_TEXT, &opts.cron, "SCHEDULE",
     "delete the box at the next time of a schedule, e.g. \"0 3 * * *\""},
    {0},
};

/* Makes the calls for the options that were given. */
static boxd_status set_timeouts(const cli *c, boxd_error *error)
{
    const boxd_call_options call = cli_call(c);
    boxd_status status = BOXD_OK;
    if (opts.suspend_s != INT64_MIN)
        status = boxd_box_set_auto_suspend(c->box, opts.suspend_s, &call, error);
    if (status == BOXD_OK && opts.hibernate_s != INT64_MIN)
        status = boxd_box_set_auto_hibernate(c->box, opts.hibernate_s, &call, error);
    if (status == BOXD_OK && (opts.delete_s != INT64_MIN || opts.cron))
        status = boxd_box_set_delete_after(c->box,
                                           BOXD_OPTIONS(boxd_box_set_delete_after_options, .call = call,
                                                        .after_s = opts.cron ? 0 : opts.delete_s,
                                                        .cron = opts.cron),
                                           NULL, error);
    return status;
}

static int run_timeout(cli *c, char **args, int count)
{
    (void)count;
    if (opts.delete_s != INT64_MIN && opts.cron)
        return cli_usage_error(c, "--delete-after and --delete-cron cannot be combined");
    int code = EXIT_OK;
    if (!cli_open_box(c, args[0], &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_status status = set_timeouts(c, &error);
    boxd_box *now = status == BOXD_OK ? boxd_box_get(c->compute, args[0], &call, &error) : NULL;
    if (!now)
        return cli_report(c, &error);
    json_t *all = box_json(now), *some = json_object();
    boxd_box_free(now);
    static const char *const KEYS[] = {"name", "auto_suspend_timeout_s", "auto_hibernate_timeout_s",
                                       "auto_destroy_timeout_s", "delete_at_ms"};
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        json_object_set(some, KEYS[i], json_object_get(all, KEYS[i]));
    json_decref(all);
    return print_object(c, some, "name");
}

/* ---- egress ---- */

static int print_rules(const cli *c, const char *box, const boxd_string_list *rules)
{
    if (rules->count == 0)
        print_for_people(c, "%s: no restriction", box);
    return print_list_of_box(c, box, "egress", rules);
}

static int run_egress_ls(cli *c, char **args, int count)
{
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = boxd_box_get(c->compute, args[0], &call, &error);
    if (!box)
        return cli_report(c, &error);
    const boxd_box_info *info = boxd_box_get_info(box);
    const boxd_string_list rules = {.count = info->egress_count, .items = info->egress};
    const int code = print_rules(c, args[0], &rules);
    boxd_box_free(box);
    return code;
}

/* Sets the rules, or with one argument removes them. */
static int run_egress_set(cli *c, char **args, int count)
{
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_string_list *rules =
        boxd_box_set_egress(c->box, count > 1 ? boxd_argv(args + 1) : NULL, &call, &error);
    if (!rules)
        return cli_report(c, &error);
    const int code = print_rules(c, args[0], rules);
    boxd_string_list_free(rules);
    return code;
}

const command SETTING_COMMANDS[] = {
    {.name = "rename",
     .arguments = "BOX NAME",
     .summary = "Rename a box and reboot it",
     .opens = OPENS_BOX,
     .run = run_rename},
    {.name = "resize",
     .arguments = "BOX",
     .summary = "Change the size of a box; a running box is rebooted",
     .examples = "boxctl resize web --vcpu 4",
     .options = RESIZE_OPTIONS,
     .run = run_resize},
    {.name = "label",
     .aliases = "labels",
     .arguments = "BOX [KEY=VALUE|KEY-]...",
     .summary = "Set, remove or show labels of a box",
     .details = "KEY=VALUE sets a label, KEY- removes one. Prints all labels after the change.",
     .examples = "boxctl label web team=red stage-\nboxctl ls --label team=red",
     .options = LABEL_OPTIONS,
     .run = run_label},
    {.name = "timeout",
     .aliases = "timeouts",
     .arguments = "BOX",
     .summary = "Set or show when a box is suspended, hibernated, deleted",
     .details = "Without options, only shows the times.",
     .examples = "boxctl timeout web --auto-suspend 30m --delete-after 7d",
     .options = TIMEOUT_OPTIONS,
     .run = run_timeout},
    {.name = "egress ls",
     .arguments = "BOX",
     .summary = "List the destinations that a box may connect to",
     .opens = OPENS_CLIENT,
     .run = run_egress_ls},
    {.name = "egress set",
     .arguments = "BOX DESTINATION...",
     .summary = "Restrict the destinations that a box may connect to",
     .details =
         "DESTINATION is a host name, an address or a range of addresses. The new list replaces the old one.",
     .examples = "boxctl egress set web api.example.com 10.0.0.0/8",
     .opens = OPENS_BOX,
     .run = run_egress_set},
    {.name = "egress clear",
     .arguments = "BOX",
     .summary = "Let a box connect to every destination",
     .opens = OPENS_BOX,
     .run = run_egress_set},
    {0},
};
