/*
 * sockets.h: dropping one connection. gRPC hides its sockets; a test that wants a connection cut in the
 * middle needs one, so it is looked for among our own descriptors by its peer.
 */
#ifndef EMULATOR_BASE_SOCKETS_H
#define EMULATOR_BASE_SOCKETS_H

/* `peer` as gRPC writes it: "ipv4:127.0.0.1:1234" or "ipv6:%5B::1%5D:1234". */
void sockets_shutdown_peer(const char *peer);

#endif
