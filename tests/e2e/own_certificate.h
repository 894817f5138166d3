/*
 * own_certificate.h: a self-signed certificate for a server of a test.
 */
#ifndef E2E_OWN_CERTIFICATE_H
#define E2E_OWN_CERTIFICATE_H

/* Writes a certificate for the host `name`, which is its own authority, and its key as PEM files. Aborts the
 * test program on failure. */
void own_certificate_write(const char *name, const char *certificate, const char *key);

#endif
