/*
 * request_log.h: the log of requests: a ring buffer for GET /emulator/log and, with --log, a line of JSON per
 * request. Tokens, keys, bodies and values of variables are never logged. Every function may be called from
 * any thread.
 */
#ifndef EMULATOR_BASE_REQUEST_LOG_H
#define EMULATOR_BASE_REQUEST_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REQUEST_LOG_ENTRIES = 65536 };

/* One request. The call owns it until request_log_add. */
typedef struct {
    /* The name of the RPC, or "POST /path". */
    char *method;
    /* "ipv4:127.0.0.1:1234" */
    char *peer;
    /* Separated by commas, in order of arrival. */
    char *metadata_names;
    /* "x-boxd-c-sdk-version: 0.1.0", or NULL. */
    char *sdk_version;
    /* The W3C header as received, or NULL. */
    char *traceparent;
    /* Exec only, or NULL; masked (mask.h). */
    char *command;
    /* Or NULL. */
    char *status_message;
    /* The sum of all messages. */
    uint64_t request_bytes, response_bytes;
    uint64_t request_messages, response_messages;
    /* The time left on arrival; -1: no deadline. */
    int64_t deadline_ms;
    /* Unix time. */
    int64_t started_ms, ended_ms;
    /* The gRPC code or HTTP status; -1: no reply. */
    int status;
    /* By the client, its deadline or a lost connection. */
    bool cancelled;
    /* An injected fault took part. */
    bool fault;
    /* Added by the HTTP route, or NULL. */
    json_t *http;
} request_record;

/* NULL: no file; "-": stderr. A regular file gets the mode 0600. 0 or an errno value. */
int request_log_open(const char *path);
void request_log_close(void);
void request_log_add(request_record *record); /* takes ownership of the record's pointers */
json_t *request_log_json(void);
void request_log_clear(void);

#endif
