/* The command cp: copies files and directories into boxes, out of them, and between them. */
#include "files/copy.h"
#include "commands/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- running the plan ---- */

/* The service transfers regular files only, and cannot read the files of /proc and /sys, which have no size.
 */
static bool is_plain_source(const copy_item *item)
{
    const bool is_virtual =
        item->from->box && (strncmp(item->path, "/proc/", 6) == 0 || strncmp(item->path, "/sys/", 5) == 0);
    return item->facts.kind == PATH_FILE && !is_virtual &&
           (item->from->box || local_descriptor(item->path) < 0);
}

/* The service replaces a link with the file; a copy goes to what the link leads to. */
static bool is_plain_target(const copy *k, const copy_item *item)
{
    const path_kind kind = item->to_facts.kind;
    return (kind == PATH_MISSING || kind == PATH_FILE) && !item->to_facts.is_link &&
           (k->target.box || local_descriptor(item->to) < 0);
}

static bool is_plain(const copy *k, const copy_item *item)
{
    const bool between_boxes = item->from->box && k->target.box;
    return !between_boxes && !item->refused && is_plain_source(item) && is_plain_target(k, item) &&
           is_utf8(k->target.box ? item->to : item->path);
}

static bool is_other(const copy *k, const copy_item *item)
{
    return !item->refused && !is_plain(k, item);
}

/* Whether both are handles of one box, of which one may have a name and one an id. The ids are known after a
 * call on each handle. */
static bool is_same_box(const boxd_box *one, const boxd_box *other)
{
    const char *first = boxd_box_id(one), *second = boxd_box_id(other);
    return one == other || (first && second && strcmp(first, second) == 0);
}

bool is_in_one_box(const copy *k, const copy_item *item)
{
    return item->from->box && k->target.box && is_same_box(item->from->box, k->target.box);
}

static void copy_one(copy *k, copy_item *item)
{
    const bool is_dir = item->facts.kind == PATH_DIR;
    if (is_in_one_box(k, item))
        copy_in_box(k, item);
    else if (is_dir && item->from->box && k->target.box)
        stream_dir(k, item);
    else if (is_dir)
        transfer_dir(k, item);
    else
        stream_file(k, item);
}

/* The items of which `belongs` is true, and NULL. */
static copy_item **select_items(copy *k, bool (*belongs)(const copy *k, const copy_item *item))
{
    copy_item **selected = must(calloc(k->count + 1, sizeof(void *)));
    size_t count = 0;
    for (size_t i = 0; i < k->count; i++)
        if (belongs(k, &k->items[i]))
            selected[count++] = &k->items[i];
    return selected;
}

/* Whether the service has not copied the mode with the bytes. */
static bool lacks_attributes(const copy *k, const copy_item *item)
{
    const bool is_file = item->facts.kind == PATH_FILE && item->to_facts.kind != PATH_SPECIAL;
    return !item->refused && is_file && !is_in_one_box(k, item);
}

/* Whether the copy goes to the standard output of this program, where a result would follow it. */
static bool is_own_output(const copy *k)
{
    return k->target.is_stream || (!k->target.box && local_descriptor(k->target.word) == STDOUT_FILENO);
}

/* Whether the copy writes to the terminal, or reads what is typed there: a line of progress would be in the
 * way.
 */
static bool uses_terminal(const copy *k)
{
    return (is_own_output(k) && isatty(STDOUT_FILENO)) || (k->sources[0].is_stream && isatty(STDIN_FILENO));
}

void copy_run(copy *k)
{
    copy_item **plain = select_items(k, is_plain);
    progress_begin(&k->progress, k->c, uses_terminal(k));
    begin_counting(k);
    transfer_files(k, plain);
    free((void *)plain);
    copy_item **others = select_items(k, is_other);
    for (size_t i = 0; others[i]; i++) {
        if (k->report.stops)
            report_untried(&k->report, 1);
        else
            copy_one(k, others[i]);
    }
    free((void *)others);
    if (k->target.box && !k->report.stops) {
        copy_item **files = select_items(k, lacks_attributes);
        set_attributes_in_box(k, files);
        free((void *)files);
    }
    end_counting();
    progress_end(&k->progress);
}

/* ---- the result ---- */

/* Where the copies are, as a word of a command line: "web:/home/boxd/a". */
static char *result_target(const copy *k)
{
    const char *whole = k->target.box ? k->target.path : k->target.word;
    return with_box(&k->target, k->count == 1 && !needs_directory(k) ? k->items[0].to : whole);
}

bool fails_at_target(const copy *k, boxd_status status)
{
    if (status == BOXD_ERR_INCOMPLETE) /* the source became shorter, or its archive ended early */
        return false;
    return (status == BOXD_ERR_LOCAL_FILE) == !k->target.box;
}

char *target_shown(const copy *k, const copy_item *item)
{
    return with_box(&k->target, item->to);
}

void report_copy_error(copy *k, const copy_item *item, const boxd_error *error)
{
    char *target = target_shown(k, item);
    report_error(&k->report, fails_at_target(k, error->status) ? target : item->shown, error);
    free(target);
}

void format_amount(char *to, size_t size, const report *r)
{
    char bytes[32];
    format_bytes(bytes, sizeof bytes, (double)r->bytes);
    snprintf(to, size, "%llu file%s, %s", (unsigned long long)r->files, r->files == 1 ? "" : "s", bytes);
}

/* After failures: what was copied in spite of them. A transfer that ended early counts files that were sent
 * and may not be stored: then only that the target is incomplete. */
static void print_partial(const copy *k)
{
    const report *r = &k->report;
    const bool is_device = S_ISCHR(k->target_facts.mode) || S_ISBLK(k->target_facts.mode);
    if (r->failed == 0)
        return;
    if (!r->stops && (r->files > 0 || r->failed > 1))
        cli_error(0, "%llu file%s copied, %llu failed", (unsigned long long)r->files,
                  r->files == 1 ? "" : "s", (unsigned long long)r->failed);
    if (r->stops && k->acted && !is_device && (r->files > 0 || r->was_sent)) {
        const bool is_file = k->count == 1 && k->items[0].facts.kind == PATH_FILE; /* replaced, or not */
        char *to = result_target(k);
        cli_error(0, "the target %s %s incomplete: run the command again", to, is_file ? "may be" : "is");
        free(to);
    }
}

json_t *result_json(const report *r, const char *to)
{
    json_t *result = must(json_object());
    json_put_path(result, "to", to);
    json_put(result, "files", json_number(r->files));
    json_put(result, "bytes", json_number(r->bytes));
    json_put(result, "skipped", json_number(r->skipped));
    json_put(result, "failed", json_number(r->failed));
    json_put(result, "failures", json_incref(r->failures));
    return result;
}

static int print_result(copy *k)
{
    const report *r = &k->report;
    char amount[96];
    if (is_own_output(k) || k->count == 0 || (r->code != EXIT_OK && !k->c->json))
        return EXIT_OK;
    char *to = result_target(k);
    json_t *done = result_json(r, to);
    free(to);
    format_amount(amount, sizeof amount, r);
    return print_done(k->c, done, "%s", amount);
}

/* ---- the command line ---- */

static copy_options opts;
static bool archive, recursive;

static int check_words(const copy *k)
{
    const operand *to = &k->target;
    for (size_t i = 0; i < k->source_count; i++) {
        const operand *from = &k->sources[i];
        if (!from->box && !to->box)
            return cli_usage_error(k->c, "%s and %s are both local paths; a path in a box is BOX:PATH%s%s%s",
                                   from->word, to->word, strchr(to->word, '/') ? "" : ", such as ",
                                   strchr(to->word, '/') ? "" : to->word, strchr(to->word, '/') ? "" : ":");
        if ((from->is_stream || to->is_stream) && k->source_count > 1)
            return cli_usage_error(k->c, "\"-\" can only be used with one file");
    }
    if (is_own_output(k) && k->c->json)
        return cli_usage_error(k->c, "%s as target cannot be combined with --json", to->word);
    if (opts.follow && opts.skip_links)
        return cli_usage_error(k->c, "--follow-links cannot be combined with --skip-links");
    return EXIT_OK;
}

/* cp in a box, and tar from box to box, copy whole directories. */
static int check_patterns(const copy *k)
{
    const bool selects = opts.include.count > 0 || opts.exclude.count > 0 || opts.skip_links;
    for (size_t i = 0; selects && i < k->source_count; i++)
        if (k->sources[i].box && k->target.box)
            return cli_usage_error(k->c, "--include, --exclude and --skip-links do not work from box to box");
    return EXIT_OK;
}

static int check_all(const copy *k)
{
    const int code = check_words(k);
    return code == EXIT_OK ? check_patterns(k) : code;
}

static int read_words(copy *k, char **words, int count)
{
    int code = EXIT_OK;
    k->sources = must(calloc((size_t)count, sizeof *k->sources));
    for (int i = 0; i < count - 1 && code == EXIT_OK; i++)
        code = operand_read(&k->pool, words[i], &k->sources[k->source_count++]);
    if (code == EXIT_OK)
        code = operand_read(&k->pool, words[count - 1], &k->target);
    if (k->target.box && !*remote_part(k->target.word))
        k->target.path[strlen(k->target.path) - 2] = '\0'; /* the directory, not its contents: no "/." */
    return code;
}

int copy_command(copy *k, const copy_steps *steps, char **words, int count)
{
    k->pool.c = k->c;
    report_init(&k->report, k->c);
    int code = read_words(k, words, count);
    if (code == EXIT_OK && steps->check)
        code = steps->check(k);
    if (code == EXIT_OK) {
        code = steps->plan(k);
        k->acted = code == EXIT_OK;
        if (k->acted)
            steps->act(k);
        if (code != EXIT_USAGE) {
            report_print_failures(&k->report);
            if (k->moves || k->concatenates || k->options->dry_run)
                report_print_number(&k->report);
            else
                print_partial(k);
            const int printed = steps->print ? steps->print(k) : EXIT_OK;
            code = k->report.code != EXIT_OK ? k->report.code : printed;
        }
    }
    report_free(&k->report);
    plan_free(k);
    return code;
}

static int run_cp(cli *c, char **args, int count)
{
    static const copy_steps steps = {check_all, plan_make, copy_run, print_result};
    copy k = {.c = c, .options = &opts};
    opts.preserve |= archive;
    return copy_command(&k, &steps, args, count);
}

static const option_row OPTIONS[] = {
    {"preserve", 'p', OPTION_SWITCH, &opts.preserve, NULL,
     "keep all mode bits and the times of modification"},
    {"archive", 'a', OPTION_SWITCH, &archive, NULL, "the same as --preserve"},
    {"include", 0, OPTION_LIST, &opts.include, "PATTERN", "of directories, copy only files that match"},
    {"exclude", 0, OPTION_LIST, &opts.exclude, "PATTERN", "of directories, do not copy what matches"},
    {"follow-links", 'L', OPTION_SWITCH, &opts.follow, NULL, "copy what links lead to, not the links"},
    {"skip-links", 0, OPTION_SWITCH, &opts.skip_links, NULL, "do not copy links"},
    {"recursive", 'r', OPTION_SWITCH, &recursive, NULL, "no effect: directories are always copied whole"},
    {0},
};

const command CP_COMMANDS[] = {
    {.name = "cp",
     .aliases = "copy",
     .arguments = "FROM... TO",
     .summary = "Copy files and directories into boxes, out of them and between them",
     .details =
         "FROM and TO are BOX:PATH or a local path; one of them is in a box. - is standard input or "
         "output. A relative PATH is below /home/boxd. * ? and [] in the PATH of a source are patterns.\n"
         "If TO is an existing directory, copies keep their names in it: DIR becomes TO/DIR, and the "
         "contents of DIR/. go to TO. Several sources, and a pattern, need a TO that is a directory. A link "
         "that is named is followed; a link in a directory is copied as a link. Permission bits are copied, "
         "less the umask; a local file that is replaced keeps its own. Pipes and devices that are named are "
         "read or written as streams.\n"
         "Copies get the time of the copying, or with --preserve the times of their sources. `boxctl sync` "
         "compares times: after a cp without --preserve it copies everything again.\n"
         "A source that cannot be copied is reported, and all others are copied. With --json, a path that is "
         "not UTF-8 is also in a member whose key ends in _base64.",
     .examples = "boxctl cp ./site web:\n"
                 "boxctl cp 'web:logs/*.txt' .\n"
                 "boxctl cp -p web:site db:/srv\n"
                 "pg_dump app | boxctl cp - db:dump.sql",
     .options = OPTIONS,
     .run = run_cp},
    {0},
};
