/* remote_shell.c: a shell that makes entries. Called by upload_files.c and remote_list.c on the core thread
 * and the disk thread. */
#include "boxd/dirs/remote_shell.h"

#include "boxd/dirs/tar_header.h"

#include <stdio.h>
#include <string.h>

/* A function for each kind of line. The number of the entry comes first. The functions report each failure.
 *
 * The lines are read with `read`, and not by the shell itself: a signal interrupts `read`, and the shell then
 * removes the temporary directory: several times, since an upload that is being cancelled may have a file
 * there, and in another session, because the service kills the shell a moment after the signal. */
static const char SCRIPT[] =
    "export LC_ALL=C\n"
    "mkdir -p -- \"$1\" && cd -- \"$1\" || exit 102\n" REMOTE_NEWLINE "boxd_temporary=$2\n"
    "z() { rm -rf -- \"$boxd_temporary\"; }\n"
    "boxd_clean='for pause in 0.1 0.2 0.4 1 2; do rm -rf -- \"$1\" && exit; sleep $pause; done'\n"
    "boxd_end() {\n"
    "command -v setsid && { setsid sh -c \"$boxd_clean\" sh \"$boxd_temporary\" & } ||\n"
    "  sh -c \"$boxd_clean\" sh \"$boxd_temporary\"\n"
    "} </dev/null >/dev/null 2>&1\n"
    "trap boxd_end EXIT\n"
    "trap 'exit 1' HUP INT TERM PIPE\n"
    "mkdir -m 700 -- \"$2\" || exit 102\n"
    "printf 'umask %s\\0' \"$(umask)\"\n"
    "boxd_fail() { printf '%s %s\\0' \"$boxd_number\" \"$1\"; return 1; }\n"
    "boxd_try() { boxd_why=$(\"$@\" 2>&1 </dev/null) || boxd_fail \"$boxd_why\"; }\n"
    "boxd_time() {\n"
    "[ \"$1\" = - ] || touch $3 -c -d \"@$1\" -- \"$2\" </dev/null >/dev/null 2>&1 ||\n"
    "  boxd_try touch $3 -c -d \"@${1%.*}\" -- \"$2\"\n"
    "}\n"
    "boxd_clear() {\n"
    "if [ -L \"$1\" ]; then boxd_try rm -f -- \"$1\"\n"
    "elif [ -d \"$1\" ]; then boxd_fail 'a directory has its name'\n"
    "elif [ \"$2\" ] && [ -e \"$1\" ]; then boxd_try rm -f -- \"$1\"\n"
    "fi\n"
    "}\n"
    "d() {\n"
    "boxd_number=$1\n"
    "{ [ -d \"$2\" ] && [ ! -L \"$2\" ]; } || { boxd_clear \"$2\" all && boxd_try mkdir -- \"$2\"; } || "
    "return 0\n"
    "[ -w \"$2\" ] || boxd_try chmod u+rwx -- \"$2\" || :\n"
    "}\n"
    "e() {\n"
    "boxd_number=$1\n"
    "{ [ -d \"$4\" ] && [ ! -L \"$4\" ]; } || return 0\n"
    "boxd_time \"$3\" \"$4\" && boxd_try chmod \"$2\" -- \"$4\" || :\n"
    "}\n"
    "f() {\n"
    "boxd_number=$1\n"
    "boxd_clear \"$4\" && boxd_try chmod \"$2\" -- \"$boxd_temporary/$1\" &&\n"
    "  boxd_time \"$3\" \"$boxd_temporary/$1\" && boxd_try mv -f -- \"$boxd_temporary/$1\" \"$4\" || :\n"
    "}\n"
    "l() {\n"
    "boxd_number=$1\n"
    "boxd_clear \"$4\" all && boxd_try ln -s -- \"$5\" \"$4\" && boxd_time \"$3\" \"$4\" -h || :\n"
    "}\n"
    "while IFS= read -r boxd_line; do eval \"$boxd_line\"; done\n";

void remote_shell(remote_command *c, const char *path, const char *temporary)
{
    *c = (remote_command){0};
    remote_add_words(c, (const char *const[]){"sh", "-c", SCRIPT, "sh", path, temporary, NULL});
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
    char words[96], time[TAR_TIME_SIZE] = "-";
    if (sets_time)
        tar_print_time(e, time);
    (void)snprintf(words, sizeof words, "%c %zu %04o %s", function, number, (unsigned)e->mode, time);
    text_add(input, words);
    remote_add_path(input, e->path);
}

void remote_shell_make_dir(text *input, size_t number, const tree_entry *e)
{
    char words[32];
    (void)snprintf(words, sizeof words, "d %zu", number);
    text_add(input, words);
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
