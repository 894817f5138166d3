/*
 * generation.h: which generation of the service is played. The contract has two; a server of one lacks RPCs
 * and fields of the other. Set once before the server starts, then only read.
 */
#ifndef EMULATOR_RPC_GENERATION_H
#define EMULATOR_RPC_GENERATION_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

typedef enum { GENERATION_BOTH, GENERATION_0_1_2, GENERATION_TODAY } generation;

extern generation generation_served;

bool generation_parse(const char *text, generation *out);
const char *generation_name(void);

/* NULL if the served generation has the RPC, else a sentence that says why not (static). */
const char *generation_lacks(const char *rpc);

/* Sets the fields that the served generation does not know to their defaults, in the whole tree. The message
 * must live in an arena or on the stack: what is dropped is not freed. */
void generation_trim(ProtobufCMessage *message);

#endif
