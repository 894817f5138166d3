/* parse.h: reads the values that people type: numbers, durations, paths in boxes. */
#ifndef BOXCTL_PARSE_H
#define BOXCTL_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a duration is written, for messages. */
#define DURATION_FORMS "such as 90, 1.5s, 5m or 2h30m"

/* Reads an argument as a number. False: it is not a number from 0 to `max`. */
bool parse_number(const char *text, int64_t max, int64_t *number);

/* Reads the number of a port. False: it is not a number from 1 to 65535. */
bool parse_port(const char *text, uint32_t *port);

/* Reads a duration as milliseconds: numbers with the units ms, s, m, h and d ("1.5s", "2h30m"), or a number
 * of seconds. False: it is not a duration, is finer than a millisecond, or is longer than INT32_MAX seconds.
 */
bool parse_duration(const char *text, int64_t *duration_ms);

/* The PATH of `BOX:PATH`. NULL: a local path. The colon must come before any slash: "./a:b" is a local path.
 */
const char *remote_part(const char *word);

/* The word of `words` that is most similar to `word`, or NULL: none is similar enough. `words` ends in NULL.
 */
const char *most_similar(const char *word, const char *const *words);

/* How many letters have to be changed, added, removed or exchanged with their neighbour to make `b` of `a`.
 */
size_t edit_distance(const char *a, const char *b);

#endif
