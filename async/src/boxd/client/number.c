/* number.c: called by the functions that submit operations and by mappings of replies. Any thread. */
#include "boxd/client/number.h"

#include "errors.h"
#include "mem.h"

#include <boxd/types/box.h>

void *number_keep(uint64_t number, boxd_error *error)
{
    uint64_t *kept = mem_alloc(sizeof *kept);
    if (kept)
        *kept = number;
    else
        error_no_memory(error, "storing a number");
    return kept;
}

boxd_status number_check_port(uint32_t port, const char *what, boxd_error *error)
{
    if (port > 0 && port <= UINT16_MAX)
        return BOXD_OK;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is %lu; give 1 to 65535", what,
                     (unsigned long)port);
}

uint32_t number_timeout_s(int64_t seconds, const char *what, boxd_error *error)
{
    if (seconds == BOXD_NEVER)
        return 0;
    if (seconds >= 0 && seconds <= UINT32_MAX)
        return (uint32_t)seconds;
    error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is %lld; give seconds, at most %lu, or 0 or BOXD_NEVER",
              what, (long long)seconds, (unsigned long)UINT32_MAX);
    return 0;
}

uint64_t number_lifetime_s(int64_t seconds, boxd_error *error)
{
    if (seconds >= 0)
        return (uint64_t)seconds;
    error_set(error, BOXD_ERR_INVALID_ARGUMENT,
              "expires_in_s is %lld; give seconds from now, or 0 for the service's default",
              (long long)seconds);
    return 0;
}
