/*
 * metadata.c: the public function that adds metadata, for hooks of both products. Any thread.
 */
#include "metadata.h"

#include "errors.h"

#include <string.h>

boxd_status boxd_metadata_add(boxd_metadata *extra, const char *name, const char *value, boxd_error *error)
{
    if (!extra || !name || !value)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the %s is NULL",
                         !extra  ? "metadata to add to"
                         : !name ? "name of metadata"
                                 : "value of metadata");
    return metadata_add(extra, name, strlen(name), value, error);
}
