/*
 * differ.c: the table of the differences that --differ switches on. See differ.h. Any thread.
 */
#include "base/differ.h"

#include <grpc/status.h>
#include <string.h>

#include "base/util.h"

typedef struct {
    const char *name, *text;
} entry;

static const entry entries[DIFFER_COUNT] = {
    [DIFFER_SIGNAL_CODE] = {"signal-code", "a signal ends a command with the exit code n, not 128+n"},
    [DIFFER_OUTPUT_AFTER_EXIT] = {"output-after-exit", "output follows an exit code other than 0"},
    [DIFFER_NOT_FOUND_CODE] = {"not-found-code", "INVALID_ARGUMENT in place of NOT_FOUND"},
    [DIFFER_EXISTS_CODE] = {"exists-code", "FAILED_PRECONDITION in place of ALREADY_EXISTS"},
    [DIFFER_DEFAULT_IMAGE] = {"default-image", "GetConfig reports another default image"},
    [DIFFER_SIZE_CLASS] = {"size-class", "a box has 2 GiB of memory for each vCPU, not 4"},
    [DIFFER_TOKEN_LIFETIME] = {"token-lifetime", "an exchanged token is valid for 15 minutes"},
    [DIFFER_LIST_ORDER] = {"list-order", "ListVms begins with the newest box"},
    [DIFFER_LIST_FIELDS] = {"list-fields", "the rows of ListVms have no sizes"},
    [DIFFER_SUSPENDED_EXEC] = {"suspended-exec", "a suspended box refuses Exec"},
    [DIFFER_CREATE_STATE] = {"create-state", "CreateVm replies with the status \"creating\""},
    [DIFFER_DESTROY_TWICE] = {"destroy-twice", "DestroyVm of an unknown box succeeds"},
    [DIFFER_FORK_NAME] = {"fork-name", "a fork without a name is called <source>-copy"},
    [DIFFER_FORK_OWN_NAME] = {"fork-own-name", "a fork without a name has a name of its own"},
    [DIFFER_CREATE_NAME] = {"create-name", "a box has a name of its own, whatever CreateVm requests"},
    [DIFFER_DESTROY_IGNORED] = {"destroy-ignored", "DestroyVm succeeds and destroys nothing"},
    [DIFFER_PTY_SIZE] = {"pty-size", "a terminal has 132 columns and 43 rows by default"},
    [DIFFER_BYTES_WRITTEN] = {"bytes-written", "an upload reports 0 bytes"},
    [DIFFER_TOTAL_SIZE] = {"total-size", "a download does not report its size"},
    [DIFFER_PROXY_PORT] = {"proxy-port", "the default proxy leads to port 8080"},
    [DIFFER_DRUKBOX_LIST_ORDER] = {"drukbox-list-order", "GET /hosts begins with the oldest host"},
    [DIFFER_DRUKBOX_DELETE_STATUS] = {"drukbox-delete-status", "a deletion has the status 200 and {}"},
    [DIFFER_DRUKBOX_CREATE_STATUS] = {"drukbox-create-status", "POST /hosts has the status 202"},
    [DIFFER_DRUKBOX_RECORD_FIELD] = {"drukbox-record-field", "a host has no last_error, but a region"},
    [DIFFER_DRUKBOX_TIME_FORMAT] = {"drukbox-time-format", "times end with +00:00, not with Z"},
    [DIFFER_DRUKBOX_PRIVATE_KEY] = {"drukbox-private-key", "every record of a host has a private key"},
    [DIFFER_DRUKBOX_ERROR_CODE] = {"drukbox-error-code", "errors have no error_code"},
    [DIFFER_DRUKBOX_CREATED_AT] = {"drukbox-created-at", "a host has no created_at"},
    [DIFFER_DRUKBOX_REPLAY] = {"drukbox-replay", "a repeated Idempotency-Key makes another host"},
    [DIFFER_DRUKBOX_PROXY_NAME] = {"drukbox-proxy-name", "an HTTP proxy may have any name"},
};

static bool enabled[DIFFER_COUNT];

bool differs(difference d)
{
    return enabled[d];
}

static bool enable(const char *name, size_t length)
{
    for (int d = 0; d < DIFFER_COUNT; d++) {
        if (strlen(entries[d].name) == length && memcmp(entries[d].name, name, length) == 0) {
            enabled[d] = true;
            return true;
        }
    }
    return false;
}

bool differ_parse(const char *names)
{
    for (;;) {
        size_t length = strcspn(names, ",");
        if (!enable(names, length))
            return false;
        if (names[length] == '\0')
            return true;
        names += length + 1;
    }
}

void differ_print(FILE *out)
{
    for (int d = 0; d < DIFFER_COUNT; d++)
        (void)fprintf(out, "%-22s  %s\n", entries[d].name, entries[d].text);
}

int differ_code(int code)
{
    if (code == GRPC_STATUS_NOT_FOUND && differs(DIFFER_NOT_FOUND_CODE))
        return GRPC_STATUS_INVALID_ARGUMENT;
    if (code == GRPC_STATUS_ALREADY_EXISTS && differs(DIFFER_EXISTS_CODE))
        return GRPC_STATUS_FAILED_PRECONDITION;
    return code;
}
