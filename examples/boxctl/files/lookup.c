/* What the operands of a command lead to. */
#include "files/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *with_box(const operand *o, const char *path)
{
    const char *part = remote_part(o->word);
    return format_text("%.*s%s", part ? (int)(part - o->word) : 0, o->word, path);
}

void report_box(report *r, const operand *o, const boxd_error *error)
{
    boxd_error own = *error;
    const size_t length = strlen(own.message);
    if (error->status == BOXD_ERR_NOT_FOUND && facts_here(o->word).kind != PATH_MISSING)
        snprintf(own.message + length, sizeof own.message - length,
                 "; if you mean the local path of this name, write ./%s", o->word);
    char *name = with_box(o, "");
    name[strlen(name) - 1] = '\0'; /* the colon */
    report_error(r, name, &own);
    free(name);
}

size_t operands_of_one_box(const operand *operands, size_t count)
{
    size_t same = 1;
    while (operands[0].box && same < count && operands[same].box == operands[0].box)
        same++;
    return same;
}

static void add_found(report *r, const lookup *how, const operand *o, const path_facts *facts, void *data)
{
    if (facts->kind != PATH_MISSING)
        how->found(data, o, facts);
    else if (facts->is_hidden)
        report_fail(r, EXIT_FAILED, o->word, "%s", strerror(EACCES));
    else if (!how->may_miss)
        report_fail(r, EXIT_NOT_FOUND, o->word,
                    strpbrk(o->path, "*?[") && how->expands ? "no file matches"
                                                            : "No such file or directory");
}

void look_up(report *r, const operand *operands, size_t count, const lookup *how, void *data)
{
    const char **paths = must(calloc(count, sizeof *paths));
    boxd_error error = BOXD_ERROR_INIT;
    facts_list list;
    for (size_t i = 0; i < count; i++)
        paths[i] = operands[i].path;
    const facts_request request = {paths, count, how->expands, how->follows};
    if (facts_in_box(r->c, operands[0].box, &request, &list, &error)) {
        for (size_t i = 0; i < list.count; i++)
            add_found(r, how, &operands[list.items[i].asked], &list.items[i], data);
        facts_free(&list);
    } else {
        report_box(r, operands, &error);
    }
    free(paths);
}
