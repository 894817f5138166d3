/* cells.h: JSON values as the text that people read. */
#ifndef BOXCTL_CELLS_H
#define BOXCTL_CELLS_H

#include "cli/output.h"

/* `text` as boxd_printable() writes it. Freed with free(). NULL: out of memory. */
char *printable(const char *text);

/* The number of bytes of the character at the beginning of valid UTF-8. */
size_t character_size(const char *text);

/* The text of a cell of a table, safe to show. Freed with free(). NULL: out of memory. */
char *cell_text(const json_t *row, const column *spec);

/* The text of a member of an object; a number has the unit that its key ends in. `key` may be NULL. Sets
 * `*length` to the length of the key without the unit. Freed with free(). NULL: out of memory. */
char *member_text(const char *key, const json_t *value, size_t *length);

#endif
