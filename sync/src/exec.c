/*
 * exec.c: the blocking functions that run a command to its end. Each one submits its async twin and waits
 * for the callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of
 * the client.
 */
#include "waiter.h"

#include <boxd/aio/exec.h>
#include <boxd/exec.h>

WAITER_CALLBACK(on_result, boxd_exec_result)

boxd_exec_result *boxd_box_exec(boxd_box *box, const char *const *argv, const boxd_exec_options *options,
                                boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_exec(box, argv, options, on_result, &w));
}

boxd_exec_result *boxd_box_exec_shell(boxd_box *box, const char *line, const boxd_exec_options *options,
                                      boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_box_exec_shell(box, line, options, on_result, &w));
}
