/*
 * forward.h: forwards a TCP port of this host to a port of a box. The kernel chooses the port, on loopback. A
 * connection wakes the box and continues to 127.0.0.1, since boxes share the network of the host. Core thread
 * only, except forwards_json.
 */
#ifndef EMULATOR_MACHINE_FORWARD_H
#define EMULATOR_MACHINE_FORWARD_H

#include <jansson.h>
#include <stdint.h>

struct machine;
typedef struct forward forward;

/* `kind` is "proxy" or "port" (static), `name` the name of the proxy. The machine must outlive the forward.
 * NULL: out of descriptors or ports. */
forward *forward_open(struct machine *m, const char *kind, const char *name, uint16_t port);
uint16_t forward_local_port(const forward *f);
void forward_set_port(forward *f, uint16_t port); /* for new connections */
void forward_renamed(forward *f);                 /* the name of the machine has changed */
void forward_close(forward *f);                   /* and its connections; NULL is allowed */

/* All forwards, for GET /emulator/proxies. Any thread. */
json_t *forwards_json(void);

#endif
