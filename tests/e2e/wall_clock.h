/*
 * wall_clock.h: the wall clock of this process, for tests to step. The program that links this has the
 * functions that read it (clock_gettime(), gettimeofday(), time()) in the place of the C library's, and
 * exports them, so that every library in the process reads this clock. The monotonic clocks stay as they are.
 */
#ifndef E2E_WALL_CLOCK_H
#define E2E_WALL_CLOCK_H

#include <stdint.h>

/* From now on the clock differs from the kernel's by `seconds`. */
void wall_clock_step(int64_t seconds);

/* How often libraries whose names begin with `library` have read the clock; NULL: any code. */
long wall_clock_reads(const char *library);

#endif
