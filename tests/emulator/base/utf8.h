/*
 * utf8.h: the encoding of strings in requests and replies. Any thread.
 */
#ifndef EMULATOR_BASE_UTF8_H
#define EMULATOR_BASE_UTF8_H

#include "base/util.h"

/* NUL is a character. */
bool utf8_is_valid(const void *text, size_t size);

/* A copy for a string field of a reply, with U+FFFD in place of each NUL and each byte that is not UTF-8:
 * other protobuf libraries can neither send nor receive such strings. */
char *utf8_repaired(arena *memory, const char *text, size_t size);

#endif
