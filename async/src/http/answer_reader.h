/*
 * answer_reader.h: what has arrived of the answer of an exchange: its header, its body, and the bytes that
 * libcurl did not read. All functions: poller's thread.
 */
#ifndef BOXD_HTTP_ANSWER_READER_H
#define BOXD_HTTP_ANSWER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why this library ended the transfer. The first failure counts: the later ones follow from it. */
typedef enum answer_failure {
    ANSWER_NO_FAILURE,
    /* The body is larger than max_body_size. */
    ANSWER_TOO_LARGE,
    /* The header is refused, see `fault`. */
    ANSWER_MALFORMED,
    ANSWER_NO_MEMORY,
    /* libcurl was about to send the request a second time. */
    ANSWER_RESEND_REFUSED
} answer_failure;

/* `length` is -1 and the rest is zeroed at first, except max_body_size. */
typedef struct answer_reader {
    answer_failure failure;
    /* With ANSWER_MALFORMED, for messages. */
    const char *fault;
    char *body;
    size_t body_size, body_capacity, max_body_size;
    /* The size of the header, including interim answers and trailers. */
    size_t header_size;
    /* The size of the body that the header announces; -1: none yet. */
    int64_t length;
    /* Of the last line that begins an answer. */
    int status;
    /* The first line of an answer that is not an interim one has arrived; and the end of its header. */
    bool final, header_whole;
    /* What had arrived on a connection without TLS and was not read by libcurl, which stops reading when it
     * cannot send; or NULL. */
    char *leftover;
    size_t leftover_size;
} answer_reader;

/* Notes the failure, unless there is one. */
void answer_reader_fail(answer_reader *r, answer_failure failure);

/* The same for ANSWER_MALFORMED. `fault` is not copied. */
void answer_reader_refuse(answer_reader *r, const char *fault);

/* A line of the header or the trailers: libcurl limits the size of a line, but not of all lines. False: see
 * `failure`. */
bool answer_reader_add_line(answer_reader *r, const char *line, size_t size);

/* False: see `failure`. */
bool answer_reader_add_body(answer_reader *r, const char *bytes, size_t size);

/* Ends the body with NUL. False: out of memory. */
bool answer_reader_end_body(answer_reader *r);

/* Keeps what can be received on the socket, the first time. */
void answer_reader_keep_leftover(answer_reader *r, int fd);

/* Reads the answer that is left over. False: it is not whole, has no length, or has a coding, which only
 * libcurl can decode. */
bool answer_reader_read_leftover(answer_reader *r);

/* Zeroes and frees. */
void answer_reader_clear(answer_reader *r);

#endif
