/*
 * options.h: option structs from the program, checked and copied. Pure; any thread.
 */
#ifndef BOXD_OPTIONS_H
#define BOXD_OPTIONS_H

#include <boxd/call.h>
#include <boxd/dispatch.h>
#include <boxd/error.h>
#include <boxd/observe.h>

/* What this library knows of an option struct, which starts with its size. */
typedef struct option_type {
    /* For messages. */
    const char *name;
    size_t size;
    /* The reserved bytes. */
    size_t reserved_at, reserved_size;
} option_type;

#define OPTION_TYPE(type) (&(const option_type){.name = #type, .size = sizeof(type)})

/* The same for a struct with a member `reserved_`. */
#define OPTION_TYPE_RESERVED(type)                                                                           \
    (&(const option_type){.name = #type,                                                                     \
                          .size = sizeof(type),                                                              \
                          .reserved_at = offsetof(type, reserved_),                                          \
                          .reserved_size = sizeof(((type *)0)->reserved_)})

/*
 * Copies the program's option struct `from` (NULL: all defaults) into `to`. A shorter struct is completed
 * with zeros; a longer one is accepted when its unknown tail is zero. Fails with BOXD_ERR_INVALID_ARGUMENT
 * when the tail or a reserved byte is not zero, or `from` was not initialised.
 */
boxd_status options_copy(void *to, const option_type *type, const void *from, boxd_error *error);

/* A list in options: `count` and `items` are set both, or neither. `name` is that of `items`. */
boxd_status options_check_list(size_t count, const void *items, const char *name, boxd_error *error);

/* As options_copy() for the item `from` at `index` of a list. NULL is refused. */
boxd_status options_copy_item(void *to, const option_type *type, const void *from, const char *name,
                              size_t index, boxd_error *error);

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
