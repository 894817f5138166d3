/*
 * names.h: checks of names and paths that programs pass, and of single characters. Pure. Each check returns
 * BOXD_OK, or sets a message that shows the value (quoted, as text_printable() writes it) and says what is
 * allowed.
 */
#ifndef BOXD_NAMES_H
#define BOXD_NAMES_H

#include "printable.h"

#include <boxd/error.h>

/* ASCII only. The functions of <ctype.h> depend on the program's locale. */
bool ascii_is_digit(char c);
bool ascii_is_alpha(char c);
bool ascii_is_alnum(char c);
char ascii_to_lower(char c);

/* The value of a hexadecimal digit; -1: another character. */
int ascii_hex_value(char c);

/* Compares `size` bytes of `text` with the NUL-terminated lower-case `word`, in any case. */
bool ascii_equal(const char *text, size_t size, const char *word);

/* One "NAME=value" word of an environment: NAME is [A-Za-z_][A-Za-z0-9_]*. The message shows the name only:
 * the value may be a secret, and so may a word without =. */
boxd_status name_check_env(const char *word, boxd_error *error);

/* Refuses NULL and empty values. `what` names the argument, `next` says what to do. */
boxd_status name_check_given(const char *value, const char *what, const char *next, boxd_error *error);

/* The size of a buffer for an object's name in messages, and the name of the object that it belongs to. */
enum { NAME_SUBJECT_SIZE = 416 };

/* Writes `kind "name"`, as messages name an object. Returns `buffer`. */
const char *name_subject(const char *kind, const char *name, char *buffer, size_t size);

#endif
