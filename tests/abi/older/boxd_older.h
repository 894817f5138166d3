/**
 * @file boxd_older.h
 * A part of the headers as an older version of boxd could have had it: option structs and results end
 * earlier, reserved members are not yet used, and statuses are missing. A program that was compiled with this
 * header must work with the library of today. Only a release that breaks the ABI may change this file:
 * docs/abi.md.
 *
 * @since 0.1.0
 */
#ifndef BOXD_OLDER_H
#define BOXD_OLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOXD_API

typedef enum boxd_status {
    BOXD_OK = 0,
    BOXD_ERR_FAILED = 1,
    BOXD_ERR_NOT_FOUND = 3,
    BOXD_ERR_INVALID_ARGUMENT = 5,
} boxd_status;

typedef enum boxd_sent { BOXD_SENT_UNKNOWN = 0, BOXD_SENT_NO = 1, BOXD_SENT_YES = 2 } boxd_sent;

typedef enum boxd_command_state { BOXD_COMMAND_NONE = 0, BOXD_COMMAND_ENDED = 2 } boxd_command_state;

typedef struct boxd_error {
    boxd_status status;
    int grpc_code;
    int http_status;
    boxd_sent sent;
    int64_t retry_after_ms;
    bool retryable;
    char message[512];
    boxd_command_state command;
    int exit_code;
    bool has_exit_code;
    bool exit_confirmed;
    uint64_t in_bytes, out_bytes, err_bytes;
    char reserved_[32];
} boxd_error;

typedef struct boxd_cancel_token boxd_cancel_token;
typedef struct boxd_compute boxd_compute;
typedef struct boxd_box boxd_box;

typedef struct boxd_buffer {
    const char *data;
    size_t size;
    void *reserved_[2];
} boxd_buffer;

typedef struct boxd_call_options {
    size_t size;
    int64_t timeout_ms;
    boxd_cancel_token *cancel;
    void *reserved_[5];
} boxd_call_options;

typedef struct boxd_compute_options {
    size_t size;
    const char *api_key;
    const char *token;
    const char *api_url;
} boxd_compute_options;

typedef struct boxd_box_create_options {
    size_t size;
    boxd_call_options call;
    const char *name;
} boxd_box_create_options;

typedef struct boxd_exec_options {
    size_t size;
    boxd_call_options call;
    const char *const *env;
    const char *cwd;
} boxd_exec_options;

typedef struct boxd_exec_result {
    boxd_buffer out;
    boxd_buffer err;
    int exit_code;
    bool success;
} boxd_exec_result;

typedef struct boxd_box_info {
    const char *id;
    const char *name;
} boxd_box_info;

typedef void (*boxd_exec_result_cb)(boxd_exec_result *result, const boxd_error *error, void *user_data);

BOXD_API const char *boxd_status_name(boxd_status status);
BOXD_API boxd_compute *boxd_compute_open(const boxd_compute_options *options, boxd_error *error);
BOXD_API boxd_status boxd_compute_close(boxd_compute *compute);
BOXD_API boxd_box *boxd_box_create(boxd_compute *compute, const boxd_box_create_options *options,
                                   boxd_error *error);
BOXD_API boxd_box *boxd_box_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                                boxd_error *error);
BOXD_API const boxd_box_info *boxd_box_get_info(const boxd_box *box);
BOXD_API boxd_status boxd_box_destroy(boxd_box *box, const boxd_call_options *call, boxd_error *error);
BOXD_API void boxd_box_free(boxd_box *box);
BOXD_API boxd_exec_result *boxd_box_exec(boxd_box *box, const char *const *argv,
                                         const boxd_exec_options *options, boxd_error *error);
BOXD_API void boxd_aio_box_exec(boxd_box *box, const char *const *argv, const boxd_exec_options *options,
                                boxd_exec_result_cb callback, void *user_data);
BOXD_API void boxd_exec_result_free(boxd_exec_result *result);

#endif
