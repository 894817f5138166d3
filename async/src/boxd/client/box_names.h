/*
 * box_names.h: checks of the names, ids, labels and paths that calls of boxd take. Pure. Each check returns
 * BOXD_OK or sets BOXD_ERR_INVALID_ARGUMENT, with a message that shows the value and says what is allowed.
 */
#ifndef BOXD_BOX_NAMES_H
#define BOXD_BOX_NAMES_H

#include <boxd/error.h>

#include <stdbool.h>

/* A box's or a proxy's name: lower-case DNS label, at most 63 characters, no hyphen first or last. NULL and
 * empty are refused. `what` names the argument. */
boxd_status name_check_label(const char *value, const char *what, boxd_error *error);

/* Whether `text` has the form of an id: 8-4-4-4-12 hexadecimal digits. */
bool name_is_uuid(const char *text);

/* One "key=value" word of labels, on one line: the key is not empty. The service checks the rest. */
boxd_status name_check_pair(const char *word, boxd_error *error);

/* NULL or empty is refused; at most 4096 bytes. `what` names the argument. */
boxd_status name_check_path(const char *path, const char *what, boxd_error *error);

/* The same, and it is UTF-8: for a path in the box, which is a text of the request. */
boxd_status name_check_box_path(const char *path, const char *what, boxd_error *error);

/* A path that name_check_path() accepts and that starts with /. */
boxd_status name_check_mount_path(const char *path, const char *what, boxd_error *error);

/* `path` made absolute from /home/boxd, allocated; NULL: out of memory. `path` was checked before. */
char *name_absolute_path(const char *path);

#endif
