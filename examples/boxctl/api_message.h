/* JSON to protobuf-c messages and back, by their descriptors: the JSON mapping of Protocol Buffers. */
#ifndef BOXCTL_API_MESSAGE_H
#define BOXCTL_API_MESSAGE_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>

enum { MESSAGE_WHY_SIZE = 1024 };

/*
 * A message of `type` with what `value` (an object) says; NULL: `why` says what does not fit. Freed with
 * protobuf_c_message_free_unpacked(message, NULL).
 *
 * Fields are called as in api.proto (vm_id) or as the mapping calls them (vmId). 64-bit numbers may be
 * strings, bytes are base64, a map is an object, null is the default.
 */
ProtobufCMessage *message_from_json(const ProtobufCMessageDescriptor *type, const json_t *value, char *why);

/*
 * The message as an object: names as the mapping has them (vmId), 64-bit numbers as strings, bytes as base64.
 * Fields without presence are always there, so that a script finds them; others when they are set.
 */
json_t *message_to_json(const ProtobufCMessage *message);

/* The name that the mapping gives a field: "vm_id" is "vmId". */
void message_json_name(char *to, size_t size, const char *name);

/* What the values of a field are, in words: "string", "CreateVmRequest", "map of string". */
void message_field_type(char *to, size_t size, const ProtobufCMessageDescriptor *type,
                        const ProtobufCFieldDescriptor *field);

#endif
