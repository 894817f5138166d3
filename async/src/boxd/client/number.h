/* number.h: numbers: a result that is one, kept until its callback takes it, and checks of what programs
 * pass. */
#ifndef BOXD_NUMBER_H
#define BOXD_NUMBER_H

#include <boxd/error.h>

/* NULL: out of memory, and `error` says that the call had its effect. Freed with mem_free(). */
void *number_keep(uint64_t number, boxd_error *error);

/* 0 and what is above 65535 are refused. `what` names the port. */
boxd_status number_check_port(uint32_t port, const char *what, boxd_error *error);

/* A timeout of the lifecycle as the service wants it: BOXD_NEVER is 0 there. What is out of range sets
 * `error`; `what` names it. */
uint32_t number_timeout_s(int64_t seconds, const char *what, boxd_error *error);

/* How long something is to live, as the service wants it; 0: its default. Negative ones set `error`. */
uint64_t number_lifetime_s(int64_t seconds, boxd_error *error);

#endif
