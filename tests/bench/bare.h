/*
 * bare.h: the yardstick: Whoami by the gRPC C core alone, without threads, retries or errors.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

typedef struct bare bare;
typedef struct bare_plucker bare_plucker;

/* A channel to BOXD_API_URL with BOXD_TOKEN; NULL when one is missing. */
bare *bare_new(void);
void bare_free(bare *b);

/* One thread's queue for blocking calls. */
bare_plucker *bare_plucker_new(bare *b);
void bare_plucker_free(bare_plucker *p);

/* One call, waited for on the spot. */
void bare_pluck(bare_plucker *p);

/* Keeps `in_flight` calls under way on one queue for `seconds`; the number of calls. */
long bare_in_flight(bare *b, int in_flight, double seconds);

#endif
