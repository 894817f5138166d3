/*
 * ready_file.h: the file of --ready-file. It exists exactly while an emulator accepts calls.
 */
#ifndef EMULATOR_READY_FILE_H
#define EMULATOR_READY_FILE_H

#include <stdbool.h>
#include <stdio.h>

/* Removes the file of an earlier emulator. NULL: there is no ready file. False: an error was printed. */
bool ready_file_clear(const char *path);

/* Writes the file with `print`; the file appears complete. False: an error was printed. */
bool ready_file_write(const char *path, void (*print)(FILE *out, const void *data), const void *data);

/* Removes the file that ready_file_write has written, unless another program has replaced it. Idempotent. */
void ready_file_remove(void);

#endif
