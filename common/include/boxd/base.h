/**
 * @file boxd/base.h
 * What every header of boxd and Drukbox uses: symbol visibility, option structs, lists, argument vectors.
 *
 * Structs:
 * - A struct that the program allocates begins with `size_t size`: see BOXD_SIZED(). Later versions may add
 * members at its end.
 * - A struct that the library allocates may get further members at its end, too. A program must not depend on
 * its size.
 * - A list is a count and an array of pointers to its items: see BOXD_LIST().
 * - Members named reserved_ must stay zero.
 *
 * Numbers: points in time and durations are int64_t, in the unit that the name ends in: `_us` microseconds,
 * `_ms` milliseconds, `_s` seconds. Points in time count from 1970-01-01 UTC. Numbers of bytes are uint64_t,
 * or size_t for memory of this process.
 *
 * Versions: `since` at the top of a header is the version in which all of its names first appeared. A name
 * that was added later has its own `since`.
 *
 * @since 0.1.0
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
 * Initialises a struct that begins with `size_t size`. Each such struct also has a macro of its own, for
 * example BOXD_EXEC_OPTIONS_INIT:
 *
 *     boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
 *
 * `size` is the size that the program was compiled with. The library completes a shorter struct, of older
 * headers, with zeros. It accepts a longer struct, of newer headers, if all members that it does not know are
 * zero, and refuses the struct with BOXD_ERR_INVALID_ARGUMENT otherwise. In every member, zero selects the
 * default. For the options of one call, BOXD_OPTIONS() is shorter.
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
/**
 * The address of an initialised struct that lives as long as its block (C only). The macro takes at least one
 * member; to set no member, pass NULL as the options:
 *
 *     boxd_box_exec(box, argv, BOXD_OPTIONS(boxd_exec_options, .cwd = "/tmp"), &err);
 */
#define BOXD_OPTIONS(type, ...) (&(type){.size = sizeof(type), __VA_ARGS__})
#endif

/**
 * An array of pointers to structs, for a list in an option struct. The array lives as long as its block (C
 * only). The count is a member of its own:
 *
 *     .volume_count = 1,
 *     .volumes = BOXD_LIST(boxd_volume, BOXD_OPTIONS(boxd_volume, .disk_id = id, .mount_path = "/data")),
 *
 * In results a list is the same: `list->items[i]->name`, where `i` is below `list->count`.
 */
#ifndef __cplusplus
#define BOXD_LIST(type, ...) ((const type *const[]){__VA_ARGS__})
#endif

/**
 * An array of strings that ends with NULL, for arguments: BOXD_ARGV("ls", "-l"), and for environments:
 * BOXD_ARGV("LANG=C", "TZ=UTC"). The array lives as long as its block (C only). The macro takes at least one
 * string: pass NULL where there is none. For the arguments of main(), see boxd_argv().
 */
#ifndef __cplusplus
#define BOXD_ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})
#endif

BOXD_BEGIN_DECLS

/**
 * Converts a `char **`, such as the arguments of main(), to an argument vector of this library:
 *
 *     boxd_box_exec(box, boxd_argv(argv + 1), NULL, &err);
 *
 * C has no implicit conversion from `char **` to `const char *const *`.
 *
 * @return `argv`
 */
static inline const char *const *boxd_argv(char *const *argv)
{
#ifdef __cplusplus
    return argv;
#else
    return (const char *const *)argv;
#endif
}

/** The version of the library that the program runs with, "major.minor.patch". Static; never NULL. Any
 * thread. The version of the headers is in boxd/version.h. */
BOXD_API const char *boxd_version(void);

/**
 * Writes text so that a terminal, a log or a person can take it as it is: text of the service, such as the
 * name of a box, may contain anything. Printable UTF-8 stays. Escaped are
 * - control characters and bytes that are not UTF-8, as \\xNN, and
 * - the other characters that control a terminal, end a line, change the direction of text or are invisible
 *   (U+0080 to U+009F, U+2028, bidirectional overrides and isolates, byte order marks, ...), as \\uNNNN or
 *   \\UNNNNNNNN.
 *
 * A backslash is not escaped: the result is for people, and programs cannot reverse it. Messages of errors
 * and lines of the log are written like this already. Output of commands and contents of files are bytes:
 * they are never changed. Any thread.
 *
 * @param text   NULL: ""
 * @param buffer where to write. The result ends with NUL; longer text ends in "...", never inside a character
 *   or an escape
 * @param size   of `buffer`, in bytes; 0: nothing is written
 * @return `buffer`
 */
BOXD_API const char *boxd_printable(const char *text, char *buffer, size_t size);

/** Bytes with a length. The bytes may have any value. A NUL that `size` does not count follows them, so that
 * text can be used as a C string. */
typedef struct boxd_buffer {
    /** Never NULL. */
    const char *data;
    /** In bytes. */
    size_t size;
    void *reserved_[2];
} boxd_buffer;

BOXD_END_DECLS

#endif
