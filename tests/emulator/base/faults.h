/*
 * faults.h: errors on order, for tests. A fault waits for its RPC (or HTTP route) and is used `count` times.
 * Every function may be called from any thread.
 */
#ifndef EMULATOR_BASE_FAULTS_H
#define EMULATOR_BASE_FAULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    bool active;
    int code; /* gRPC status to end with; 0: none */
    char message[256];
    int64_t delay_ms; /* before anything else happens */
    bool close;       /* drop the connection */
    bool hang;        /* never answer */
    bool truncate;    /* streams: end with OK but without the exit code or the rest */
    bool after;       /* the effect happens first, then its answer meets the fault; Exec: then code or close
                       * follow the exit code */
    bool no_message;  /* Exec: end with OK and no message at all */
    bool exit_with_data; /* Exec: the message with the exit code carries "tail\n" */
    /* Exec: the message with the exit code carries the command's last output; or that, the exit code and the
     * status leave in one piece. With both each output waits for the next: not for dialogues. */
    bool join_exit, one_packet;
    bool linger;               /* Exec: after the message with the exit code, no status for ever */
    int64_t chunk_bytes;       /* Exec: no message carries more output; 0: as it comes */
    int64_t after_bytes;       /* streams to the client: only after that many bytes; -1: from the start */
    int64_t after_input_bytes; /* Exec: only after that many bytes of input (then with `hang` only the input
                                * stops); -1: from the start */
    int64_t bytes_written;     /* uploads: the count to report; -1: the truth */
    bool has_reply;            /* unary: nothing is done, and this packed message is the answer; given in hex.
                                * Exec: after `after_bytes` (default 0) of output it comes as one more message */
    size_t reply_size;
    uint8_t reply[256];
} rpc_fault;

typedef struct {
    bool active;
    int status;          /* 0: as without the fault; unless it is 2xx, nothing is done, but for `after` */
    int64_t retry_after; /* seconds; -1: no header */
    int64_t delay_ms;
    int64_t body_size; /* that many bytes of filler; -1: `body` */
    bool close, hang;  /* instead of an answer; delay, close and hang come before anything is done, ... */
    bool after;        /* ... or, with this, after it */
    char content_type[128], location[512];
    char *body;      /* NULL: as the route has it */
    json_t *headers; /* an object of strings; NULL: none */
    /* Drukbox only: the error's text and code; POST /hosts makes the host and leaves it in this status. */
    char detail[256], error_code[64], host_status[24];
} http_fault;

void http_fault_clear(http_fault *f);

/* Reads one fault as JSON. NULL, or a sentence that says what is wrong with it (static or in `why`). */
const char *faults_add(const json_t *json, char *why, size_t why_size);
void faults_clear(void);
int64_t faults_left(void); /* uses that still wait for their call; those without end not counted */
rpc_fault faults_take_rpc(const char *rpc); /* .active is false if there is none */
/* Of this route or of the group that it belongs to (NULL: none). Clear it when it is done with. */
http_fault faults_take_http(const char *route, const char *group);

#endif
