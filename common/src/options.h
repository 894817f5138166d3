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
 * here. A shorter struct is completed with zeros; a longer one is accepted when its unknown tail is zero.
 * Fails with BOXD_ERR_INVALID_ARGUMENT when the tail is not zero or `from` was not initialised. `type` is the
 * struct's name, for the message. Every option struct starts with its size.
 */
boxd_status options_copy(void *to, size_t size, const void *from, const char *type, boxd_error *error);

/* Refuses reserved members that are not zero, of a struct without a size that is embedded in others: a newer
 * header uses them. `type` is the struct's name. */
boxd_status options_check_reserved(const void *reserved, size_t size, const char *type, boxd_error *error);

/* Checks a call's options (NULL: defaults; as a member the size may be 0) and copies them. */
boxd_status call_options_copy(boxd_call_options *to, const boxd_call_options *from, bool member,
                              boxd_error *error);

/* Checks a client's hooks (NULL: none) and copies them. */
boxd_status hooks_copy(boxd_hooks *to, const boxd_hooks *from, boxd_error *error);

boxd_status dispatch_check(boxd_dispatch_mode mode, boxd_error *error);

/* An option struct ends where its last member ends: padding there would be taken for a member of a newer
 * header. */
#define OPTIONS_END_WITH(type, last)                                                                         \
    _Static_assert(offsetof(type, last) + sizeof(((type *)0)->last) == sizeof(type),                         \
                   #type " has padding at its end")

#endif
