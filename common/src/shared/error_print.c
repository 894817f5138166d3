/* error_print.c: prints an error for the program. Any thread. */
#include <boxd/error.h>

#include <stdio.h>

void boxd_error_print(const boxd_error *error, const char *what)
{
    (void)fprintf(stderr, "%s%s%s: %s\n", what ? what : "", what ? ": " : "", boxd_status_name(error->status),
                  error->message);
}
