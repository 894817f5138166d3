/*
 * synthetic.c: replies of --synthetic-exec, without a process. Core thread only.
 */
#include "exec/synthetic.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "rpc/generation.h"

enum { CHUNK_BYTES = 64 * 1024 };

bool synthetic_enabled;

typedef enum { EXIT, ECHO, CAT, COUNT, SLEEP, ZEROS } command_kind;

typedef struct {
    call *c;
    command_kind kind;
    int exit_code;
    /* ZEROS: bytes to send to each output; SLEEP: milliseconds. */
    uint64_t left;
    /* COUNT: bytes of input. */
    uint64_t received;
    /* ZEROS: to stderr too, in turns. */
    bool both;
    /* The output of the next chunk. */
    bool is_stderr;
    /* COUNT: does not print the count. */
    bool silent;
    /* ECHO; in the call's arena. */
    const char *text;
    loop_timer timer;
} synthetic;

static void free_synthetic(synthetic *s)
{
    loop_timer_stop(&s->timer);
    s->c->stream = NULL;
    s->c->closed = NULL;
    call_unref(s->c);
    free(s);
}

static void finish(synthetic *s)
{
    BoxdPb__ExecChunk last = BOXD_PB__EXEC_CHUNK__INIT;
    last.exit_code = s->exit_code;
    call_finish(s->c, 0, NULL, &last.base);
    free_synthetic(s);
}

static void closed(call *c, bool cancelled)
{
    (void)cancelled;
    if (c->stream == NULL)
        return;
    call_finish(c, GRPC_STATUS_CANCELLED, "cancelled", NULL);
    free_synthetic(c->stream);
}

static void sent(call *c, bool ok);

static void send_data(synthetic *s, ProtobufCBinaryData data)
{
    BoxdPb__ExecChunk chunk = BOXD_PB__EXEC_CHUNK__INIT;
    chunk.data = data;
    chunk.is_stderr = s->is_stderr;
    generation_trim(&chunk.base);
    call_send(s->c, &chunk.base, sent);
}

static void send_zeros(synthetic *s)
{
    static uint8_t zeros[CHUNK_BYTES];
    size_t size = s->left < CHUNK_BYTES ? (size_t)s->left : CHUNK_BYTES;
    if (!s->both || s->is_stderr)
        s->left -= size;
    send_data(s, (ProtobufCBinaryData){size, zeros});
    s->is_stderr = s->both && !s->is_stderr;
}

/* At the end of the input. */
static void send_count(synthetic *s)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%" PRIu64 "\n", s->received);
    s->kind = EXIT;
    send_data(s, (ProtobufCBinaryData){(size_t)length, (uint8_t *)text});
}

static void got_input(call *c, grpc_byte_buffer *packed)
{
    synthetic *s = c->stream;
    if (packed == NULL) {
        if (s != NULL && s->kind == COUNT && !s->silent)
            send_count(s);
        else if (s != NULL)
            finish(s);
        return;
    }
    if (s == NULL) {
        grpc_byte_buffer_destroy(packed);
        return;
    }
    ProtobufCMessage *message;
    int refused = call_unpack(c, &boxd_pb__exec_chunk__descriptor, packed, NULL, &message);
    if (refused != 0) {
        call_finish(c, refused, c->error, NULL);
        free_synthetic(s);
        return;
    }
    const BoxdPb__ExecChunk *chunk = (const BoxdPb__ExecChunk *)message;
    s->received += chunk->stdin ? chunk->data.len : 0;
    if (s->kind == CAT && chunk->stdin && chunk->data.len > 0)
        send_data(s, chunk->data);
    else
        call_receive(c, got_input);
    protobuf_c_message_free_unpacked(message, NULL);
}

static void sent(call *c, bool ok)
{
    synthetic *s = c->stream;
    if (s == NULL || !ok) /* closed() runs, or has run */
        return;
    if (s->kind == CAT)
        call_receive(c, got_input);
    else if (s->left > 0)
        send_zeros(s);
    else
        finish(s);
}

static void slept(loop_timer *timer)
{
    finish(container_of(timer, synthetic, timer));
}

static void begin(synthetic *s)
{
    call_send_headers(s->c);
    switch (s->kind) {
    case ECHO:
        send_data(s, (ProtobufCBinaryData){strlen(s->text), (uint8_t *)arena_strdup(&s->c->memory, s->text)});
        break;
    case CAT:
    case COUNT:
        call_receive(s->c, got_input);
        break;
    case SLEEP:
        loop_timer_start(&s->timer, (int64_t)s->left, slept);
        break;
    case ZEROS:
        if (s->left > 0) {
            send_zeros(s);
            break;
        }
        finish(s);
        break;
    case EXIT:
        finish(s);
        break;
    }
}

/* A number, followed by `rest` up to the end of the line. */
static bool whole_number(const char *text, const char *rest, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return end != text && strcmp(end, rest) == 0 && errno == 0 && *out >= 0 && *out < 1e12;
}

static bool parse_zeros(const char *line, synthetic *s)
{
    double number;
    if (strncmp(line, "head -c ", 8) != 0)
        return false;
    s->both = whole_number(line + 8, " /dev/zero | tee /dev/stderr", &number);
    if (!s->both && !whole_number(line + 8, " /dev/zero", &number))
        return false;
    s->kind = ZEROS;
    s->left = (uint64_t)number;
    return true;
}

static bool parse(const char *line, arena *memory, synthetic *s)
{
    double number;
    if (strcmp(line, "true") == 0 || strcmp(line, "cat") == 0) {
        s->kind = line[0] == 'c' ? CAT : EXIT;
    } else if (strncmp(line, "exit ", 5) == 0 && whole_number(line + 5, "", &number)) {
        s->exit_code = (int)number & 255;
    } else if (strncmp(line, "sleep ", 6) == 0 && whole_number(line + 6, "", &number)) {
        s->kind = SLEEP;
        s->left = (uint64_t)(number * 1000);
    } else if (strcmp(line, "wc -c") == 0 || strcmp(line, "cat >/dev/null") == 0) {
        s->kind = COUNT;
        s->silent = line[0] == 'c';
    } else if (strncmp(line, "echo ", 5) == 0 && strpbrk(line, "\\'\"$`|&;<>()*?[]{}~#\n-") == NULL) {
        s->kind = ECHO;
        s->text = arena_printf(memory, "%s\n", line + 5);
    } else {
        return parse_zeros(line, s);
    }
    return true;
}

bool synthetic_start(call *c, const machine *m, const BoxdPb__ExecChunk *first)
{
    synthetic parsed = {.c = c, .kind = EXIT};
    if (!synthetic_enabled || first->tty || c->fault.active || m->status != MACHINE_RUNNING ||
        !parse(first->command, &c->memory, &parsed))
        return false;
    synthetic *s = xmalloc(sizeof *s);
    *s = parsed;
    c->record.command = mask_values(first->command);
    if (!call_watch(c, s, closed)) {
        free(s);
        return true;
    }
    call_ref(c);
    begin(s);
    return true;
}
