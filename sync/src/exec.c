#include "waiter.h"

#include <boxd/aio/exec.h>
#include <boxd/exec.h>

static void on_result(boxd_exec_result *result, const boxd_error *error, void *w)
{
    waiter_end(w, result, error);
}

boxd_exec_result *boxd_box_exec(boxd_box *box, const char *const *argv, const boxd_exec_options *options,
                                boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, __func__, error))
        return NULL;
    boxd_aio_box_exec(box, argv, options, on_result, &w);
    return waiter_wait(&w, error);
}

boxd_exec_result *boxd_box_exec_shell(boxd_box *box, const char *line, const boxd_exec_options *options,
                                      boxd_error *error)
{
    waiter w;
    if (!waiter_init(&w, __func__, error))
        return NULL;
    boxd_aio_box_exec_shell(box, line, options, on_result, &w);
    return waiter_wait(&w, error);
}
