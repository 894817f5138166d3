/*
 * sink.h: where the outcome of an operation goes: a callback of the program, called through its own type.
 */
#ifndef BOXD_SINK_H
#define BOXD_SINK_H

#include "mem.h"

#include <boxd/error.h>

#include <stdint.h>

typedef void (*any_callback)(void);

/* A type of callback. One constant for each. */
typedef struct result_type {
    /* Calls `callback` through its own type. error NULL: success. */
    void (*call)(any_callback callback, void *result, const boxd_error *error, void *user_data);
    /* NULL: there is no result. */
    void (*free_result)(void *result);
} result_type;

/* Defines the constant for callbacks of the type `callback_type`, whose first parameter is the result. A
 * macro, because each callback is called through its own type. */
#define RESULT_TYPE(constant, callback_type, release)                                                        \
    static void constant##_call(any_callback callback, void *result, const boxd_error *error,                \
                                void *user_data)                                                             \
    {                                                                                                        \
        ((callback_type)callback)(result, error, user_data);                                                 \
    }                                                                                                        \
    static const result_type constant = {constant##_call, release}

/* The same for callbacks that get a number: (status, `type` number, error, user data). The result is what
 * number_keep() gave. */
#define NUMBER_RESULT_TYPE(constant, callback_type, type)                                                    \
    static void constant##_call(any_callback callback, void *result, const boxd_error *error,                \
                                void *user_data)                                                             \
    {                                                                                                        \
        const uint64_t *number = result;                                                                     \
        ((callback_type)callback)(error ? error->status : BOXD_OK, (type)(number ? *number : 0), error,      \
                                  user_data);                                                                \
        mem_free(result);                                                                                    \
    }                                                                                                        \
    static const result_type constant = {constant##_call, mem_free}

typedef struct sink {
    const result_type *type;
    /* Or NULL. */
    any_callback callback;
    void *user_data;
} sink;

#define SINK(type, callback, user_data) ((sink){&(type), (any_callback)(callback), (user_data)})

/* For boxd_done_cb. */
extern const result_type RESULT_DONE;

/* Calls the program at once: for failures before there is an operation. */
void sink_fail_now(const sink *s, boxd_status status, const char *message);

/* Hands over the result, which the program then owns, or the error. Inside a callback. */
void sink_deliver(const sink *s, void *result, const boxd_error *error);

#endif
