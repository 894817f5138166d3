/* options.c: option structs from the program, checked and copied by the functions that take them. Pure; any
 * thread. It knows what both products share, and no struct of one. */
#include "options.h"

#include "errors.h"

#include <string.h>

/* No header of ours will ever add so much: such a size was never set. */
#define MAX_GROWTH 4096

static bool is_zero(const unsigned char *bytes, size_t size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static boxd_status check_size(size_t given, const option_type *type, boxd_error *error)
{
    if (given >= sizeof given && given <= type->size + MAX_GROWTH)
        return BOXD_OK;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "the size of a %s is not set (it is %zu); initialise it with BOXD_SIZED(%s) or "
                     "BOXD_OPTIONS(%s, ...)",
                     type->name, given, type->name, type->name);
}

boxd_status options_copy(void *to, const option_type *type, const void *from, boxd_error *error)
{
    const size_t size = type->size;
    memset(to, 0, size);
    memcpy(to, &size, sizeof size);
    if (!from)
        return BOXD_OK;
    size_t given = 0;
    memcpy(&given, from, sizeof given);
    if (check_size(given, type, error) != BOXD_OK)
        return error->status;
    if (given > size && !is_zero((const unsigned char *)from + size, given - size))
        return error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "a %s of %zu bytes sets a member that this library, version %s, does not know (it knows "
            "%zu bytes): the program uses newer headers; install the library that belongs to them, "
            "or leave the new members zero",
            type->name, given, boxd_version(), size);
    const size_t known = given < size ? given : size;
    memcpy((char *)to + sizeof size, (const char *)from + sizeof size, known - sizeof size);
    return options_check_reserved((const char *)to + type->reserved_at, type->reserved_size, type->name,
                                  error);
}

boxd_status options_check_reserved(const void *reserved, size_t size, const char *type, boxd_error *error)
{
    return is_zero(reserved, size)
               ? BOXD_OK
               : error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                           "reserved members of a %s are set, which this library, version %s, does not know: "
                           "set it to zero before its members are set, or install a newer library",
                           type, boxd_version());
}

boxd_status options_check_list(size_t count, const void *items, const char *name, boxd_error *error)
{
    return (count == 0) == (items == NULL) ? BOXD_OK
                                           : error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                                                       "%s is %s, but its count is %zu; set both or neither",
                                                       name, items ? "set" : "NULL", count);
}

boxd_status options_copy_item(void *to, const option_type *type, const void *from, const char *name,
                              size_t index, boxd_error *error)
{
    return from ? options_copy(to, type, from, error)
                : error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s[%zu] is NULL", name, index);
}

boxd_status call_options_copy(boxd_call_options *to, const boxd_call_options *from, bool member,
                              boxd_error *error)
{
    if (from && from->size > sizeof *to)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the size of a boxd_call_options is %zu, but it is always %zu; initialise it with "
                         "BOXD_SIZED(boxd_call_options)",
                         from->size, sizeof *to);
    boxd_status status = BOXD_OK;
    if (from && member && from->size == 0) {
        *to = *from;
        to->size = sizeof *to;
        status = options_check_reserved(to->reserved_, sizeof to->reserved_, "boxd_call_options", error);
    } else {
        status = options_copy(to, OPTION_TYPE_RESERVED(boxd_call_options), from, error);
    }
    if (status == BOXD_OK && to->timeout_ms < BOXD_NO_TIMEOUT)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "timeout_ms is %lld; give milliseconds, 0 for the default or BOXD_NO_TIMEOUT",
                         (long long)to->timeout_ms);
    return status;
}

boxd_status hooks_copy(boxd_hooks *to, const boxd_hooks *from, boxd_error *error)
{
    if (options_copy(to, OPTION_TYPE_RESERVED(boxd_hooks), from, error) != BOXD_OK)
        return error->status;
    const long level = (long)to->log_level;
    return level >= 0 && level <= BOXD_LOG_DEBUG
               ? BOXD_OK
               : error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                           "log_level is %ld; give one from BOXD_LOG_ERROR to BOXD_LOG_DEBUG, or 0", level);
}

boxd_status dispatch_check(boxd_dispatch_mode mode, boxd_error *error)
{
    return mode == BOXD_DISPATCH_CORE_THREAD || mode == BOXD_DISPATCH_MANUAL
               ? BOXD_OK
               : error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                           "dispatch is %ld; give BOXD_DISPATCH_CORE_THREAD or BOXD_DISPATCH_MANUAL",
                           (long)mode);
}

/* NOLINTBEGIN(bugprone-sizeof-expression): of pointers, indeed */
OPTIONS_END_WITH(boxd_call_options, reserved_);
OPTIONS_END_WITH(boxd_hooks, reserved_);
OPTIONS_END_WITH(boxd_counters, connections);
/* NOLINTEND(bugprone-sizeof-expression) */
