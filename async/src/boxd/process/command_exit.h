/*
 * command_exit.h: the exit of a command, as far as its messages show it. Each message carries an exit
 * code, and that of the last one counts; only the end of the stream shows which message is the last. All
 * messages before the exit carry 0, so another code is an exit code in any message, and no later 0 replaces
 * it.
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
    /* The last message looks like the exit: it carried no data, or another code than 0. */
    bool final;
    /* A message after one with a code other than 0 carried another code. */
    bool contradicted;
    /* The messages do not prove `code`: they contradict each other, or the last one carried data and code 0,
     * as all but the last one do. */
    bool unconfirmed;
    /* The stream was ended because no message followed the apparent exit. */
    bool presumed;
    /* The last code other than 0; 0 if there was none. */
    int code;
    /* The stream has ended, and `code` is the command's. */
    bool known;
} command_exit;

/* A message with `data_size` bytes of data was received. False: the exit was presumed, and this message
 * disproves it. */
static inline bool exit_message(command_exit *e, size_t data_size, int code)
{
    e->answered = true;
    e->contradicted |= e->code != 0 && code != e->code;
    if (code != 0)
        e->code = code;
    e->unconfirmed = e->contradicted || (data_size > 0 && code == 0);
    e->final = data_size == 0 || code != 0;
    return !e->presumed;
}

/* No message came for a while. True: the last message is presumed to be the exit, of which only the end of
 * the stream is missing. */
static inline bool exit_silence(command_exit *e)
{
    e->presumed = e->final;
    return e->presumed;
}

/* Whether the code is certain, once the stream has ended. */
static inline bool exit_is_confirmed(const command_exit *e)
{
    return !e->unconfirmed && !e->presumed;
}

#endif
