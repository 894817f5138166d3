/*
 * forward.h: a TCP port of this host that leads to a port of a box. The listener is on loopback, on a port of
 * the kernel's choice; a connection wakes the box and is carried to 127.0.0.1, for boxes share the host's
 * network. Core thread only, but for forwards_json.
 */
#ifndef EMULATOR_MACHINE_FORWARD_H
#define EMULATOR_MACHINE_FORWARD_H

#include <jansson.h>
#include <stdint.h>

struct machine;
typedef struct forward forward;

/* `kind` is "proxy" or "port" (static), `name` the proxy's. NULL: there is no descriptor or port left. The
 * machine must outlive it. */
forward *forward_open(struct machine *m, const char *kind, const char *name, uint16_t port);
uint16_t forward_listens_on(const forward *f);
void forward_set_port(forward *f, uint16_t port); /* for connections from now on */
void forward_renamed(forward *f);                 /* the machine has another name now */
void forward_close(forward *f);                   /* with its connections. NULL is allowed */

/* All of them, for GET /emulator/proxies. Any thread. */
json_t *forwards_json(void);

#endif
