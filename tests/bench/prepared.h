/*
 * prepared.h: an HTTP server on a thread that answers every request with the same prepared body.
 */
#ifndef BENCH_PREPARED_H
#define BENCH_PREPARED_H

typedef struct prepared prepared;

/* Serves `count` host records of the newest generation on loopback. NULL: it failed; the error was printed.
 */
prepared *prepared_hosts(int count);
const char *prepared_url(const prepared *p);

/* Call after the clients have closed: waits until they have closed their connections. */
void prepared_free(prepared *p);

#endif
