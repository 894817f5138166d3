/*
 * command_exit.h: the exit of a command, as far as its messages show it. Each message carries an exit
 * code, and only that of the last one counts; only the end of the stream shows which message is the last.
 *
 * A passive part of a process (process_state.h). Core thread.
 */
#ifndef BOXD_COMMAND_EXIT_H
#define BOXD_COMMAND_EXIT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct command_exit {
    /* A message was received. */
    bool answered;
    /* The last message carried no data: it looks like the exit. */
    bool final;
    /* The last message carried data and code 0, as all but the last one do. */
    bool unconfirmed;
    /* The stream was ended because no message followed the apparent exit. */
    bool presumed;
    /* The code of the last message. */
    int code;
    /* The stream has ended, and `code` is the command's. */
    bool known;
} command_exit;

/* A message with `data_size` bytes of data was received. False: the exit was presumed, and this message
 * disproves it. */
static inline bool exit_message(command_exit *e, size_t data_size, int code)
{
    e->answered = true;
    e->code = code;
    e->unconfirmed = data_size > 0 && code == 0;
    e->final = data_size == 0;
    return !e->presumed;
}

/* No message came for a while. True: the last message is presumed to be the exit, of which only the end of
 * the stream is missing. */
static inline bool exit_silence(command_exit *e)
{
    e->presumed = e->final;
    return e->presumed;
}

#endif
