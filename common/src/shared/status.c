/*
 * status.c: the names and classes of statuses. Any thread. Pure.
 */
#include <boxd/error.h>

static const struct {
    boxd_status status;
    boxd_status class;
    const char *name;
} statuses[] = {
    {BOXD_OK, BOXD_OK, "ok"},
    {BOXD_ERR_FAILED, BOXD_ERR_FAILED, "failed"},
    {BOXD_ERR_AUTHENTICATION, BOXD_ERR_AUTHENTICATION, "authentication"},
    {BOXD_ERR_NOT_FOUND, BOXD_ERR_NOT_FOUND, "not found"},
    {BOXD_ERR_QUOTA, BOXD_ERR_QUOTA, "quota"},
    {BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_INVALID_ARGUMENT, "invalid argument"},
    {BOXD_ERR_TIMEOUT, BOXD_ERR_TIMEOUT, "timeout"},
    {BOXD_ERR_CONNECTION, BOXD_ERR_CONNECTION, "connection"},
    {BOXD_ERR_INTERNAL, BOXD_ERR_INTERNAL, "internal"},
    {BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_AUTHENTICATION, "permission denied"},
    {BOXD_ERR_ALREADY_EXISTS, BOXD_ERR_INVALID_ARGUMENT, "already exists"},
    {BOXD_ERR_FAILED_PRECONDITION, BOXD_ERR_FAILED, "failed precondition"},
    {BOXD_ERR_CANCELLED, BOXD_ERR_FAILED, "cancelled"},
    {BOXD_ERR_CLOSED, BOXD_ERR_FAILED, "closed"},
    {BOXD_ERR_WOULD_DEADLOCK, BOXD_ERR_FAILED, "would deadlock"},
    {BOXD_ERR_NO_MEMORY, BOXD_ERR_FAILED, "out of memory"},
    {BOXD_ERR_UNSUPPORTED, BOXD_ERR_FAILED, "unsupported"},
    {BOXD_ERR_NO_EXIT_STATUS, BOXD_ERR_FAILED, "no exit status"},
    {BOXD_ERR_PROTOCOL, BOXD_ERR_FAILED, "protocol"},
    {BOXD_ERR_OUTPUT_LIMIT, BOXD_ERR_FAILED, "output limit"},
    {BOXD_ERR_LOCAL_FILE, BOXD_ERR_FAILED, "local file"},
    {BOXD_ERR_INCOMPLETE, BOXD_ERR_FAILED, "incomplete"},
    {BOXD_ERR_NO_THREAD, BOXD_ERR_FAILED, "no thread"},
    {BOXD_ERR_UNREAD_OUTPUT, BOXD_ERR_FAILED, "unread output"},
    {BOXD_ERR_BUSY, BOXD_ERR_FAILED, "busy"},
    {BOXD_ERR_FORKED, BOXD_ERR_FAILED, "forked"},
    {BOXD_ERR_TOO_LARGE, BOXD_ERR_FAILED, "too large"},
    {BOXD_ERR_CONFLICT, BOXD_ERR_FAILED, "conflict"},
    {BOXD_ERR_PROVISIONING, BOXD_ERR_INTERNAL, "provisioning"},
    {BOXD_ERR_VALIDATION, BOXD_ERR_INVALID_ARGUMENT, "validation"},
    {BOXD_ERR_RESPONSE, BOXD_ERR_FAILED, "response"},
    {BOXD_ERR_UNAVAILABLE, BOXD_ERR_CONNECTION, "unavailable"},
    {BOXD_ERR_CAPACITY, BOXD_ERR_CONNECTION, "capacity"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *boxd_status_name(boxd_status status)
{
    for (size_t i = 0; i < COUNT(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].name;
    return "unknown status";
}

boxd_status boxd_status_class(boxd_status status)
{
    for (size_t i = 0; i < COUNT(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].class;
    return BOXD_ERR_FAILED;
}
