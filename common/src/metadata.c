/*
 * metadata.c: checks and copies the metadata that a program gives with its calls. Any thread.
 */
#include "metadata.h"

#include "errors.h"
#include "mem.h"
#include "names.h"

#include <limits.h>
#include <string.h>

enum { SHOWN = 80 };

/* Names that gRPC, HTTP or this library sends itself. */
static bool is_reserved(const char *name, size_t size)
{
    static const char *const reserved[] = {"authorization",  "content-type",
                                           "content-length", "te",
                                           "user-agent",     "host",
                                           "connection",     "transfer-encoding",
                                           "upgrade",        "x-boxd-c-sdk-version",
                                           "accept",         "accept-encoding",
                                           "expect",         "idempotency-key"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (ascii_equal(name, size, reserved[i]))
            return true;
    return size >= 5 && memcmp(name, "grpc-", 5) == 0;
}

static bool is_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!ascii_is_digit(name[i]) && !(name[i] >= 'a' && name[i] <= 'z') && !strchr("-_.", name[i]))
            return false;
    return size > 0 && size < INT_MAX && !memchr(name, '\0', size) &&
           !(size >= 4 && memcmp(name + size - 4, "-bin", 4) == 0);
}

/* HTTP removes blanks at the ends of a value: the server would receive another one. */
static bool is_value(const char *value)
{
    const size_t size = strlen(value);
    for (size_t i = 0; i < size; i++)
        if (value[i] < ' ' || value[i] > '~')
            return false;
    return size == 0 || (value[0] != ' ' && value[size - 1] != ' ');
}

/* A value is not shown: it may be a secret. */
static boxd_status check(const char *name, size_t size, const char *value, boxd_error *error)
{
    char raw[SHOWN], shown[SHOWN];
    const size_t length = size < sizeof raw ? size : sizeof raw - 1;
    memcpy(raw, name, length);
    raw[length] = '\0';
    text_printable(raw, shown, sizeof shown);
    if (!is_name(name, size))
        return error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "the metadata name \"%s\" is malformed; use a to z, 0 to 9, \"-\", \"_\" and \".\", and no "
            "\"-bin\" at the end",
            shown);
    if (is_reserved(name, size))
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the metadata name \"%s\" is reserved: the library, gRPC or HTTP sends it", shown);
    if (!is_value(value))
        return error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "the value of the metadata \"%s\" is not printable ASCII, or begins or ends with a blank", shown);
    return BOXD_OK;
}

boxd_status metadata_add(boxd_metadata *m, const char *name, size_t name_size, const char *value,
                         boxd_error *error)
{
    const boxd_status status = check(name, name_size, value, error);
    if (status != BOXD_OK)
        return status;
    if (m->count == METADATA_MAX_COUNT)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "a call has more than %d metadata entries",
                         METADATA_MAX_COUNT);
    const size_t bytes = m->bytes + name_size + strlen(value);
    if (bytes > METADATA_MAX_BYTES)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the metadata of a call has more than %d bytes",
                         METADATA_MAX_BYTES);
    char *word = mem_printf("%.*s=%s", (int)name_size, name, value);
    if (!word)
        return error_no_memory(error, "storing metadata");
    m->bytes = bytes;
    m->name_sizes[m->count] = name_size;
    m->words[m->count++] = word;
    m->words[m->count] = NULL;
    return BOXD_OK;
}

boxd_status metadata_add_words(boxd_metadata *m, const char *const *words, boxd_error *error)
{
    for (; words && *words; words++) {
        const char *equals = strchr(*words, '=');
        if (!equals)
            return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                             "a metadata entry of the call has no \"=\"; give \"name=value\"");
        const boxd_status status = metadata_add(m, *words, (size_t)(equals - *words), equals + 1, error);
        if (status != BOXD_OK)
            return status;
    }
    return BOXD_OK;
}

void metadata_init(boxd_metadata *m)
{
    m->count = m->bytes = 0;
    m->words[0] = NULL;
}

void metadata_clear(boxd_metadata *m)
{
    for (size_t i = 0; i < m->count; i++)
        mem_free_secret(m->words[i]);
    metadata_init(m);
}

boxd_metadata *metadata_new(const char *const *words, boxd_error *error)
{
    boxd_metadata *m = mem_alloc(sizeof *m);
    if (!m) {
        error_no_memory(error, "storing metadata");
        return NULL;
    }
    metadata_init(m);
    if (metadata_add_words(m, words, error) == BOXD_OK)
        return m;
    metadata_free(m);
    return NULL;
}

void metadata_free(boxd_metadata *m)
{
    if (m)
        metadata_clear(m);
    mem_free(m);
}
