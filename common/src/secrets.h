/*
 * secrets.h: removes secrets from text that a service or a library has sent, before the text goes into a
 * message or the log. Pure; any thread.
 */
#ifndef BOXD_SECRETS_H
#define BOXD_SECRETS_H

#include <stddef.h>

/* Shorter values are not covered: they would cover words of the text. */
enum { SECRET_SIZE_MIN = 4 };

/* Text is cut at this size before secrets are removed from it. It is more than a message holds. */
enum { SECRET_TEXT_MAX = 640 };

/* Overwrites with '*' each run of 8 bytes in `text` that is a part of `secret` (a shorter secret: the whole
 * of it). The run may be written as it is, as JSON writes it, percent-encoded or in Base64. So a part of a
 * secret is covered as well: text that repeats it may be cut anywhere. Cuts `text` at SECRET_TEXT_MAX. When
 * out of memory, empties `text`. Both may be NULL. */
void secret_cover(char *text, const char *secret);

#endif
