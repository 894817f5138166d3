/*
 * keep_alive.h: closes connections that are idle for too long after a response. Every function may be called
 * from any thread between keep_alive_start() and keep_alive_stop().
 */
#ifndef EMULATOR_HTTP_KEEP_ALIVE_H
#define EMULATOR_HTTP_KEEP_ALIVE_H

#include <stdint.h>

typedef struct kept_connection kept_connection;

/* 0: never closes a connection. */
void keep_alive_start(int64_t limit_ms);
void keep_alive_stop(void);

kept_connection *keep_alive_add(int fd);
/* Before the descriptor is closed. */
void keep_alive_remove(kept_connection *c);

/* A request has begun. */
void keep_alive_busy(kept_connection *c);
/* A response was sent: the connection is idle from now on. */
void keep_alive_idle(kept_connection *c);
/* Closes the connection now. */
void keep_alive_close(kept_connection *c);

#endif
