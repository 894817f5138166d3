/*
 * table.h: the fault table: what each behaviour of the server makes of each call. The expectations come from
 * docs/exec.md, boxd/error.h and the headers of the operations. Where they allow several answers, the row
 * lists them.
 */
#ifndef FAULTS_TABLE_H
#define FAULTS_TABLE_H

#include "calls.h"

enum { STATUSES_MAX = 8, ANY_CODE = -100, ANY_EXIT = -100 };

/* Sets of values, as bits. */
#define STATE(name) (1u << BOXD_COMMAND_##name)
#define ANY_STATE 0u
enum {
    SENT_UNKNOWN = 1 << BOXD_SENT_UNKNOWN,
    SENT_NO = 1 << BOXD_SENT_NO,
    SENT_YES = 1 << BOXD_SENT_YES,
    SENT_MAYBE = SENT_UNKNOWN | SENT_YES /* anything but "not sent" */
};

typedef enum fault_flags {
    /* The server forgets or refuses more than this call: the client is not used for other rows. */
    OWN_CLIENT = 1,
    /* The peak of the memory of the process stays under a bound. */
    BOUNDED = 2
} fault_flags;

typedef struct fault_row {
    /* A name of BEHAVIOURS in behaviours.py. */
    const char *behaviour;
    /* A name of LISTENERS in behaviours.py; NULL: "plain". Each call on such a row has a client of its own.
     */
    const char *port;
    /* FAULT_CALLS, as bits. */
    unsigned calls;
    /* The statuses that are right; without any: BOXD_OK. */
    boxd_status statuses[STATUSES_MAX];
    /* BOXD_OK is right as well. */
    bool or_ok;
    /* Of a failed call. */
    int grpc_code;
    /* Of a failed call; 0: any. */
    int http_status;
    /* Of a failed call: SENT_... */
    unsigned sent;
    /* Of a failed call of COMMANDS: STATE(...) */
    unsigned states;
    /* The message of a failed call contains this; or NULL. */
    const char *text;
    /* The message of a failed call does not contain this; or NULL. */
    const char *not_text;
    /* Of a command that ended, also if the call failed. */
    int exit_code;
    /* Of a command that ended: 0, 1; -1: any. */
    int confirmed;
    /* Of a call that succeeded, and of a stream or a log that failed after output; -1: any. */
    long bytes;
    /* 0: the timeout is only a watchdog. */
    int64_t timeout_ms;
    /* Of commands and logs; 0: the default. */
    int64_t liveness_ms;
    unsigned flags;
} fault_row;

extern const fault_row FAULT_TABLE[];
extern const size_t FAULT_TABLE_COUNT;

/* Rows of the table that the library does not satisfy yet. The test fails when all runs of such a row are
 * right: then remove it. */
typedef struct pending_row {
    /* Matches behaviours or ports, as a shell does. */
    const char *pattern;
    /* FAULT_CALLS, as bits. */
    unsigned calls;
    /* The line of the issue, and what is missing. */
    const char *why;
} pending_row;

extern const pending_row PENDING_TABLE[];
extern const size_t PENDING_TABLE_COUNT;

/* Writes to `why` what is wrong with the outcome of a call (an index of FAULT_CALLS). True: it is right. */
bool fault_judge(const fault_row *row, size_t call, const outcome *out, char *why, size_t size);

#endif
