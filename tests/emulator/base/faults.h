/*
 * faults.h: injected faults, for tests. A fault waits for a call of its RPC or HTTP route and is used `count`
 * times. Every function may be called from any thread.
 */
#ifndef EMULATOR_BASE_FAULTS_H
#define EMULATOR_BASE_FAULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    bool active;
    /* The gRPC status to end with, once the first message of the call was read; 0: no status. */
    int code;
    char message[256];
    /* Waits this long first. */
    int64_t delay_ms;
    /* Drops the connection. */
    bool close;
    /* Never replies. */
    bool hang;
    /* Streams: ends with OK but without the exit code or the remaining data. */
    bool truncate;
    /* The RPC takes effect, then the fault replaces its reply. Exec: code or close follow the exit code. */
    bool after;
    /* Exec: ends with OK and without any message. */
    bool no_message;
    /* Exec: the message with the exit code carries the output "tail\n". */
    bool exit_with_data;
    /* Exec: join_exit puts the last output into the message with the exit code; one_packet sends the last
     * output, the exit code and the status in one piece. Both hold each output until the next, so they do not
     * suit dialogues. */
    bool join_exit, one_packet;
    /* Exec: after the message with the exit code, never sends the status. */
    bool linger;
    /* Exec: the most output per message; 0: no limit. */
    int64_t chunk_bytes;
    /* Streams to the client: applies the fault after that many bytes; -1: at the start. */
    int64_t after_bytes;
    /* Exec: applies the fault after that many bytes of input; -1: at the start. With `hang` only the input
     * stops. */
    int64_t after_input_bytes;
    /* Uploads: the byte count to report; -1: the real count. */
    int64_t bytes_written;
    /* Unary: nothing takes effect, and `reply` is the reply. Exec: `reply` is sent as one more message after
     * `after_bytes` (default 0) of output. The JSON form has the packed message in hex. */
    bool has_reply;
    size_t reply_size;
    uint8_t reply[256];
} rpc_fault;

typedef struct {
    bool active;
    /* 0: the route's own status. With a status other than 2xx the request takes no effect, unless `after`. */
    int status;
    /* In seconds; -1: no header. */
    int64_t retry_after;
    int64_t delay_ms;
    /* A body of that many filler bytes; -1: `body`. */
    int64_t body_size;
    /* Instead of a response. */
    bool close, hang;
    /* The request takes effect before the delay, close or hang, not after. */
    bool after;
    char content_type[128], location[512];
    /* NULL: the route's own body. */
    char *body;
    /* An object of strings; NULL: no headers. */
    json_t *headers;
    /* Drukbox only: the text and code of the error. POST /hosts creates the host and sets host_status. */
    char detail[256], error_code[64], host_status[24];
} http_fault;

void http_fault_clear(http_fault *f);

/* The targets that faults_add accepts. Every callback may be called from any thread. */
typedef struct {
    bool (*is_rpc)(const char *name);
    bool (*is_http_route)(const char *route);
    bool (*is_host_status)(const char *text);
} fault_targets;

void faults_set_targets(const fault_targets *valid); /* before the servers start */

/* Adds a fault that is given as JSON. NULL, or an error message (static, or in `why`). */
const char *faults_add(const json_t *json, char *why, size_t why_size);
void faults_clear(void);
int64_t faults_left(void); /* uses left of all faults with a limit */
/* The fault for a call of the RPC; `active` is false without a fault. */
rpc_fault faults_take_rpc(const char *rpc);
/* The fault for the route or for its group (NULL: no group). Call http_fault_clear when done. */
http_fault faults_take_http(const char *route, const char *group);

#endif
