/*
 * differ.h: deliberate differences from the contract, for the tests of tests/live: does that program find the
 * places where a service differs? Set while the command line is parsed, before any thread starts; only read
 * afterwards, on any thread.
 */
#ifndef EMULATOR_BASE_DIFFER_H
#define EMULATOR_BASE_DIFFER_H

#include <stdbool.h>
#include <stdio.h>

typedef enum {
    /* boxd */
    DIFFER_SIGNAL_CODE,
    DIFFER_OUTPUT_AFTER_EXIT,
    DIFFER_NOT_FOUND_CODE,
    DIFFER_EXISTS_CODE,
    DIFFER_DEFAULT_IMAGE,
    DIFFER_SIZE_CLASS,
    DIFFER_TOKEN_LIFETIME,
    DIFFER_LIST_ORDER,
    DIFFER_LIST_FIELDS,
    DIFFER_SUSPENDED_EXEC,
    DIFFER_CREATE_STATE,
    DIFFER_DESTROY_TWICE,
    DIFFER_FORK_NAME,
    DIFFER_FORK_OWN_NAME,
    DIFFER_CREATE_NAME,
    DIFFER_DESTROY_IGNORED,
    DIFFER_PTY_SIZE,
    DIFFER_BYTES_WRITTEN,
    DIFFER_TOTAL_SIZE,
    DIFFER_PROXY_PORT,
    /* Drukbox */
    DIFFER_DRUKBOX_LIST_ORDER,
    DIFFER_DRUKBOX_DELETE_STATUS,
    DIFFER_DRUKBOX_CREATE_STATUS,
    DIFFER_DRUKBOX_RECORD_FIELD,
    DIFFER_DRUKBOX_TIME_FORMAT,
    DIFFER_DRUKBOX_PRIVATE_KEY,
    DIFFER_DRUKBOX_ERROR_CODE,
    DIFFER_DRUKBOX_CREATED_AT,
    DIFFER_DRUKBOX_REPLAY,
    DIFFER_DRUKBOX_PROXY_NAME,
    DIFFER_COUNT,
} difference;

/* Whether --differ names the difference. */
bool differs(difference d);

/* Switches on the differences of "NAME[,NAME...]". False: a name is unknown. */
bool differ_parse(const char *names);

/* A line for each difference, for --differ help. */
void differ_print(FILE *out);

/* The gRPC code that is sent in place of `code`. */
int differ_code(int code);

#endif
