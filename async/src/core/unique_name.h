/*
 * unique_name.h: names that nothing else has. Any thread.
 */
#ifndef BOXD_UNIQUE_NAME_H
#define BOXD_UNIQUE_NAME_H

/* Writes 16 hexadecimal digits, which no other call writes, in this process or in another one. */
enum { UNIQUE_DIGITS_SIZE = 17 };
void unique_digits(char digits[UNIQUE_DIGITS_SIZE]);

/* Writes the name of a file or directory that is not complete yet: ".boxd-" and such digits. */
enum { TEMPORARY_NAME_SIZE = 6 + UNIQUE_DIGITS_SIZE };
void temporary_name(char name[TEMPORARY_NAME_SIZE]);

#endif
