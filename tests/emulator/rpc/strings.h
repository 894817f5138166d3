/*
 * strings.h: checks the string fields of a packed message before it is unpacked: protobuf-c returns C strings
 * without their lengths, and does not check their encoding. Pure; any thread.
 */
#ifndef EMULATOR_RPC_STRINGS_H
#define EMULATOR_RPC_STRINGS_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    STRINGS_GOOD,
    /* A C string would end at the NUL. */
    STRINGS_HAVE_NUL,
    /* Protobuf requires UTF-8. */
    STRINGS_NOT_UTF8,
} strings_state;

/* The state of the first string that is not good, in all levels of the message. *field is the name of its
 * field (static). Bytes that are not a message of the type are good: unpacking reports them. */
strings_state strings_check(const ProtobufCMessageDescriptor *type, const uint8_t *packed, size_t size,
                            const char **field);

#endif
