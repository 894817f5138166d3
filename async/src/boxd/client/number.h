/*
 * number.h: results that are one number, and checks of the numbers that programs pass. Any thread.
 */
#ifndef BOXD_NUMBER_H
#define BOXD_NUMBER_H

#include <boxd/error.h>

/* A number as a result, for NUMBER_RESULT_TYPE(); freed with mem_free(). NULL: out of memory, with an `error`
 * that the call was sent. */
void *number_keep(uint64_t number, boxd_error *error);

/* Refuses 0 and numbers above 65535. `what` names the port. */
boxd_status number_check_port(uint32_t port, const char *what, boxd_error *error);

/* A timeout of a box's life cycle on the wire, where 0 stands for BOXD_NEVER. A number out of range sets
 * `error`; `what` names the argument. */
uint32_t number_timeout_s(int64_t seconds, const char *what, boxd_error *error);

/* A lifetime on the wire; 0: the service's default. A negative number sets `error`. */
uint64_t number_lifetime_s(int64_t seconds, boxd_error *error);

#endif
