/* api_message.h: converts between JSON and protobuf-c messages with the JSON mapping of Protocol Buffers. */
#ifndef BOXCTL_API_MESSAGE_H
#define BOXCTL_API_MESSAGE_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>

enum { MESSAGE_WHY_SIZE = 1024 };

/*
 * Makes a message of `type` from the JSON object `value`. NULL: `why` has the reason. Freed with
 * protobuf_c_message_free_unpacked(message, NULL).
 *
 * Field names are those of api.proto (vm_id) or those of the mapping (vmId). 64-bit numbers can be strings,
 * bytes are base64, a map is an object, null is the default.
 */
ProtobufCMessage *message_from_json(const ProtobufCMessageDescriptor *type, const json_t *value, char *why);

/*
 * The message as a JSON object: names of the mapping (vmId), 64-bit numbers as strings, bytes as base64.
 * Fields without presence are always included, other fields if they are set.
 */
json_t *message_to_json(const ProtobufCMessage *message);

/* The name of a field in the mapping: "vmId" for "vm_id". */
void message_json_name(char *to, size_t size, const char *name);

/* The type of a field as text: "string", "CreateVmRequest", "map of string". */
void message_field_type(char *to, size_t size, const ProtobufCMessageDescriptor *type,
                        const ProtobufCFieldDescriptor *field);

#endif
