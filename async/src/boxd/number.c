#include "number.h"

#include "errors.h"
#include "mem.h"

void *number_keep(uint64_t number, boxd_error *error)
{
    uint64_t *kept = mem_alloc(sizeof *kept);
    if (kept)
        *kept = number;
    else
        error_set_sent(error, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES,
                       "out of memory: keeping the answer of a call that succeeded");
    return kept;
}
