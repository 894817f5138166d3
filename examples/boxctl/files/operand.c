/* Reads the words of a command line: BOX:PATH, local paths and "-". */
#include "files/files.h"

#include <stdlib.h>
#include <string.h>

static const char HOME[] = "/home/boxd";

char *absolute_in_box(const char *path)
{
    if (*path == '/')
        return format_text("%s", path);
    if (path[0] == '~' && (path[1] == '/' || !path[1]))
        path += path[1] ? 2 : 1;
    return join_path(HOME, *path ? path : ".");
}

/* The handle of the box with the name that is `length` bytes long. */
static boxd_box *pool_box(box_pool *pool, const char *name, size_t length, int *code)
{
    for (size_t i = 0; i < pool->count; i++)
        if (strlen(pool->items[i].name) == length && memcmp(pool->items[i].name, name, length) == 0)
            return pool->items[i].box;
    char *copy = must(strndup(name, length));
    boxd_box *box = cli_box(pool->c, copy, code);
    if (!box) {
        free(copy);
        return NULL;
    }
    pool->items = must_grow(pool->items, pool->count, sizeof *pool->items);
    pool->items[pool->count++] = (struct pool_item){copy, box};
    return box;
}

int operand_read(box_pool *pool, const char *word, operand *o)
{
    const char *path = remote_part(word);
    int code = EXIT_OK;
    *o = (operand){.word = word, .is_stream = strcmp(word, "-") == 0};
    if (!*word)
        return cli_usage_error(pool->c, "a path is empty");
    if (path) {
        o->box = pool_box(pool, word, (size_t)(path - word - 1), &code);
        o->path = absolute_in_box(path);
    }
    return code;
}

void operand_free(operand *o)
{
    free(o->path);
    *o = (operand){0};
}

void pool_free(box_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) {
        boxd_box_free(pool->items[i].box);
        free(pool->items[i].name);
    }
    free(pool->items);
    *pool = (box_pool){0};
}
