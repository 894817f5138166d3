/* The plan of cp: what each source is, and where its copy goes. Nothing is copied here. */
#include "files/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool ends_in_slash(const char *path)
{
    const size_t length = strlen(path);
    return length > 0 && path[length - 1] == '/';
}

/* ---- the sources ---- */

static copy_item *add_item(copy *k, const operand *from, const char *path, const path_facts *facts)
{
    k->items = must_grow(k->items, k->count, sizeof *k->items);
    copy_item *item = &k->items[k->count++];
    *item = (copy_item){.from = from, .path = format_text("%s", path), .facts = *facts};
    item->facts.path = item->facts.target = NULL;
    item->shown =
        from->box && strcmp(path, from->path) != 0 ? with_box(from, path) : format_text("%s", from->word);
    return item;
}

static bool is_closed_input(const operand *from)
{
    const bool is_input = from->is_stream || local_descriptor(from->word) == STDIN_FILENO;
    return is_input && !input_is_usable();
}

static void add_local_source(copy *k, const operand *from)
{
    if (is_closed_input(from)) {
        report_fail(&k->report, EXIT_FAILED, from->word, "standard input is closed, or cannot be read");
        return;
    }
    if (from->is_stream) {
        add_item(k, from, "-", &(path_facts){.kind = PATH_SPECIAL});
        return;
    }
    const path_facts facts = facts_here(from->word);
    if (facts.kind != PATH_MISSING)
        add_item(k, from, from->word, &facts);
    else
        report_errno(&k->report, from->word, errno);
}

static void add_found_source(void *data, const operand *from, const path_facts *facts)
{
    add_item(data, from, facts->path, facts);
}

static void add_sources(copy *k)
{
    const lookup how = {.expands = true, .follows = !k->moves, .found = add_found_source};
    for (size_t i = 0; i < k->source_count && !k->report.stops;) {
        const operand *from = &k->sources[i];
        const size_t count = operands_of_one_box(from, k->source_count - i);
        if (from->box)
            look_up(&k->report, from, count, &how, k);
        else
            add_local_source(k, from);
        i += count;
    }
}

/* ---- the target ---- */

/* Whether a pattern of the command line was expanded: a file that has the pattern as its name comes first. */
static bool has_pattern(const copy *k)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->items[i].from->box && strcmp(k->items[i].path, k->items[i].from->path) != 0)
            return true;
    return false;
}

bool needs_directory(const copy *k)
{
    return !k->target.is_stream && (k->source_count > 1 || has_pattern(k));
}

/* Sets the facts of `paths` where the copies go. False: the box cannot be asked, which the report says. */
static bool find_facts(copy *k, const char *const *paths, size_t count, path_facts *facts)
{
    boxd_error error = BOXD_ERROR_INIT;
    facts_list list;
    for (size_t i = 0; !k->target.box && i < count; i++)
        facts[i] = facts_here(paths[i]);
    if (!k->target.box || count == 0)
        return true;
    const facts_request request = {.paths = paths, .count = count, .follows = true};
    if (!facts_in_box(k->c, k->target.box, &request, &list, &error)) {
        report_box(&k->report, &k->target, &error);
        k->report.stops = true;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        facts[i] = list.items[i];
        facts[i].path = facts[i].target = NULL;
    }
    facts_free(&list);
    return true;
}

static const char *target_path(const copy *k)
{
    return k->target.box ? k->target.path : k->target.word;
}

bool plan_target(copy *k)
{
    const char *path = target_path(k);
    if (k->target.is_stream) {
        k->target_facts.kind = PATH_SPECIAL;
        return true;
    }
    char *parent = parent_of(path), *plain = without_slashes(path);
    path_facts facts[2];
    const bool found = find_facts(k, (const char *const[]){plain, parent}, 2, facts);
    const bool lacks_parent =
        found && facts[0].kind == PATH_MISSING && facts[1].kind != PATH_DIR && !needs_directory(k);
    if (found)
        k->target_facts = facts[0];
    if (lacks_parent)
        report_no_directory(&k->report, k->target.word, parent, facts[1].kind, k->target.box != NULL);
    free(parent);
    free(plain);
    return found && !lacks_parent;
}

/* ---- the path of each copy ---- */

static void refuse(copy *k, copy_item *item, const char *why)
{
    item->refused = true;
    report_fail(&k->report, EXIT_FAILED, item->shown, "%s %s",
                k->target.is_stream ? "standard output" : item->to, why);
}

/* Decides where the copy of `item` goes: to the path of the target, or below it. */
static void place(copy *k, copy_item *item)
{
    const char *path = target_path(k);
    char *name = last_part(item->path);
    const bool is_dir = k->target_facts.kind == PATH_DIR;
    item->to = is_dir && is_file_name(name) && !item->from->is_stream ? join_path(path, name)
                                                                      : format_text("%s", path);
    free(name);
    if (is_dir || !ends_in_slash(path) || item->facts.kind == PATH_DIR)
        return;
    char *plain = without_slashes(path);
    item->refused = true;
    report_no_directory(&k->report, k->target.word, plain, k->target_facts.kind, k->target.box != NULL);
    free(plain);
}

static int compare_targets(const void *one, const void *other)
{
    return strcmp((*(const copy_item *const *)one)->to, (*(const copy_item *const *)other)->to);
}

/* Two sources with one name would lose one of them. */
static int refuse_equal_names(copy *k)
{
    const copy_item **sorted = must(calloc(k->count + 1, sizeof(void *)));
    int code = EXIT_OK;
    for (size_t i = 0; i < k->count; i++)
        sorted[i] = &k->items[i];
    qsort((void *)sorted, k->count, sizeof(void *), compare_targets);
    for (size_t i = 1; i < k->count && code == EXIT_OK; i++)
        if (strcmp(sorted[i - 1]->to, sorted[i]->to) == 0)
            code = cli_usage_error(k->c, "%s and %s would both become %s; nothing was done",
                                   sorted[i - 1]->shown, sorted[i]->shown, sorted[i]->to);
    free((void *)sorted);
    return code;
}

/* Whether `path` is below `directory`, as they are written. */
static bool is_below(const char *path, const char *directory)
{
    const size_t length = length_without_slashes(directory);
    return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* Why the copy cannot go where something else is; or NULL. */
static const char *conflict(const copy *k, const copy_item *item)
{
    const path_facts *from = &item->facts, *to = &item->to_facts;
    const bool is_dir = from->kind == PATH_DIR, to_dir = to->kind == PATH_DIR;
    const bool in_one_box = is_in_one_box(k, item);
    if (in_one_box && is_dir && is_below(item->to, item->path))
        return "is in the directory itself";
    if (in_one_box && *from->id && strcmp(from->id, to->id) == 0)
        return "is the same file";
    if (to->kind == PATH_MISSING)
        return NULL;
    if (is_dir && to_dir)
        return k->moves ? "exists" : NULL;
    return is_dir ? "is not a directory" : to_dir ? "is a directory" : NULL;
}

/* Looks up what is at the places of the copies. */
static bool check_places(copy *k)
{
    const bool is_dir = k->target_facts.kind == PATH_DIR;
    const char **paths = must(calloc(k->count + 1, sizeof *paths));
    path_facts *facts = must(calloc(k->count + 1, sizeof *facts));
    for (size_t i = 0; i < k->count; i++)
        paths[i] = k->items[i].to;
    const bool known = !is_dir || find_facts(k, paths, k->count, facts);
    for (size_t i = 0; i < k->count && known; i++) {
        copy_item *item = &k->items[i];
        item->to_facts = is_dir ? facts[i] : k->target_facts;
        const char *why = item->refused ? NULL : conflict(k, item);
        if (why)
            refuse(k, item, why);
    }
    free(paths);
    free(facts);
    return known;
}

static int refuse_target(const copy *k)
{
    const bool is_missing = k->target_facts.kind == PATH_MISSING;
    return cli_usage_error(k->c, "the target %s %s: %s directory%s", k->target.word,
                           is_missing ? "does not exist" : "is not a directory",
                           k->source_count > 1 ? "several sources need a" : "a pattern needs a",
                           is_missing && k->target.box ? MKDIR_HINT : "");
}

static int place_all(copy *k)
{
    if (k->count > 1 && k->target.is_stream && !k->concatenates)
        return cli_usage_error(k->c, "\"-\" can only be used with one file");
    if (needs_directory(k) && k->target_facts.kind != PATH_DIR)
        return refuse_target(k);
    for (size_t i = 0; i < k->count; i++)
        place(k, &k->items[i]);
    const int code = k->concatenates ? EXIT_OK : refuse_equal_names(k);
    if (code != EXIT_OK)
        return code;
    return check_places(k) ? EXIT_OK : PLAN_REPORTED;
}

int plan_make(copy *k)
{
    add_sources(k);
    if (k->report.stops || k->count == 0 || !plan_target(k))
        return PLAN_REPORTED;
    return place_all(k);
}

void plan_free(copy *k)
{
    for (size_t i = 0; i < k->count; i++) {
        free(k->items[i].shown);
        free(k->items[i].path);
        free(k->items[i].to);
    }
    free(k->items);
    for (size_t i = 0; i < k->source_count; i++)
        operand_free(&k->sources[i]);
    free(k->sources);
    operand_free(&k->target);
    pool_free(&k->pool);
}
