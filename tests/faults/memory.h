/* memory.h: the memory of the test program, for tests of what a response may take. */
#ifndef FAULTS_MEMORY_H
#define FAULTS_MEMORY_H

#include <stdbool.h>

/* Sanitizers need memory of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MEMORY_IS_MEASURED = false };
#else
enum { MEMORY_IS_MEASURED = true };
#endif

/* The next peak begins with the bytes in use now, which are returned. */
long memory_reset_peak(void);

/* The peak, in bytes. */
long memory_peak(void);

#endif
