/*
 * tls.c: see tls.h. Called by main() before any thread starts.
 */
#include "base/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

enum { DAYS = 30, MAX_PEM_BYTES = 1024 * 1024 };

char *tls_read_file(const char *path, char *why, size_t why_size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)snprintf(why, why_size, "cannot read %s: %s", path, error_text(errno));
        return NULL;
    }
    char *text = xmalloc(MAX_PEM_BYTES + 1);
    size_t size = fread(text, 1, MAX_PEM_BYTES, file);
    text[size] = '\0';
    (void)fclose(file);
    return text;
}

typedef struct {
    X509 *cert;
    EVP_PKEY *key;
} identity;

static void free_identity(identity *i)
{
    X509_free(i->cert);
    EVP_PKEY_free(i->key);
    *i = (identity){NULL, NULL};
}

static bool extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static bool set_name(X509 *cert, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(cert);
    return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"boxd-emulator", -1, -1,
                                      0) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1,
                                      0);
}

typedef struct {
    const char *common_name, *constraints, *usage, *extended_usage, *names;
} profile;

static const profile ca_profile = {"boxd-emulator CA", "critical,CA:TRUE", "critical,keyCertSign,cRLSign",
                                   NULL, NULL};
static const profile server_profile = {"localhost", "critical,CA:FALSE", "critical,digitalSignature",
                                       "serverAuth", "DNS:localhost,IP:127.0.0.1,IP:::1"};
static const profile client_profile = {"boxd-client", "critical,CA:FALSE", "critical,digitalSignature",
                                       "clientAuth", NULL};

static bool add_extensions(X509 *cert, X509 *issuer, const profile *p)
{
    return extend(cert, issuer, NID_basic_constraints, p->constraints) &&
           extend(cert, issuer, NID_key_usage, p->usage) &&
           (p->extended_usage == NULL || extend(cert, issuer, NID_ext_key_usage, p->extended_usage)) &&
           (p->names == NULL || extend(cert, issuer, NID_subject_alt_name, p->names));
}

/* A new key and its certificate, signed by `issuer`; NULL: self-signed. */
static bool make_identity(const profile *p, const identity *issuer, identity *out)
{
    out->key = EVP_EC_gen("P-256");
    out->cert = X509_new();
    if (out->key == NULL || out->cert == NULL)
        return false;
    X509 *cert = out->cert, *issuer_cert = issuer ? issuer->cert : cert;
    uint32_t serial;
    random_bytes(&serial, sizeof serial);
    return X509_set_version(cert, 2) && ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial | 1u) &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * DAYS) != NULL &&
           X509_set_pubkey(cert, out->key) && set_name(cert, p->common_name) &&
           X509_set_issuer_name(cert, X509_get_subject_name(issuer_cert)) &&
           add_extensions(cert, issuer_cert, p) &&
           X509_sign(cert, issuer ? issuer->key : out->key, EVP_sha256()) != 0;
}

static FILE *open_in(const char *dir, const char *name, mode_t mode, char *why, size_t why_size)
{
    char *path = xprintf("%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL)
        (void)snprintf(why, why_size, "cannot write %s: %s", path, error_text(errno));
    free(path);
    return file;
}

static bool write_identity(const char *dir, const char *cert_name, const char *key_name, const identity *i,
                           char *why, size_t why_size)
{
    FILE *file = open_in(dir, cert_name, 0644, why, why_size);
    bool good = file != NULL && PEM_write_X509(file, i->cert) == 1;
    if (file != NULL && fclose(file) != 0)
        good = false;
    if (!good || key_name == NULL)
        return good;
    file = open_in(dir, key_name, 0600, why, why_size);
    good = file != NULL && PEM_write_PrivateKey(file, i->key, NULL, NULL, 0, NULL, NULL) == 1;
    if (file != NULL && fclose(file) != 0)
        good = false;
    return good;
}

bool tls_self_signed(const char *dir, char *why, size_t why_size)
{
    identity ca = {NULL, NULL}, server = {NULL, NULL}, client = {NULL, NULL};
    (void)snprintf(why, why_size, "OpenSSL cannot create the certificates");
    bool good = (mkdir(dir, 0700) == 0 || errno == EEXIST) && make_identity(&ca_profile, NULL, &ca) &&
                make_identity(&server_profile, &ca, &server) &&
                make_identity(&client_profile, &ca, &client) &&
                write_identity(dir, "ca.pem", NULL, &ca, why, why_size) &&
                write_identity(dir, "cert.pem", "key.pem", &server, why, why_size) &&
                write_identity(dir, "client.pem", "client-key.pem", &client, why, why_size);
    free_identity(&ca);
    free_identity(&server);
    free_identity(&client);
    return good;
}
