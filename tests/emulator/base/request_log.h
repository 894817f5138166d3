/*
 * request_log.h: what was asked and answered: a bounded ring for GET /emulator/log and, with --log, a line of
 * JSON per request. A token or key never gets in here. Every function may be called from any thread.
 */
#ifndef EMULATOR_BASE_REQUEST_LOG_H
#define EMULATOR_BASE_REQUEST_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REQUEST_LOG_ENTRIES = 65536 };

/* One request. Owned by the call until request_log_add takes it. */
typedef struct {
    char *method;           /* RPC name, or "POST /path" */
    char *peer;             /* "ipv4:127.0.0.1:1234" */
    char *metadata_names;   /* separated by commas, in order of arrival */
    char *sdk_version;      /* "x-boxd-c-sdk-version: 0.1.0", or NULL */
    char *traceparent;      /* W3C's, as it came, or NULL */
    char *command;          /* Exec only, or NULL */
    char *status_message;   /* or NULL */
    uint64_t request_bytes; /* all messages of the request together */
    uint64_t response_bytes;
    uint64_t request_messages, response_messages;
    int64_t deadline_ms;          /* left when it arrived; -1: none */
    int64_t started_ms, ended_ms; /* unix time */
    int status;                   /* gRPC code or HTTP status; -1: never answered */
    bool cancelled;               /* by the client, its deadline or a lost connection */
    bool fault;                   /* an injected fault took part */
    json_t *http;                 /* what the route adds, or NULL */
} request_record;

int request_log_open(const char *path); /* NULL: no file; "-": stderr. 0 or an errno value */
void request_log_close(void);
void request_log_add(request_record *record); /* takes what the record points to */
json_t *request_log_json(void);
void request_log_clear(void);

#endif
