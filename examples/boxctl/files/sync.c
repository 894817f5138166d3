/* The command sync: copies what differs between a local directory and one of a box. */
#include "commands/table.h"
#include "files/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static copy_options opts;
static bool archive, recursive;

static int check_words(const copy *k)
{
    const operand *from = &k->sources[0], *to = &k->target;
    if (from->is_stream || to->is_stream)
        return cli_usage_error(k->c, "sync needs two directories, not \"-\"");
    if (!from->box == !to->box)
        return cli_usage_error(k->c, "one of %s and %s must be in a box (BOX:PATH), the other must be local",
                               from->word, to->word);
    if (opts.follow && opts.skip_links)
        return cli_usage_error(k->c, "--follow-links cannot be combined with --skip-links");
    return EXIT_OK;
}

/* Adds a failure if an operand, which exists, is no directory. */
static void check_directory(copy *k, const operand *o, path_kind kind)
{
    if (kind != PATH_DIR)
        report_fail(&k->report, EXIT_FAILED, o->word, "is not a directory%s",
                    o == &k->target ? "" : "; `boxctl cp` copies files");
}

static void check_local_source(copy *k)
{
    const path_kind kind = facts_here(k->sources[0].word).kind;
    if (kind == PATH_MISSING)
        report_errno(&k->report, k->sources[0].word, errno);
    else
        check_directory(k, &k->sources[0], kind);
}

static void check_local_target(copy *k)
{
    if (plan_target(k) && k->target_facts.kind != PATH_MISSING)
        check_directory(k, &k->target, k->target_facts.kind);
}

/* One item: what the source contains. The directory in the box is looked at when the comparison fails. */
static int plan(copy *k)
{
    const operand *from = &k->sources[0], *to = &k->target;
    if (to->box)
        check_local_source(k);
    else
        check_local_target(k);
    if (k->report.failed > 0)
        return PLAN_REPORTED;
    k->items = must(calloc(1, sizeof *k->items));
    k->items[k->count++] = (copy_item){
        .from = from,
        .shown = format_text("%s", from->word),
        .path = format_text("%s", from->box ? from->path : from->word),
        .to = format_text("%s", to->box ? to->path : to->word),
        .facts.kind = PATH_DIR,
    };
    return EXIT_OK;
}

static void check_found(void *data, const operand *o, const path_facts *facts)
{
    check_directory(data, o, facts->kind);
}

/* Adds why the directory in the box cannot be used; if that is not found, the error itself. */
static void add_sync_error(copy *k, const copy_item *item, const boxd_error *error)
{
    const uint64_t failed = k->report.failed;
    const operand *in_box = item->from->box ? item->from : &k->target;
    const lookup how = {.follows = true, .may_miss = in_box == &k->target, .found = check_found};
    if (error->status == BOXD_ERR_NOT_FOUND || error->status == BOXD_ERR_FAILED_PRECONDITION)
        look_up(&k->report, in_box, 1, &how, k);
    if (k->report.failed == failed)
        report_copy_error(k, item, error);
}

/* ---- the list of changes ---- */

typedef struct change {
    boxd_dir_change_kind kind;
    char *path;
} change;

static struct {
    change *items;
    size_t count;
} changes;

/* Runs on the core thread of the client, while the main thread waits for the call. */
static void add_change(const boxd_dir_change *made, void *data)
{
    (void)data;
    changes.items = must_grow(changes.items, changes.count, sizeof *changes.items);
    changes.items[changes.count++] = (change){made->kind, format_text("%s", *made->path ? made->path : ".")};
}

static const char *change_name(const change *one)
{
    return one->kind == BOXD_DIR_CHANGE_DELETE ? "delete" : "copy";
}

/* Deletions come first, as they are made. */
static int compare_changes(const void *one, const void *other)
{
    const change *a = one, *b = other;
    return a->kind != b->kind ? (a->kind == BOXD_DIR_CHANGE_DELETE ? -1 : 1) : strcmp(a->path, b->path);
}

static json_t *changes_json(void)
{
    json_t *rows = must(json_array());
    for (size_t i = 0; i < changes.count; i++) {
        json_t *row = must(json_object());
        json_put(row, "action", json_string(change_name(&changes.items[i])));
        json_put_path(row, "path", changes.items[i].path);
        json_array_append_new(rows, row);
    }
    return rows;
}

static void free_changes(void)
{
    while (changes.count > 0)
        free(changes.items[--changes.count].path);
    free(changes.items);
    changes.items = NULL;
}

static void act(copy *k)
{
    const copy_options *o = k->options;
    const differences how = {.on_change = o->lists ? add_change : NULL, .add_error = add_sync_error};
    if (o->dry_run)
        cli_waiting(k->c, "the comparison");
    progress_begin(&k->progress, k->c, o->dry_run);
    transfer_differences(k, &k->items[0], &how);
    progress_end(&k->progress);
    cli_waited();
    if (changes.count > 0)
        qsort(changes.items, changes.count, sizeof *changes.items, compare_changes);
}

/* ---- the result ---- */

/* Prints what would be done, or was done: also -q does not hide this list. */
static void print_changes(const cli *c)
{
    for (size_t i = 0; i < changes.count && !c->json; i++)
        print_line("%s %s", change_name(&changes.items[i]), changes.items[i].path);
}

static int print_result(copy *k)
{
    const report *r = &k->report;
    char amount[96];
    print_changes(k->c);
    if (r->code != EXIT_OK && !k->c->json)
        return EXIT_OK;
    char *to = with_box(&k->target, k->target.box ? k->target.path : k->target.word);
    json_t *done = result_json(r, to);
    json_put(done, "unchanged", json_number(r->unchanged));
    json_put(done, "deleted", json_number(r->deleted));
    json_put(done, "dry_run", json_boolean(k->options->dry_run));
    if (k->options->lists)
        json_put(done, "changes", changes_json());
    free(to);
    format_amount(amount, sizeof amount, r);
    if (k->options->dry_run) {
        print_for_people(k->c, "%s to copy; %llu unchanged, %llu to delete", amount,
                         (unsigned long long)r->unchanged, (unsigned long long)r->deleted);
        return print_if_json(k->c, done);
    }
    return print_done(k->c, done, "%s; %llu unchanged, %llu deleted", amount,
                      (unsigned long long)r->unchanged, (unsigned long long)r->deleted);
}

static int run_sync(cli *c, char **args, int count)
{
    static const copy_steps steps = {check_words, plan, act, print_result};
    copy k = {.c = c, .options = &opts};
    opts.preserve |= archive;
    opts.lists |= opts.dry_run;
    const int code = copy_command(&k, &steps, args, count);
    free_changes();
    return code;
}

static const option_row OPTIONS[] = {
    {"dry-run", 'n', OPTION_SWITCH, &opts.dry_run, NULL, "only list what would be copied and deleted"},
    {"list", 'l', OPTION_SWITCH, &opts.lists, NULL, "list each copy that was begun, and each deletion"},
    {"delete", 0, OPTION_SWITCH, &opts.deletes, NULL, "delete what FROM does not have"},
    {"checksum", 'c', OPTION_SWITCH, &opts.by_content, NULL,
     "compare files of equal size by their contents, not their times"},
    {"include", 0, OPTION_LIST, &opts.include, "PATTERN", "copy only files that match"},
    {"exclude", 0, OPTION_LIST, &opts.exclude, "PATTERN", "neither copy nor delete what matches"},
    {"follow-links", 'L', OPTION_SWITCH, &opts.follow, NULL, "copy what links lead to, not the links"},
    {"skip-links", 0, OPTION_SWITCH, &opts.skip_links, NULL, "do not copy links"},
    {"preserve", 'p', OPTION_SWITCH, &opts.preserve, NULL, "keep all mode bits, without the umask"},
    {"archive", 'a', OPTION_SWITCH, &archive, NULL, "the same as --preserve"},
    {"recursive", 'r', OPTION_SWITCH, &recursive, NULL, "no effect: directories are always copied whole"},
    {0},
};

const command SYNC_COMMANDS[] = {
    {.name = "sync",
     .arguments = "FROM TO",
     .summary = "Make a directory equal to another one, copying only what differs",
     .details =
         "One of FROM and TO is BOX:PATH, the other a local directory. What FROM contains is compared with "
         "what TO contains: a slash at the end has no meaning. A file differs if its size or its time of "
         "modification differs. The times of FROM are kept. TO is made if it does not exist.\n"
         "`boxctl cp` gives copies new times, unless it has --preserve: a sync after such a cp copies "
         "everything again, unless it has --checksum.\n"
         "--dry-run and --list print a line for each change, \"copy PATH\" or \"delete PATH\" with the path "
         "below the directory; with --json, an array `changes` of objects with `action` and `path`.\n"
         "In a PATTERN, * stands for any text, ? for a character, [] for one of several. A pattern with a "
         "slash is compared with the path below the directory, another one with the name.",
     .examples = "boxctl sync ./site web:/srv/site\n"
                 "boxctl sync --delete --exclude .git . web:project\n"
                 "boxctl sync -n --delete . web:project\n"
                 "boxctl sync web:results ./results",
     .options = OPTIONS,
     .run = run_sync},
    {0},
};
