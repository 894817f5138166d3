/* remote_list.c: the list of a directory in a box, and deletions. Called by dir_sync.c on the core thread;
 * the input of deletions is made on the disk thread. */
#include "boxd/dirs/remote_list.h"

#include "boxd/dirs/remote_shell.h"

#include <string.h>

/*
 * Facts, target and path of each entry, each with a NUL; an empty text; the lines of cksum and a NUL;
 * messages. Facts are the mode as `ls` shows it, the size, the time and the mode in octal; with "n" at the
 * end the target is as the format %N of stat shows it: the escaped path, " -> " and the escaped target.
 *
 * Without GNU find the shell walks itself. With GNU stat it calls stat for all entries of a directory at
 * once, unless their names are too many for one command.
 */
static const char LIST[] =
    "export LC_ALL=C QUOTING_STYLE=escape\n"
    "is_gnu() { case $(\"$1\" --version </dev/null 2>&1) in *GNU*) return 0 ;; esac; return 1; }\n"
    "walker=own\n"
    "if is_gnu find; then walker=find\n"
    "elif ! command -v stat >/dev/null 2>&1; then exit 104\n"
    "fi\n"
    "[ -e \"$1\" ] || exit 103\n"
    "cd -- \"$1\" || exit 102\n"
    "links=$2 sums=$3 failed=0 id=\n"
    "shift 3\n"
    "follow=; [ $links = -P ] || follow=-L\n"
    "is_gnu stat && gnu=yes || gnu=no\n"
    "fail() { printf \"find: '%s': %s\\n\" \"$1\" \"$2\" >&2; failed=1; }\n"
    "one() {\n"
    "facts=$(stat $follow -c '%A %s %Y %a' -- \"$1\" 2>/dev/null) ||\n"
    "  { fail \"$1\" 'No such file or directory'; return 0; }\n"
    "printf '%s\\0' \"$facts\"\n"
    "case $facts in l*) readlink -n -- \"$1\" || failed=1 ;; esac\n"
    "printf '\\0%s\\0' \"$1\"\n"
    "}\n"
    "several() {\n"
    "[ -e \"$1\" ] || [ -L \"$1\" ] || return 0\n"
    "if [ $gnu$follow = yes ]; then\n"
    "  stat --printf='%A %s %.9Y %a n\\0%N\\0%n\\0' -- \"$@\" && return\n"
    "  [ $? = 126 ] || { failed=1; return 0; }\n"
    "fi\n"
    "for entry; do one \"$entry\"; done\n"
    "}\n"
    "sum() { [ ! -f \"$1\" ] || { [ -L \"$1\" ] && [ -z \"$follow\" ]; } || cksum -- \"$1\" || failed=1; }\n"
    "is_loop() {\n"
    "[ \"$follow\" ] || return 1\n"
    "id=$(stat -L -c '|%d:%i|' -- \"$1\") || return 0\n"
    "case $2 in *\"$id\"*) fail \"$1\" 'File system loop detected'; return 0 ;; esac\n"
    "return 1\n"
    "}\n"
    "visit() {\n"
    "if ! [ -r \"$2\" ] || ! [ -x \"$2\" ]; then fail \"$2\" 'Permission denied'; return 0; fi\n"
    "if is_loop \"$2\" \"$3\"; then return 0; fi\n"
    "set -- $1 \"$2\" \"$3$id\"\n"
    "[ $1 = sum ] || { several \"$2\"/*; several \"$2\"/.[!.]*; several \"$2\"/..?*; }\n"
    "for entry in \"$2\"/* \"$2\"/.[!.]* \"$2\"/..?*; do\n"
    "  if [ -d \"$entry\" ] && { [ ! -L \"$entry\" ] || [ \"$follow\" ]; }; then visit $1 \"$entry\" \"$3\"\n"
    "  elif [ $1 = sum ]; then sum \"$entry\"\n"
    "  fi\n"
    "done\n"
    "}\n"
    "entries() {\n"
    "if [ $walker = find ]; then find $links . \"$@\" -printf '%M %s %T@ %m\\0%l\\0%P\\0' || failed=1\n"
    "else several .; visit list . ''\n"
    "fi\n"
    "}\n"
    "checksums() {\n"
    "[ $sums = yes ] || return 0\n"
    "if [ $walker = find ]; then find $links . \"$@\" -type f -exec cksum {} + || failed=1\n"
    "else visit sum . ''\n"
    "fi\n"
    "}\n"
    "list() { entries \"$@\"; printf '\\0'; checksums \"$@\"; printf '\\0'; return $failed; }\n"
    "exec 3>&1\n"
    "messages=$(list \"$@\" 2>&1 >&3 3>&-)\n"
    "code=$?\n"
    "[ -z \"$messages\" ] || printf '%s\\n' \"$messages\"\n"
    "exit $code\n";

void remote_list(remote_command *c, const tree_settings *settings, bool by_content, const char *path)
{
    const bool follows = settings->links == BOXD_LINKS_FOLLOW;
    *c = (remote_command){0};
    remote_add_words(c, (const char *const[]){"sh", "-c", LIST, "sh", path, follows ? "-L" : "-P",
                                              by_content ? "yes" : "no", NULL});
    remote_add_exclusion(c, &settings->filter);
}

/* ---- deletions ---- */

static const char DELETE[] =
    "export LC_ALL=C\n"
    "cd -- \"$1\" || exit 102\n"
    "boxd_code=0\n" REMOTE_NEWLINE "f() { rm -f -- \"$@\" </dev/null 2>&1 || boxd_code=1; }\n"
    "d() { rmdir -- \"$@\" </dev/null 2>&1 || boxd_code=1; }\n";

/* About how much one command deletes: Linux limits its words. */
enum { MAX_LINE_BYTES = 64 * 1024 };

void remote_delete(remote_command *c, const char *path)
{
    *c = (remote_command){0};
    remote_add_words(c, (const char *const[]){"sh", "-s", "--", path, NULL});
}

static void begin_line(remote_deletion *d, bool is_dir)
{
    if (d->input.size == 0)
        text_add(&d->input, DELETE);
    d->is_dir = is_dir;
    d->line_at = d->input.size;
    text_add(&d->input, is_dir ? "\nd" : "\nf");
}

void remote_delete_entry(remote_deletion *d, bool is_dir, const char *path)
{
    if (d->count == 0 || d->is_dir != is_dir || d->input.size - d->line_at > MAX_LINE_BYTES)
        begin_line(d, is_dir);
    remote_add_path(&d->input, path);
    d->count++;
}

void remote_delete_end(remote_deletion *d)
{
    text_add(&d->input, "\nexit $boxd_code\n");
}
