/*
 * generation.h: the generation of the service that the emulator runs as. The contract describes two, service
 * 0.1 and service 0.2; each has RPCs and fields that the other does not have. Set once before the server
 * starts, then only read.
 */
#ifndef EMULATOR_RPC_GENERATION_H
#define EMULATOR_RPC_GENERATION_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

typedef enum { GENERATION_BOTH, GENERATION_0_1, GENERATION_0_2 } generation;

extern generation generation_served;

bool generation_parse(const char *text, generation *out);
const char *generation_name(void);

/* NULL: the served generation has the RPC. Otherwise the reason why not (static). */
const char *generation_unsupported_reason(const char *rpc);

/* Sets the fields that the served generation does not have to their defaults, in the whole tree. The message
 * must live in an arena or on the stack: cleared fields are not freed. */
void generation_trim(ProtobufCMessage *message);

#endif
