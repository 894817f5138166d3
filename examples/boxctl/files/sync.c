/* The command sync: copies what differs between a local directory and one of a box. */
#include "commands/table.h"
#include "files/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static copy_options opts;

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

/* One item: what the source contains. */
static int plan(copy *k)
{
    const operand *from = &k->sources[0], *to = &k->target;
    const path_kind kind = from->box ? PATH_DIR : facts_here(from->word).kind;
    if (kind != PATH_DIR) {
        report_fail(&k->report, kind == PATH_MISSING ? EXIT_NOT_FOUND : EXIT_FAILED, from->word, "%s",
                    strerror(kind == PATH_MISSING ? ENOENT : ENOTDIR));
        return PLAN_REPORTED;
    }
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

static void act(copy *k)
{
    progress_begin(&k->progress, k->c, false);
    transfer_differences(k, &k->items[0]);
    progress_end(&k->progress);
}

static int print_result(copy *k)
{
    const report *r = &k->report;
    char amount[96];
    if (r->code != EXIT_OK && !k->c->json)
        return EXIT_OK;
    char *to = with_box(&k->target, k->target.box ? k->target.path : k->target.word);
    json_t *done =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:O}", "to", json_text(to), "files",
                  json_number(r->files), "bytes", json_number(r->bytes), "unchanged",
                  json_number(r->unchanged), "deleted", json_number(r->deleted), "skipped",
                  json_number(r->skipped), "failed", json_number(r->failed), "failures", r->failures);
    free(to);
    format_amount(amount, sizeof amount, r);
    return print_done(k->c, done, "%s; %llu unchanged, %llu deleted", amount,
                      (unsigned long long)r->unchanged, (unsigned long long)r->deleted);
}

static int run_sync(cli *c, char **args, int count)
{
    static const copy_steps steps = {check_words, plan, act, print_result};
    copy k = {.c = c, .options = &opts};
    return copy_command(&k, &steps, args, count);
}

static const option_row OPTIONS[] = {
    {"delete", 0, OPTION_SWITCH, &opts.deletes, NULL, "delete what FROM does not have"},
    {"checksum", 'c', OPTION_SWITCH, &opts.by_content, NULL,
     "compare files of equal size by their contents, not their times"},
    {"include", 0, OPTION_LIST, &opts.include, "PATTERN", "copy only files that match"},
    {"exclude", 0, OPTION_LIST, &opts.exclude, "PATTERN", "neither copy nor delete what matches"},
    {"follow-links", 'L', OPTION_SWITCH, &opts.follow, NULL, "copy what links lead to, not the links"},
    {"skip-links", 0, OPTION_SWITCH, &opts.skip_links, NULL, "do not copy links"},
    {"preserve", 'p', OPTION_SWITCH, &opts.preserve, NULL, "keep all mode bits, without the umask"},
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
         "In a PATTERN, * stands for any text, ? for a character, [] for one of several. A pattern with a "
         "slash is compared with the path below the directory, another one with the name.",
     .examples = "boxctl sync ./site web:/srv/site\n"
                 "boxctl sync --delete --exclude .git . web:project\n"
                 "boxctl sync web:results ./results",
     .options = OPTIONS,
     .run = run_sync},
    {0},
};
