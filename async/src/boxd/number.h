/* number.h: a result that is one number, kept until its callback takes it. */
#ifndef BOXD_NUMBER_H
#define BOXD_NUMBER_H

#include <boxd/error.h>

/* NULL: out of memory, and `error` says that the call had its effect. Freed with mem_free(). */
void *number_keep(uint64_t number, boxd_error *error);

#endif
