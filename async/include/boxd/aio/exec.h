/**
 * @file boxd/aio/exec.h
 * The async twins of boxd/exec.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_EXEC_H
#define BOXD_AIO_EXEC_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/exec.h>

BOXD_BEGIN_DECLS

/** Receives the result of a command. The callback owns it: boxd_exec_result_free(). */
typedef void (*boxd_exec_result_cb)(boxd_exec_result *result, const boxd_error *error, void *user_data);

/** Async twin of boxd_box_exec(). @copydoc boxd_box_exec */
BOXD_API void boxd_aio_box_exec(boxd_box *box, const char *const *argv, const boxd_exec_options *options,
                                boxd_exec_result_cb callback, void *user_data);

/** Async twin of boxd_box_exec_shell(). @copydoc boxd_box_exec_shell */
BOXD_API void boxd_aio_box_exec_shell(boxd_box *box, const char *line, const boxd_exec_options *options,
                                      boxd_exec_result_cb callback, void *user_data);

BOXD_END_DECLS

#endif
