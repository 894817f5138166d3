/*
 * fake_call.h: replaces boxd/client/call.c and grpc/rpc.c: the test makes the events of the service, one
 * by one, on its own thread. There is at most one streaming and one unary call at a time.
 */
#ifndef FAKE_CALL_H
#define FAKE_CALL_H

#include "boxd/client/call.h"
#include "grpc/wire.h"

typedef struct fake_call {
    /* The call that was started last; valid while it runs. */
    api_call *call;
    bool running;
    /* How many calls were started. */
    int started;
    /* The requests of the stream since it was opened. */
    int reads, writes, half_closes;
    /* The message that was written last. */
    grpc_slice message;
    /* A read or a write waits for its event. */
    bool reading, writing;
} fake_call;

extern fake_call fake_stream, fake_unary;

/* Set by the test: whether the connection is up after the stream was cancelled, and whether the service
 * answers what is sent on it then. */
extern bool fake_connection_up, fake_confirms;

/* Set by the test: a unary call ends inside call_stop(), as one does that waits for a token. */
extern bool fake_stops_at_once;

/* Events of the streaming call. fake_message(NULL): no more messages will come. */
void fake_opened(void);
void fake_message(const ProtobufCMessage *message);
void fake_written(bool ok);

/* The end of a call, with an error or NULL. A gRPC code that is not -1 is a status of the service. */
void fake_ended(fake_call *f, const boxd_error *error);
void fake_ended_in(fake_call *f, boxd_status status, int grpc_code);

/* The reply of the unary call, which then ends. */
void fake_replied(const ProtobufCMessage *message);

#endif
