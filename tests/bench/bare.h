/*
 * bare.h: the baseline: Whoami with the gRPC C core alone, without threads, retries or errors.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

typedef struct bare bare;
typedef struct bare_plucker bare_plucker;

/* A channel to BOXD_API_URL with BOXD_TOKEN; NULL: one of them is not set. */
bare *bare_new(void);
void bare_free(bare *b);

/* The queue of one thread for blocking calls. */
bare_plucker *bare_plucker_new(bare *b);
void bare_plucker_free(bare_plucker *p);

/* Makes one call and waits for it. */
void bare_pluck(bare_plucker *p);

/* Keeps `in_flight` calls in progress on one queue for `seconds`. Returns the number of calls. */
long bare_in_flight(bare *b, int in_flight, double seconds);

#endif
