/*
 * answer_reader.c: reads the header of an answer, and keeps its body and the bytes that libcurl did not read.
 * Called by exchange.c and exchange_answer.c, on the poller's thread.
 */
#include "http/answer_reader.h"

#include "mem.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { MAX_HEADER_SIZE = 100 * 1024, FIRST_FINAL_STATUS = 200, LAST_STATUS = 999 };

void answer_reader_fail(answer_reader *r, answer_failure failure)
{
    if (r->failure == ANSWER_NO_FAILURE)
        r->failure = failure;
}

void answer_reader_refuse(answer_reader *r, const char *fault)
{
    if (r->failure == ANSWER_NO_FAILURE)
        r->fault = fault;
    answer_reader_fail(r, ANSWER_MALFORMED);
}

/* ---- the body ---- */

/* Does not use realloc, which would leave a copy of a secret behind. */
static bool grow_body(answer_reader *r, size_t needed)
{
    if (needed <= r->body_capacity)
        return true;
    size_t capacity = needed > r->body_capacity * 2 ? needed : r->body_capacity * 2;
    char *body = mem_alloc(capacity);
    if (!body)
        return false;
    if (r->body) {
        memcpy(body, r->body, r->body_size);
        mem_zero(r->body, r->body_capacity);
        mem_free(r->body);
    }
    r->body = body;
    r->body_capacity = capacity;
    return true;
}

bool answer_reader_add_body(answer_reader *r, const char *bytes, size_t size)
{
    if (size > r->max_body_size - r->body_size)
        answer_reader_fail(r, ANSWER_TOO_LARGE);
    else if (!grow_body(r, r->body_size + size + 1))
        answer_reader_fail(r, ANSWER_NO_MEMORY);
    if (r->failure != ANSWER_NO_FAILURE)
        return false;
    memcpy(r->body + r->body_size, bytes, size);
    r->body_size += size;
    return true;
}

bool answer_reader_end_body(answer_reader *r)
{
    if (!grow_body(r, r->body_size + 1))
        return false;
    r->body[r->body_size] = '\0';
    return true;
}

/* ---- the header ---- */

/* The body's size that a header announces; -1: not a number, or too large. */
static int64_t read_length(const char *value, const char *end)
{
    int64_t length = 0;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    const char *digit = value;
    for (; digit < end && *digit >= '0' && *digit <= '9' && length <= INT64_MAX / 10 - 1; digit++)
        length = length * 10 + (*digit - '0');
    return digit > value && digit < end && strchr(" \t\r\n", *digit) ? length : -1;
}

/* libcurl uses the last of several lengths, and ignores a length that is too large. The bytes that it would
 * then read may not be the answer. */
static void read_length_line(answer_reader *r, const char *line, size_t size)
{
    static const char name[] = "Content-Length:";
    if (size < sizeof name - 1 || strncasecmp(line, name, sizeof name - 1) != 0)
        return;
    const int64_t length = read_length(line + sizeof name - 1, line + size);
    if (length < 0)
        answer_reader_refuse(r, "the answer's Content-Length is not a number");
    else if (r->length >= 0 && r->length != length)
        answer_reader_refuse(r, "the answer has two different Content-Lengths");
    else
        r->length = length;
}

/* The status of an answer's first line, "HTTP/1.1 201 Created". */
static int read_status(const char *line, const char *end)
{
    const char *blank = memchr(line, ' ', (size_t)(end - line));
    int status = 0;
    for (const char *c = blank ? blank + 1 : end; c < end && *c >= '0' && *c <= '9' && status < 1000; c++)
        status = status * 10 + (*c - '0');
    return status;
}

static void begin_header(answer_reader *r, const char *line, size_t size)
{
    r->header_whole = false;
    r->length = -1;
    r->status = read_status(line, line + size);
    r->final = r->status >= FIRST_FINAL_STATUS;
    if (r->status > LAST_STATUS) /* newer libcurl accepts it */
        answer_reader_refuse(r, "the answer's status has more than three digits");
}

bool answer_reader_add_line(answer_reader *r, const char *line, size_t size)
{
    r->header_size += size;
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) /* an answer, maybe an interim one, begins */
        begin_header(r, line, size);
    else if (*line == '\r' || *line == '\n')
        r->header_whole = true;
    else if (!r->header_whole)
        read_length_line(r, line, size);
    if (r->header_size > MAX_HEADER_SIZE)
        answer_reader_refuse(r, "the answer's header is larger than 102400 bytes");
    if (r->header_whole && r->final && r->length > 0 && (uint64_t)r->length > r->max_body_size)
        answer_reader_fail(r, ANSWER_TOO_LARGE);
    return r->failure == ANSWER_NO_FAILURE;
}

/* ---- what libcurl did not read ---- */

void answer_reader_keep_leftover(answer_reader *r, int fd)
{
    enum { LEFTOVER_MAX = 64 * 1024 };
    if (r->leftover)
        return;
    r->leftover = mem_alloc(LEFTOVER_MAX);
    ssize_t n = 1;
    while (r->leftover && n > 0 && r->leftover_size < LEFTOVER_MAX) {
        n = recv(fd, r->leftover + r->leftover_size, LEFTOVER_MAX - r->leftover_size, MSG_DONTWAIT);
        r->leftover_size += n > 0 ? (size_t)n : 0;
    }
}

/* Whether a line of the header announces a body that only libcurl can decode. */
static bool is_coding(const char *line, size_t size)
{
    static const char *const names[] = {"Transfer-Encoding:", "Content-Encoding:"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (size >= strlen(names[i]) && strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

bool answer_reader_read_leftover(answer_reader *r)
{
    char *line = r->leftover, *const end = line ? line + r->leftover_size : NULL;
    while (line && !(r->final && r->header_whole)) {
        char *next = memchr(line, '\n', (size_t)(end - line));
        const size_t size = next ? (size_t)(next + 1 - line) : 0;
        if (size == 0 || is_coding(line, size) || !answer_reader_add_line(r, line, size))
            return false;
        line = next + 1;
    }
    return line && r->length >= 0 && end - line >= r->length &&
           answer_reader_add_body(r, line, (size_t)r->length);
}

void answer_reader_clear(answer_reader *r)
{
    if (r->body)
        mem_zero(r->body, r->body_capacity);
    mem_free(r->body);
    if (r->leftover)
        mem_zero(r->leftover, r->leftover_size);
    mem_free(r->leftover);
}
