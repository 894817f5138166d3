/*
 * input.c: the messages of a command's input, in pieces of 64 KiB, one at a time. Called by the process
 * (process.c) and its steps on the core thread.
 */
#include "boxd/process/input.h"

#include "errors.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

#define PIECE_BYTES ((size_t)64 * 1024)

static boxd_status check_mode(const boxd_exec_options *options, boxd_input_mode mode, bool streams,
                              boxd_error *error)
{
    if (mode < BOXD_INPUT_PIPE || mode > BOXD_INPUT_FD)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "in.mode is %d; see boxd_input_mode", (int)mode);
    if (mode == BOXD_INPUT_PIPE && !streams)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "in.mode is BOXD_INPUT_PIPE, but this call returns no process to write to; use "
                         "boxd_box_exec_stream(), or BOXD_INPUT_BYTES");
    if (mode == BOXD_INPUT_CLOSED && streams && (options->pty || options->interactive))
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "in.mode is BOXD_INPUT_CLOSED, but a command with a PTY keeps its input open; leave "
                         "out one of the two");
    return BOXD_OK;
}

static boxd_status check_source(const boxd_input *options, boxd_input_mode mode, boxd_error *error)
{
    if ((options->data || options->data_size > 0) && mode != BOXD_INPUT_BYTES)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "in.data is set, but in.mode is not BOXD_INPUT_BYTES");
    if (options->fd != 0 && mode != BOXD_INPUT_FD)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "in.fd is set, but in.mode is not BOXD_INPUT_FD");
    if (mode == BOXD_INPUT_BYTES && options->data_size > 0 && !options->data)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "in.data is NULL, but in.data_size is %zu",
                         options->data_size);
    return BOXD_OK;
}

boxd_status input_init(input *in, const boxd_exec_options *options, bool streams, boxd_error *error)
{
    *in = (input){.mode = options->in.mode, .cols = options->cols, .rows = options->rows};
    if (in->mode == BOXD_INPUT_DEFAULT)
        in->mode = streams ? BOXD_INPUT_PIPE : BOXD_INPUT_CLOSED;
    in->ended = in->mode == BOXD_INPUT_CLOSED; /* with the first message */
    if (check_mode(options, in->mode, streams, error) != BOXD_OK ||
        check_source(&options->in, in->mode, error) != BOXD_OK || in->mode != BOXD_INPUT_BYTES)
        return error->status;
    const size_t size = options->in.data_size;
    in->copy = mem_alloc(size);
    if (!in->copy)
        return error_no_memory(error, "starting a command");
    in->copy_size = size;
    if (size > 0)
        memcpy(in->copy, options->in.data, size);
    input_set_source(in, in->copy, size);
    input_end_source(in);
    return BOXD_OK;
}

void input_clear(input *in)
{
    mem_zero(in->copy, in->copy_size); /* passwords are passed this way */
    mem_free(in->copy);
}

/* ---- requests of the program ---- */

const char *input_refusal(const input *in, bool eof)
{
    if (in->mode != BOXD_INPUT_PIPE)
        return "its input is not a pipe: options.in sets where the input comes from";
    if (in->closed && !eof)
        return "its input was ended by boxd_process_write_eof(); nothing can follow";
    return NULL;
}

void input_add(input *in, input_item *item)
{
    in->closed = in->closed || item->kind == INPUT_EOF;
    list_append(&in->writes, &item->node);
}

void input_resize(input *in, uint32_t cols, uint32_t rows, input_item *item)
{
    in->cols = cols;
    in->rows = rows;
    in->size_changed = true;
    if (item)
        list_append(&in->resizes, &item->node);
}

bool input_has_items(const input *in)
{
    return !list_is_empty(&in->writes) || !list_is_empty(&in->resizes);
}

static input_item *item_of(list_node *node)
{
    return node ? CONTAINER_OF(node, input_item, node) : NULL;
}

void input_remove(input *in, input_item *item)
{
    if (in->sending_item == item) { /* these bytes are sent in any case */
        item->sent += in->sending_bytes;
        in->accepted += in->sending_bytes;
        in->sending_bytes = 0;
        in->sending_item = NULL;
    }
    if (item->kind == INPUT_EOF)
        item->sending = in->sending_end;
    list_remove(item->kind == INPUT_RESIZE ? &in->resizes : &in->writes, &item->node);
    in->closed = in->ended;
    for (list_node *node = in->writes.first; node; node = node->next)
        in->closed = in->closed || item_of(node)->kind == INPUT_EOF;
}

linked_list input_remove_all(input *in)
{
    linked_list removed = {0};
    while (input_has_items(in)) {
        const linked_list *from = list_is_empty(&in->writes) ? &in->resizes : &in->writes;
        input_item *item = item_of(from->first);
        input_remove(in, item);
        list_append(&removed, &item->node);
    }
    return removed;
}

/* ---- the source ---- */

bool input_wants_source(const input *in)
{
    return in->source_sent >= in->source_size && !in->sending && !in->source_ended;
}

void input_set_source(input *in, const char *data, size_t size)
{
    in->source = data;
    in->source_size = size;
    in->source_sent = 0;
}

void input_end_source(input *in)
{
    in->source_ended = true;
}

/* ---- messages ---- */

/* Whole writes, and ends after the end of the input was sent. */
static void complete_writes(input *in)
{
    while (!list_is_empty(&in->writes)) {
        input_item *first = item_of(in->writes.first);
        if (first->kind == INPUT_EOF ? !in->ended || in->sending_end : first->sent < first->size)
            return;
        list_remove(&in->writes, &first->node);
        list_append(&in->completed, &first->node);
    }
}

static void complete_resizes(input *in)
{
    list_node *next;
    for (list_node *node = in->resizes.first; node; node = next) {
        next = node->next;
        if (!item_of(node)->sending)
            continue;
        list_remove(&in->resizes, node);
        list_append(&in->completed, node);
    }
}

static void next_bytes(input *in, const char *data, size_t size, input_item *item, input_message *message)
{
    message->kind = INPUT_MESSAGE_BYTES;
    message->data = data;
    message->size = size < PIECE_BYTES ? size : PIECE_BYTES;
    in->sending_bytes = message->size;
    in->sending_item = item;
}

static void next_size(input *in, input_message *message)
{
    in->size_changed = false;
    for (list_node *node = in->resizes.first; node; node = node->next)
        item_of(node)->sending = true;
    message->kind = INPUT_MESSAGE_SIZE;
    message->cols = in->cols;
    message->rows = in->rows;
}

static void next_eof(input *in, input_message *message)
{
    in->ended = in->sending_end = true;
    message->kind = INPUT_MESSAGE_EOF;
}

bool input_next(input *in, input_message *message)
{
    if (in->sending)
        return false;
    complete_writes(in);
    if (in->ended)
        return false;
    *message = (input_message){0};
    in->sending_bytes = 0;
    in->sending_item = NULL;
    input_item *first = item_of(in->writes.first);
    if (in->size_changed)
        next_size(in, message);
    else if (in->source_sent < in->source_size)
        next_bytes(in, in->source + in->source_sent, in->source_size - in->source_sent, NULL, message);
    else if (in->source_ended || (first && first->kind == INPUT_EOF))
        next_eof(in, message);
    else if (first)
        next_bytes(in, first->data + first->sent, first->size - first->sent, first, message);
    else
        return false;
    in->sending = true;
    return true;
}

void input_sent(input *in)
{
    in->sending = in->sending_end = false;
    in->accepted += in->sending_bytes;
    if (in->sending_item)
        in->sending_item->sent += in->sending_bytes;
    else if (in->source_sent < in->source_size)
        in->source_sent += in->sending_bytes;
    in->sending_item = NULL;
    complete_resizes(in);
    complete_writes(in);
}

void input_send_failed(input *in)
{
    in->ended = in->ended && !in->sending_end;
    in->sending = in->sending_end = false;
    in->sending_bytes = 0;
    in->sending_item = NULL;
}

input_item *input_pop_completed(input *in)
{
    return item_of(list_pop(&in->completed));
}

void input_stream_over(input *in, bool well)
{
    in->ended = in->ended || well;
    in->sending_end = in->sending_end && !well;
    if (in->sending_item)
        in->sending_item->unconfirmed = in->sending_bytes;
    in->sending_bytes = 0;
    in->sending_item = NULL;
    complete_writes(in);
}

boxd_sent input_describe_sent(const input_item *item, boxd_error *error)
{
    if (item->sent == 0 && item->unconfirmed == 0)
        return item->sending ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO;
    char more[80] = "";
    if (item->unconfirmed > 0)
        (void)snprintf(more, sizeof more, ", and it is not known whether %zu more were", item->unconfirmed);
    error_append_whole(error, "; %zu of its %zu bytes were accepted%s", item->sent, item->size, more);
    return BOXD_SENT_UNKNOWN;
}
