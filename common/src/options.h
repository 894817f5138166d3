/*
 * options.h: option structs from the program, checked and copied. Pure; any thread.
 */
#ifndef BOXD_OPTIONS_H
#define BOXD_OPTIONS_H

#include <boxd/call.h>
#include <boxd/dispatch.h>
#include <boxd/error.h>
#include <boxd/observe.h>

/*
 * Copies the program's option struct `from` (NULL: all defaults) into `to`, of which `size` bytes are known
 * here. Fails with BOXD_ERR_INVALID_ARGUMENT when `from` was not initialised or comes from a newer header
 * than this library. `type` is its name, for the message. Every option struct starts with its size.
 */
boxd_status options_copy(void *to, size_t size, const void *from, const char *type, boxd_error *error);

/* Checks a call's options (NULL: defaults; as a member the size may be 0) and copies them. */
boxd_status call_options_copy(boxd_call_options *to, const boxd_call_options *from, bool member,
                              boxd_error *error);

/* Checks a client's hooks (NULL: none) and copies them. */
boxd_status hooks_copy(boxd_hooks *to, const boxd_hooks *from, boxd_error *error);

boxd_status dispatch_check(boxd_dispatch_mode mode, boxd_error *error);

#endif
