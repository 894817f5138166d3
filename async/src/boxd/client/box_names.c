/* box_names.c: checks of arguments, called by the functions that submit operations. Any thread. */
#include "boxd/client/box_names.h"

#include "errors.h"
#include "mem.h"
#include "names.h"
#include "printable.h"
#include "utf8.h"

#include <string.h>

enum { LABEL_MAX = 63, PATH_BYTES_MAX = 4096, SHOWN_SIZE = 128 };

static bool is_label(const char *value)
{
    size_t length = strlen(value);
    if (length == 0 || length > LABEL_MAX || value[0] == '-' || value[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        bool fits = value[i] == '-' || ascii_is_alnum(value[i]);
        if (!fits || value[i] != ascii_to_lower(value[i]))
            return false;
    }
    return true;
}

boxd_status name_check_label(const char *value, const char *what, boxd_error *error)
{
    char shown[SHOWN_SIZE];
    if (value && is_label(value))
        return BOXD_OK;
    return error_set(
        error, BOXD_ERR_INVALID_ARGUMENT,
        "%s \"%s\" is invalid; use at most 63 lower-case letters, digits and hyphens, and no hyphen "
        "first or last",
        what, text_printable(value, shown, sizeof shown));
}

bool name_is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]))
            return false;
    return true;
}

boxd_status name_check_pair(const char *word, boxd_error *error)
{
    char shown[SHOWN_SIZE];
    if (word && *word != '=' && strchr(word, '=') && !strpbrk(word, "\n\r"))
        return BOXD_OK;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "the label \"%s\" is malformed; give each as key=value",
                     text_printable(word, shown, sizeof shown));
}

boxd_status name_check_path(const char *path, const char *what, boxd_error *error)
{
    if (!path || !*path)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is empty; give a path in the box", what);
    size_t length = strlen(path);
    if (length <= PATH_BYTES_MAX)
        return BOXD_OK;
    char shown[SHOWN_SIZE];
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "%s \"%s\" has %zu bytes; give a path of at most %d bytes", what,
                     text_printable(path, shown, sizeof shown), length, PATH_BYTES_MAX);
}

boxd_status name_check_box_path(const char *path, const char *what, boxd_error *error)
{
    char shown[SHOWN_SIZE];
    boxd_status status = name_check_path(path, what, error);
    if (status != BOXD_OK || utf8_is_valid(path, strlen(path)))
        return status;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "%s \"%s\" is not UTF-8 and cannot be sent; run a command with boxd_box_exec(), whose "
                     "arguments may have any bytes",
                     what, text_printable(path, shown, sizeof shown));
}

boxd_status name_check_mount_path(const char *path, const char *what, boxd_error *error)
{
    char shown[SHOWN_SIZE];
    boxd_status status = name_check_path(path, what, error);
    if (status != BOXD_OK || path[0] == '/')
        return status;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s \"%s\" is not absolute; start it with /", what,
                     text_printable(path, shown, sizeof shown));
}

char *name_absolute_path(const char *path)
{
    return path[0] == '/' ? mem_strdup(path) : mem_printf("/home/boxd/%s", path);
}
