/* Makes a self-signed certificate with OpenSSL. */
#include "own_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIFETIME_S = 3600 };

static bool add(X509 *certificate, int what, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, what, value);
    const bool added = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static bool fill(X509 *made, EVP_PKEY *key, const char *name)
{
    char names[256];
    X509_NAME *subject = X509_get_subject_name(made);
    (void)snprintf(names, sizeof names, "DNS:%s", name);
    return X509_set_version(made, 2) && ASN1_INTEGER_set(X509_get_serialNumber(made), 1) &&
           X509_gmtime_adj(X509_getm_notBefore(made), -LIFETIME_S) &&
           X509_gmtime_adj(X509_getm_notAfter(made), LIFETIME_S) && X509_set_pubkey(made, key) &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1,
                                      0) &&
           X509_set_issuer_name(made, subject) && add(made, NID_basic_constraints, "critical,CA:TRUE") &&
           add(made, NID_subject_alt_name, names) && X509_sign(made, key, EVP_sha256()) > 0;
}

void own_certificate_write(const char *name, const char *certificate, const char *key)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *made = X509_new();
    FILE *certificate_file = fopen(certificate, "w"), *key_file = fopen(key, "w");
    bool good = pair && made && certificate_file && key_file && fill(made, pair, name) &&
                PEM_write_X509(certificate_file, made) &&
                PEM_write_PrivateKey(key_file, pair, NULL, NULL, 0, NULL, NULL);
    good = certificate_file && fclose(certificate_file) == 0 && good;
    good = key_file && fclose(key_file) == 0 && good;
    X509_free(made);
    EVP_PKEY_free(pair);
    if (!good) {
        fprintf(stderr, "no certificate for the test\n");
        abort();
    }
}
