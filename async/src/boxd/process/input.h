/*
 * input.h: the input of a command: which message is sent next, and which of the program's writes, ends and
 * resizes are complete.
 *
 * A passive part of a process (process_state.h): it holds state and calls nothing above it. The process takes
 * the next message with input_next(), sends it, and reports its fate with input_sent() or
 * input_send_failed(). After each call it collects what has completed with input_pop_completed(). One message
 * is sent at a time; a change of the terminal's size is sent before the bytes that wait.
 *
 * Core thread, except input_init() and input_clear().
 */
#ifndef BOXD_INPUT_H
#define BOXD_INPUT_H

#include "linked_list.h"

#include <boxd/error.h>
#include <boxd/types/exec.h>

#include <stdint.h>

typedef enum { INPUT_WRITE, INPUT_EOF, INPUT_RESIZE } input_item_kind;

/* A request of the program, from input_add() or input_resize() until it is popped or removed. */
typedef struct input_item {
    list_node node;
    input_item_kind kind;
    /* INPUT_WRITE: the bytes, which belong to the program, and how many of them were sent. */
    const char *data;
    size_t size, sent;
    /* The message is being sent: INPUT_RESIZE; INPUT_EOF, set when the item is removed. */
    bool sending;
    /* INPUT_WRITE: bytes that were being sent when the stream ended. It is not known whether they were sent.
     */
    size_t unconfirmed;
} input_item;

typedef enum { INPUT_MESSAGE_BYTES, INPUT_MESSAGE_SIZE, INPUT_MESSAGE_EOF } input_message_kind;

typedef struct input_message {
    input_message_kind kind;
    /* For INPUT_MESSAGE_BYTES. */
    const char *data;
    size_t size;
    /* For INPUT_MESSAGE_SIZE: the size of the terminal. */
    uint32_t cols, rows;
} input_message;

typedef struct input {
    /* Never BOXD_INPUT_DEFAULT. */
    boxd_input_mode mode;
    /* Items: writes and ends in their order; resizes; completed items. */
    linked_list writes, resizes, completed;
    /* The size of the terminal, and whether it has to be sent. */
    uint32_t cols, rows;
    bool size_changed;
    /* The bytes of the options (`copy`) or of the input descriptor, and how many were sent. */
    const char *source;
    char *copy;
    size_t copy_size, source_size, source_sent;
    /* The source is at its end, which is sent after these bytes. */
    bool source_ended;
    /* A message is being sent: its number of bytes, and the write to which they belong; NULL: the source, or
     * a write that was removed. */
    bool sending;
    size_t sending_bytes;
    input_item *sending_item;
    /* Bytes that were sent, in all. */
    uint64_t accepted;
    /* The program has requested the end of the input. */
    bool closed;
    /* The end was sent, or is being sent; it is being sent. */
    bool ended, sending_end;
} input;

/* Reads and checks `options`. `streams`: the program gets a handle to write to. Any thread. */
boxd_status input_init(input *in, const boxd_exec_options *options, bool streams, boxd_error *error);
void input_clear(input *in);

/* Why a write or an end (`eof`) cannot be added; NULL: it can. */
const char *input_refusal(const input *in, bool eof);

/* Adds a write or an end. */
void input_add(input *in, input_item *item);

/* Sets the terminal's size. `item`, or NULL, completes when the size was sent. */
void input_resize(input *in, uint32_t cols, uint32_t rows, input_item *item);

/* The source's next bytes, which stay valid until input_wants_source() is true again. */
bool input_wants_source(const input *in);
void input_set_source(input *in, const char *data, size_t size);
void input_end_source(input *in);

/* Takes the next message; input_sent() or input_send_failed() follows. False: there is no message, or one is
 * being sent. */
bool input_next(input *in, input_message *message);
void input_sent(input *in);
void input_send_failed(input *in);

/* The next item that is complete; NULL: none. */
input_item *input_pop_completed(input *in);

/* Whether items wait. */
bool input_has_items(const input *in);

/* Removes a waiting item. Bytes of it that are being sent count as sent. */
void input_remove(input *in, input_item *item);

/* Removes all waiting items, and returns them as a list. */
linked_list input_remove_all(input *in);

/* The stream is over. `well`: the command ended successfully, so an end of its input is no longer needed. It
 * is not known whether a message that was being sent was sent. */
void input_stream_over(input *in, bool well);

/* Appends to the error of a write that ends early how much of it was sent, if any may have been. Returns
 * whether the item was sent. */
boxd_sent input_describe_sent(const input_item *item, boxd_error *error);

#endif
