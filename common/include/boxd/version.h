/**
 * @file boxd/version.h
 * The version of these headers, for the preprocessor, and the mark of deprecated names.
 *
 *     #if BOXD_VERSION_AT_LEAST(0, 2, 0)
 *
 * boxd_version() of boxd/base.h returns the version of the library that the program runs with. The two
 * versions differ if the program was compiled with the headers of another version.
 *
 * @since 0.1.0
 */
#ifndef BOXD_VERSION_H
#define BOXD_VERSION_H

/* The build reads the version from these three macros. */
/** The first number of the version. */
#define BOXD_VERSION_MAJOR 0
/** The second number of the version. */
#define BOXD_VERSION_MINOR 1
/** The third number of the version. */
#define BOXD_VERSION_PATCH 0

/** The version as a number that `#if` can compare: 1002003 for 1.2.3. */
#define BOXD_VERSION_NUMBER BOXD_VERSION_NUMBER_(BOXD_VERSION_MAJOR, BOXD_VERSION_MINOR, BOXD_VERSION_PATCH)

/** Whether these headers are of this version or a later one. For `#if` and for C expressions. */
#define BOXD_VERSION_AT_LEAST(major, minor, patch)                                                           \
    (BOXD_VERSION_NUMBER >= BOXD_VERSION_NUMBER_(major, minor, patch))

/** The version as text: "1.2.3". */
#define BOXD_VERSION_STRING                                                                                  \
    BOXD_VERSION_TEXT_(BOXD_VERSION_MAJOR)                                                                   \
    "." BOXD_VERSION_TEXT_(BOXD_VERSION_MINOR) "." BOXD_VERSION_TEXT_(BOXD_VERSION_PATCH)

#define BOXD_VERSION_NUMBER_(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))
#define BOXD_VERSION_TEXT_(number) BOXD_VERSION_QUOTED_(number)
#define BOXD_VERSION_QUOTED_(number) #number

/**
 * Marks a declaration as deprecated: gcc and clang warn where a program uses the name, in C and in C++, and
 * say since which version and what to use. Both arguments are string literals. A program that is compiled
 * with BOXD_NO_DEPRECATION_WARNINGS defined gets no such warning.
 *
 *     BOXD_API BOXD_DEPRECATED("0.2.0", "boxd_box_open()") void boxd_box_do(boxd_box *box);
 */
#if defined(__GNUC__) && !defined(BOXD_NO_DEPRECATION_WARNINGS)
#define BOXD_DEPRECATED(since, use) __attribute__((deprecated("deprecated since boxd " since "; use " use)))
#else
#define BOXD_DEPRECATED(since, use)
#endif

#endif
