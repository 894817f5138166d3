/* remote_shell.c: a shell that makes entries (scripts/make.sh). Called by upload_files.c and remote_list.c on
 * the core thread and the disk thread. */
#include "boxd/dirs/remote_shell.h"

#include "boxd/dirs/entry_time.h"

#include <dirs_make_script.h>

#include <string.h>

void remote_shell(remote_command *c, const char *path, const char *temporary)
{
    *c = (remote_command){0};
    remote_add_words(c, (const char *const[]){"sh", "-c", dirs_make_script, "sh", path, temporary, NULL});
}

/* ---- lines ---- */

/* Adds the rest of a quoted word. A newline would end the line. */
static void add_quoted(text *input, const char *word)
{
    for (size_t size = strcspn(word, "'\n"); word[size]; size = strcspn(word, "'\n")) {
        text_add_bytes(input, word, size);
        text_add(input, word[size] == '\'' ? "'\\''" : "'\"$boxd_newline\"'");
        word += size + 1;
    }
    text_add(input, word);
    text_add(input, "'");
}

void remote_add_path(text *input, const char *path)
{
    text_add(input, " './");
    add_quoted(input, path);
}

/* A line: "f NUMBER MODE TIME PATH". */
static void add_line(text *input, char function, size_t number, const tree_entry *e, bool sets_time)
{
    char time[ENTRY_TIME_SIZE] = "-";
    if (sets_time)
        entry_time_print(e, time);
    text_printf(input, "%c %zu %04o %s", function, number, (unsigned)e->mode, time);
    remote_add_path(input, e->path);
}

void remote_shell_make_dir(text *input, size_t number, const tree_entry *e)
{
    text_printf(input, "d %zu", number);
    remote_add_path(input, e->path);
    text_add(input, "\n");
}

void remote_shell_make_link(text *input, size_t number, const tree_entry *e, bool sets_time)
{
    add_line(input, 'l', number, e, sets_time);
    text_add(input, " '");
    add_quoted(input, e->target);
    text_add(input, "\n");
}

void remote_shell_place_file(text *input, size_t number, const tree_entry *e, bool sets_time)
{
    add_line(input, 'f', number, e, sets_time);
    text_add(input, "\n");
}

void remote_shell_end_dir(text *input, size_t number, const tree_entry *e, bool sets_time)
{
    if (!*e->path)
        text_add(input, "z\n"); /* changes the time of the directory */
    add_line(input, 'e', number, e, sets_time);
    text_add(input, "\n");
}

void remote_shell_sync(text *input)
{
    text_add(input, "printf '\\0'\n");
}
