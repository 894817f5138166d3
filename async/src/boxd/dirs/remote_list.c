/* remote_list.c: the list of a directory in a box (scripts/list.sh), and deletions (scripts/delete.sh).
 * Called by dir_sync.c on the core thread; the input of deletions is made on the disk thread. */
#include "boxd/dirs/remote_list.h"

#include "boxd/dirs/remote_shell.h"

#include <dirs_delete_script.h>
#include <dirs_list_script.h>

#include <string.h>

void remote_list(remote_command *c, const list_settings *settings, const char *path)
{
    *c = (remote_command){0};
    remote_add_words(c, (const char *const[]){"sh", "-c", dirs_list_script, "sh", path,
                                              settings->follows ? "-L" : "-P",
                                              settings->by_content ? "yes" : "no",
                                              settings->shows_excluded ? "yes" : "no", NULL});
    remote_add_exclusion(c, settings->filter);
}

/* ---- deletions ---- */

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
        text_add(&d->input, dirs_delete_script);
    d->is_dir = is_dir;
    d->line_at = d->input.size;
    text_add(&d->input, "\nset --");
}

static void end_line(remote_deletion *d)
{
    if (d->count > 0)
        text_add(&d->input, d->is_dir ? "\nd \"$@\"" : "\nf \"$@\"");
}

void remote_delete_entry(remote_deletion *d, bool is_dir, const char *path)
{
    if (d->count == 0 || d->is_dir != is_dir || d->input.size - d->line_at > MAX_LINE_BYTES) {
        end_line(d);
        begin_line(d, is_dir);
    }
    remote_add_path(&d->input, path);
    d->count++;
}

void remote_delete_end(remote_deletion *d)
{
    end_line(d);
    text_add(&d->input, "\nexit $boxd_code\n");
}
