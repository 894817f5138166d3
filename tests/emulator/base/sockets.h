/*
 * sockets.h: drops a connection, for injected faults. gRPC does not expose its sockets, so the socket is
 * searched among the descriptors of this process by the address of its peer.
 */
#ifndef EMULATOR_BASE_SOCKETS_H
#define EMULATOR_BASE_SOCKETS_H

/* `peer` as gRPC writes it: "ipv4:127.0.0.1:1234" or "ipv6:%5B::1%5D:1234". */
void sockets_shutdown_peer(const char *peer);

#endif
