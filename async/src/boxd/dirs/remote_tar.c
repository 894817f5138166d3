/* remote_tar.c: tar in a box (scripts/create.sh and extract.sh). Called by upload_dir.c and download_dir.c on
 * the core thread. */
#include "boxd/dirs/remote_tar.h"

#include <dirs_create_script.h>
#include <dirs_extract_script.h>

#include <stdio.h>

void remote_extract(remote_command *c, const tree_settings *settings, const char *path)
{
    char flags[8];
    *c = (remote_command){0};
    (void)snprintf(flags, sizeof flags, "-xo%s%s", settings->new_times ? "m" : "",
                   settings->all_modes ? "p" : "");
    remote_add_words(c, (const char *const[]){"sh", "-c", dirs_extract_script, "sh", path, flags, NULL});
}

void remote_create(remote_command *c, const tree_settings *settings, const char *path)
{
    const path_filter *filter = &settings->filter;
    const bool follows = settings->links == BOXD_LINKS_FOLLOW;
    *c = (remote_command){0};
    remote_add_words(c, (const char *const[]){"sh", "-c", dirs_create_script, "sh", path,
                                              follows ? "-ch" : "-c", follows ? "-L" : "-P", NULL});
    remote_add_exclusion(c, filter);
    if (filter->include) {
        remote_add_words(c, (const char *const[]){"!", "-type", "d", NULL});
        remote_add_patterns(c, filter->include);
    }
}

void remote_create_listed(remote_command *c, const tree_settings *settings, const char *path)
{
    const bool follows = settings->links == BOXD_LINKS_FOLLOW;
    *c = (remote_command){0};
    remote_add_words(c, (const char *const[]){"sh", "-c", dirs_create_script, "sh", path,
                                              follows ? "-ch" : "-c", "-P", "listed", NULL});
}
