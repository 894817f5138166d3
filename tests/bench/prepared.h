/*
 * prepared.h: an HTTP server on a thread that gives every request the same prepared answer.
 */
#ifndef BENCH_PREPARED_H
#define BENCH_PREPARED_H

typedef struct prepared prepared;

/* Serves `count` host records of the newest generation on loopback; NULL: it cannot, and said why. */
prepared *prepared_hosts(int count);
const char *prepared_url(const prepared *p);

/* Behind its clients: it waits until they have closed their connections. */
void prepared_free(prepared *p);

#endif
