/*
 * reflection.c: grpc.reflection.v1 and v1alpha, which are the same on the wire. Requests and replies have so
 * few fields that this file reads and writes them without generated code. Core thread only.
 */
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <stdlib.h>
#include <string.h>

#include "api_descriptor.h"
#include "rpc/methods.h"
#include "rpc/wire_reader.h"

/* ---- protobuf wire format ---- */

typedef struct {
    uint8_t *data;
    size_t size, capacity;
} writer;

static void write_bytes(writer *w, const void *data, size_t size)
{
    if (w->size + size > w->capacity) {
        w->capacity = (w->size + size) * 2;
        w->data = xrealloc(w->data, w->capacity);
    }
    if (size > 0)
        memcpy(w->data + w->size, data, size);
    w->size += size;
}

static void write_varint(writer *w, uint64_t value)
{
    for (;;) {
        uint8_t byte = value & 0x7f;
        value >>= 7;
        if (value != 0)
            byte |= 0x80;
        write_bytes(w, &byte, 1);
        if (value == 0)
            return;
    }
}

static void write_field(writer *w, unsigned number, const void *data, size_t size)
{
    write_varint(w, number << 3 | 2);
    write_varint(w, size);
    write_bytes(w, data, size);
}

/* ---- the descriptors ---- */

static const char v1[] = "grpc.reflection.v1.ServerReflection";
static const char v1alpha[] = "grpc.reflection.v1alpha.ServerReflection";
static const char api[] = "boxd.api.v1.BoxdApi", package[] = "boxd.api.v1.";

/* Finds the only FileDescriptorProto in the set. */
static bool api_file(wire_field *file)
{
    wire_reader set = {boxd_api_descriptor_set, boxd_api_descriptor_set + boxd_api_descriptor_set_size};
    while (wire_read_field(&set, file)) {
        if (file->number == 1 && file->data != NULL)
            return true;
    }
    return false;
}

/* True if the message has a field `number` whose field 1 (its name) is `name`. */
static bool has_named(const wire_field *message, unsigned number, const char *name, size_t length,
                      wire_field *found)
{
    wire_reader r = {message->data, message->data + message->size};
    wire_field f, inner;
    while (wire_read_field(&r, &f)) {
        if (f.number != number || f.data == NULL)
            continue;
        wire_reader in = {f.data, f.data + f.size};
        while (wire_read_field(&in, &inner)) {
            if (inner.number == 1 && inner.data != NULL && inner.size == length &&
                memcmp(inner.data, name, length) == 0) {
                *found = f;
                return true;
            }
        }
    }
    return false;
}

enum { FILE_MESSAGES = 4, FILE_SERVICES = 6, MESSAGE_FIELDS = 2, MESSAGE_NESTED = 3, SERVICE_METHODS = 2 };

static bool has_symbol(const wire_field *file, const char *symbol, size_t length)
{
    size_t prefix = sizeof package - 1;
    if (length <= prefix || memcmp(symbol, package, prefix) != 0)
        return false;
    symbol += prefix;
    length -= prefix;
    const char *dot = memchr(symbol, '.', length);
    size_t first = dot ? (size_t)(dot - symbol) : length;
    wire_field outer, inner;
    bool message = has_named(file, FILE_MESSAGES, symbol, first, &outer);
    if (!message && !has_named(file, FILE_SERVICES, symbol, first, &outer))
        return false;
    if (dot == NULL)
        return true;
    const char *rest = dot + 1;
    size_t left = length - first - 1;
    if (!message)
        return has_named(&outer, SERVICE_METHODS, rest, left, &inner);
    return has_named(&outer, MESSAGE_FIELDS, rest, left, &inner) ||
           has_named(&outer, MESSAGE_NESTED, rest, left, &inner);
}

/* ---- replies ---- */

enum { REQUEST_FILE_BY_NAME = 3, REQUEST_FILE_OF_SYMBOL = 4, REQUEST_LIST = 7 };
enum { REPLY_ORIGINAL = 2, REPLY_FILE = 4, REPLY_LIST = 6, REPLY_ERROR = 7 };

static void write_list(writer *out)
{
    static const char *const names[] = {api, v1, v1alpha};
    writer list = {0};
    for (size_t i = 0; i < count_of(names); i++) {
        writer service = {0};
        write_field(&service, 1, names[i], strlen(names[i]));
        write_field(&list, 1, service.data, service.size);
        free(service.data);
    }
    write_field(out, REPLY_LIST, list.data, list.size);
    free(list.data);
}

static void write_file(writer *out, const wire_field *file)
{
    writer response = {0};
    write_field(&response, 1, file->data, file->size);
    write_field(out, REPLY_FILE, response.data, response.size);
    free(response.data);
}

static void write_error(writer *out, int code, const char *text)
{
    writer error = {0};
    write_varint(&error, 1 << 3);
    write_varint(&error, (uint64_t)code);
    write_field(&error, 2, text, strlen(text));
    write_field(out, REPLY_ERROR, error.data, error.size);
    free(error.data);
}

static bool is_file_name(const wire_field *file, const wire_field *wanted)
{
    wire_reader r = {file->data, file->data + file->size};
    wire_field name = {0};
    while (name.number != 1 && wire_read_field(&r, &name)) {
    }
    return wanted->size == name.size && memcmp(wanted->data, name.data, name.size) == 0;
}

/* True if the request names the file, or a symbol in it. */
static bool wants_file(const wire_field *file, const wire_field *wanted)
{
    if (wanted->number == REQUEST_FILE_BY_NAME)
        return is_file_name(file, wanted);
    return wanted->number == REQUEST_FILE_OF_SYMBOL &&
           has_symbol(file, (const char *)wanted->data, wanted->size);
}

static void write_reply(writer *out, const uint8_t *request, size_t size)
{
    wire_reader r = {request, request + size};
    wire_field wanted = {0}, f, file = {0};
    while (wire_read_field(&r, &f)) {
        if (f.number >= REQUEST_FILE_BY_NAME && f.data != NULL)
            wanted = f;
    }
    write_field(out, REPLY_ORIGINAL, request, size);
    if (wanted.number == REQUEST_LIST)
        write_list(out);
    else if (api_file(&file) && wants_file(&file, &wanted))
        write_file(out, &file);
    else if (wanted.number == REQUEST_FILE_BY_NAME || wanted.number == REQUEST_FILE_OF_SYMBOL)
        write_error(out, GRPC_STATUS_NOT_FOUND, "unknown file or symbol");
    else
        write_error(out, GRPC_STATUS_UNIMPLEMENTED, "only list, file and symbol requests are supported");
}

/* ---- the stream: one reply per request ---- */

static void got_request(call *c, grpc_byte_buffer *packed);

static void reply_sent(call *c, bool ok)
{
    if (ok)
        call_receive(c, got_request);
    else
        call_finish(c, GRPC_STATUS_CANCELLED, "cancelled", NULL);
}

static void got_request(call *c, grpc_byte_buffer *packed)
{
    if (packed == NULL) {
        call_finish(c, 0, NULL, NULL);
        return;
    }
    grpc_byte_buffer_reader buffer_reader;
    writer out = {0};
    if (grpc_byte_buffer_reader_init(&buffer_reader, packed)) {
        grpc_slice all = grpc_byte_buffer_reader_readall(&buffer_reader);
        write_reply(&out, GRPC_SLICE_START_PTR(all), GRPC_SLICE_LENGTH(all));
        grpc_slice_unref(all);
        grpc_byte_buffer_reader_destroy(&buffer_reader);
    }
    grpc_byte_buffer_destroy(packed);
    grpc_slice slice = grpc_slice_from_copied_buffer((const char *)out.data, out.size);
    free(out.data);
    grpc_byte_buffer *reply = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    call_send_buffer(c, reply, reply_sent);
}

static void reflect(call *c)
{
    call_receive(c, got_request);
}

const rpc_handler reflection_rpcs[] = {
    {.rpc = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", .stream = reflect},
    {.rpc = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", .stream = reflect},
    {NULL, NULL, NULL},
};
