/*
 * metadata.h: the service that a box's own programs ask for a token: GET /v1/auth/token. Boxes share the
 * host's network, so it listens where the emulator does.
 */
#ifndef EMULATOR_HTTP_METADATA_H
#define EMULATOR_HTTP_METADATA_H

/* The port, or -1. `api_url` must outlive it. */
int metadata_start(const char *host, int port, const char *api_url, char *why, unsigned why_size);
void metadata_stop(void);

#endif
