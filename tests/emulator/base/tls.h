/*
 * tls.h: certificates, read from files or created. Used before the servers start.
 */
#ifndef EMULATOR_BASE_TLS_H
#define EMULATOR_BASE_TLS_H

#include <stdbool.h>
#include <stddef.h>

/* The text of the file (free it), or NULL and an error message. */
char *tls_read_file(const char *path, char *why, size_t why_size);

/* Writes ca.pem, cert.pem and key.pem (for localhost, 127.0.0.1 and ::1), client.pem and client-key.pem to
 * `dir`, which is created if needed. */
bool tls_self_signed(const char *dir, char *why, size_t why_size);

#endif
