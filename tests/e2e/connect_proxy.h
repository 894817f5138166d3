/*
 * connect_proxy.h: an HTTP proxy in threads of the test, on a free loopback port. It connects to 127.0.0.1
 * whatever the name of the server is, so that a test can use names that only the proxy resolves.
 */
#ifndef E2E_CONNECT_PROXY_H
#define E2E_CONNECT_PROXY_H

typedef struct connect_proxy connect_proxy;

/* Starts a proxy. `answer`: an HTTP answer that refuses every request, without the tunnel; NULL: the proxy
 * works. Aborts the test program on failure. */
connect_proxy *connect_proxy_start(const char *answer);

int connect_proxy_port(const connect_proxy *p);

/* How many requests (CONNECT, or a request with a whole URL) have come whose header contains `part`. Any
 * thread. */
int connect_proxy_count(connect_proxy *p, const char *part);

/* Closes all connections and ends the threads. */
void connect_proxy_stop(connect_proxy *p);

#endif
