/* What the tests of directories have in common: a local directory, and utilities of the box. */
#include "dirs_case.h"

#include <stdio.h>
#include <unistd.h>

char local[64];

/* Runs a line of the local shell in `local`. */
int local_run(const char *line)
{
    char *command = NULL;
    ck_assert_int_gt(asprintf(&command, "cd '%s' && { %s\n}", local, line), 0);
    const int status = system(command);
    free(command);
    return status;
}

void open_dirs(int i)
{
    e2e_open(i, NULL);
    (void)snprintf(local, sizeof local, "/tmp/boxd-dirs-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(local));
}

void close_dirs(boxd_box *box)
{
    ck_assert_int_eq(local_run("chmod -R u+rwx . && rm -rf \"$PWD\""), 0);
    e2e_drop(box);
    e2e_close();
}

void fake_utility(boxd_box *box, const char *name, const char *script)
{
    boxd_error error = BOXD_ERROR_INIT;
    char text[512], path[64], command[96];
    (void)snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    (void)snprintf(path, sizeof path, "/usr/local/bin/%s", name);
    (void)snprintf(command, sizeof command, "chmod 755 %s", path);
    e2e_ok(on->box_write_text(box, path, text, NULL, &error) == BOXD_OK, error);
    boxd_exec_result_free(e2e_run(box, command));
}
