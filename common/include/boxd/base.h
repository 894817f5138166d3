/**
 * @file base.h
 * What every boxd header needs: symbol visibility, option structs with checked sizes, argument vectors.
 */
#ifndef BOXD_BASE_H
#define BOXD_BASE_H

#include <boxd/version.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define BOXD_API __attribute__((visibility("default")))
#else
#define BOXD_API
#endif

#ifdef __cplusplus
#define BOXD_BEGIN_DECLS extern "C" {
#define BOXD_END_DECLS }
#else
#define BOXD_BEGIN_DECLS
#define BOXD_END_DECLS
#endif

/**
 * Option structs start with `size_t size`: the size the program was compiled with. The library checks the
 * size. It completes a struct of an older header with defaults. It accepts a struct of a newer header as long
 * as all members that it does not know are zero, and refuses it with BOXD_ERR_INVALID_ARGUMENT otherwise. In
 * every member, zero means "the default". Members named reserved_ stay zero.
 *
 * BOXD_SIZED(type) initialises a variable (each type also has its own macro, e.g. BOXD_EXEC_OPTIONS_INIT):
 *
 *     boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
 *
 * BOXD_OPTIONS(type, ...) is the address of a compound literal that lives as long as its block (C only):
 *
 *     boxd_box_exec(box, argv, BOXD_OPTIONS(boxd_exec_options, .cwd = "/tmp"), &err);
 */
#ifdef __cplusplus
extern "C++" {
template <typename Options> inline Options boxd_sized_()
{
    Options options = Options();
    options.size = sizeof(Options);
    return options;
}
}
#define BOXD_SIZED(type) (boxd_sized_<type>())
#else
#define BOXD_SIZED(type)                                                                                     \
    {                                                                                                        \
        .size = sizeof(type)                                                                                 \
    }
#define BOXD_OPTIONS(type, ...) (&(type){.size = sizeof(type), __VA_ARGS__})
#endif

/**
 * Every list is a count and an array of pointers to its items, so that an item's struct can grow. In results
 * the member is `const T *const *items`, the index `list->items[i]->name`.
 *
 * BOXD_LIST(type, ...) is such an array for a member of options, of the pointers that it is given; it lives
 * as long as its block (C only). The items have a size, as option structs have:
 *
 *     .volume_count = 1, .volumes = BOXD_LIST(boxd_volume, BOXD_OPTIONS(boxd_volume, .disk_id = id,
 *                                                                       .mount_path = "/data")),
 */
#ifndef __cplusplus
#define BOXD_LIST(type, ...) ((const type *const[]){__VA_ARGS__})
#endif

/** A NULL-terminated vector of strings, for arguments: BOXD_ARGV("ls", "-l"), and for environments:
 * BOXD_ARGV("LANG=C", "TZ=UTC"). It lives as long as its block (C only). It takes at least one string: where
 * there is none, pass NULL. boxd_argv() passes on the arguments of main(). */
#ifndef __cplusplus
#define BOXD_ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})
#endif

BOXD_BEGIN_DECLS

/** A `char **`, such as main() has it, as an argument vector of this library:
 * boxd_box_exec(box, boxd_argv(argv + 1), NULL, &err). C has no implicit conversion from `char **` to
 * `const char *const *`. Returns `argv`. */
static inline const char *const *boxd_argv(char *const *argv)
{
#ifdef __cplusplus
    return argv;
#else
    return (const char *const *)argv;
#endif
}

/** The version of the library that the program runs with, "major.minor.patch". Static; never NULL. Safe from any
 * thread. version.h has the version of the headers. */
BOXD_API const char *boxd_version(void);

/** Bytes with a length. `data` is never NULL and is followed by a NUL that `size` does not count, so that
 * text may be used as a C string; the bytes themselves may hold anything. */
typedef struct boxd_buffer {
    const char *data;
    /** In bytes. */
    size_t size;
    void *reserved_[2];
} boxd_buffer;

BOXD_END_DECLS

#endif
