/*
 * sink.h: where the outcome of an operation goes: a callback of the program's, called as the type it has.
 */
#ifndef BOXD_SINK_H
#define BOXD_SINK_H

#include "mem.h"

#include <boxd/error.h>

#include <stdint.h>

typedef void (*any_callback)(void);

/* Where a result goes. One constant per callback type. */
typedef struct result_type {
    /* Calls `callback` as what it is. error NULL: success. */
    void (*call)(any_callback callback, void *result, const boxd_error *error, void *user_data);
    void (*free_result)(void *result); /* NULL: there is no result */
} result_type;

/* The constant for callbacks of the type `callback_type`, of which the first parameter is the result. A
 * macro, since each callback is called as the type it has. */
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
    any_callback callback; /* or NULL */
    void *user_data;
} sink;

#define SINK(type, callback, user_data) ((sink){&(type), (any_callback)(callback), (user_data)})

extern const result_type RESULT_DONE; /* boxd_done_cb */

/* Calls the program at once: for failures that leave no operation to carry them. */
void sink_fail_now(const sink *s, boxd_status status, const char *message);

/* Hands over a result, or the error that there is instead; the result is the program's from then on. Inside a
 * callback. */
void sink_deliver(const sink *s, void *result, const boxd_error *error);

#endif
