/*
 * metadata.h: the metadata service: GET /v1/auth/token gives programs inside a box a token. The boxes share
 * the network of the host, so the service listens on the same address as the emulator.
 */
#ifndef EMULATOR_HTTP_METADATA_H
#define EMULATOR_HTTP_METADATA_H

/* The port, or -1 and an error message. `api_url` must live until metadata_stop. */
int metadata_start(const char *host, int port, const char *api_url, char *why, unsigned why_size);
void metadata_stop(void);

#endif
