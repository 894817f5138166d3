/*
 * wire.c: packs and unpacks protobuf messages. Called by RPCs and services on any thread. Pure.
 */
#include "grpc/wire.h"

#include "errors.h"
#include "mem.h"
#include "utf8.h"

#include <grpc/byte_buffer_reader.h>
#include <stdio.h>
#include <string.h>

/* What any message may take beside its packed bytes: its struct, and fields that only newer servers send. */
#define OWN_BYTES ((size_t)4096)

/* Allocated memory is counted once more for each time that protobuf-c copies it: it merges messages of a
 * field that is sent repeatedly. This limits the time. */
#define MAX_COPIES 8

/* Each field and each allocation is a step, and takes a part of the memory of this size, also if it needs
 * none. This limits the time as well: the 4.2 million steps of 64 MiB took at most 150 ms of CPU time, with
 * the time to free the message (docs/performance.md). */
#define STEP_BYTES 16

/* Messages in messages: more than the contract has. */
#define MAX_DEPTH 32

/* The memory that one message may take while it is unpacked. */
typedef struct allowance {
    /* Bytes that may still be allocated: at a time, and in all. */
    size_t left, total_left;
    /* Fields that may still be read and allocations that may still be made, together. */
    size_t steps_left;
    /* Why an allocation failed. */
    bool no_memory, too_large;
} allowance;

static void take_from(size_t *left, size_t size)
{
    *left = size < *left ? *left - size : 0;
}

/* Protobuf-c's allocations go through ours. The limit is checked before the allocation. */
static void *allocate(void *data, size_t size)
{
    allowance *own = data;
    if (size > own->left || size > own->total_left || own->steps_left == 0) {
        own->too_large = true;
        return NULL;
    }
    own->steps_left--;
    void *p = mem_alloc(size);
    own->no_memory |= !p;
    const size_t taken = mem_size(p, size);
    take_from(&own->left, taken);
    take_from(&own->total_left, taken);
    return p;
}

static void release(void *data, void *p)
{
    allowance *own = data;
    if (own)
        own->left += mem_size(p, 0);
    mem_free(p);
}

grpc_slice wire_slice(void *bytes, size_t size)
{
    return grpc_slice_new(bytes, size, mem_free);
}

/* Packs into memory of its own. NULL: no memory. */
static uint8_t *pack(const ProtobufCMessage *message, size_t *size)
{
    *size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = mem_alloc(*size);
    if (bytes)
        protobuf_c_message_pack(message, bytes);
    return bytes;
}

bool wire_pack(const ProtobufCMessage *message, grpc_slice *out)
{
    size_t size;
    uint8_t *bytes = pack(message, &size);
    if (bytes)
        *out = wire_slice(bytes, size);
    return bytes != NULL;
}

static void free_secret(void *bytes, size_t size)
{
    mem_zero(bytes, size);
    mem_free(bytes);
}

bool wire_pack_secret(const ProtobufCMessage *message, grpc_slice *out)
{
    size_t size;
    uint8_t *bytes = pack(message, &size);
    if (bytes)
        *out = grpc_slice_new_with_len(bytes, size, free_secret);
    return bytes != NULL;
}

/* ---- a request, before it is packed ---- */

/* A value in a message, and the value that the message is. */
typedef struct value_path {
    const struct value_path *outer;
    const ProtobufCFieldDescriptor *field;
    size_t index;
} value_path;

/* Writes the path, such as "config.env[1].value", as far as it fits. Returns its length. */
static size_t print_path(const value_path *p, char *to, size_t size) /* NOLINT(misc-no-recursion) */
{
    char index[32] = "";
    size_t used = p->outer ? print_path(p->outer, to, size) : 0;
    if (p->field->label == PROTOBUF_C_LABEL_REPEATED)
        (void)snprintf(index, sizeof index, "[%zu]", p->index);
    const int length = snprintf(to + used, size - used, "%s%s%s", used > 0 ? "." : "", p->field->name, index);
    used += length > 0 ? (size_t)length : 0;
    return used < size ? used : size - 1;
}

static size_t count_values(const char *message, const ProtobufCFieldDescriptor *field)
{
    size_t count = 1;
    uint32_t selected = field->id;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        memcpy(&count, message + field->quantifier_offset, sizeof count);
    else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        memcpy(&selected, message + field->quantifier_offset, sizeof selected);
    return selected == field->id ? count : 0;
}

/* The string or message at `index`; may be NULL. */
static const void *value_at(const char *message, const ProtobufCFieldDescriptor *field, size_t index)
{
    const void *values = message + field->offset, *value;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        memcpy(&values, values, sizeof values);
    memcpy(&value, (const char *)values + index * sizeof value, sizeof value);
    return value;
}

static boxd_status check_texts(const ProtobufCMessage *message, const value_path *outer, boxd_error *error);

static boxd_status check_value(const void *value, const value_path *p, /* NOLINT(misc-no-recursion) */
                               boxd_error *error)
{
    char shown[128];
    if (!value)
        return BOXD_OK;
    if (p->field->type == PROTOBUF_C_TYPE_MESSAGE)
        return check_texts(value, p, error);
    if (utf8_is_valid(value, strlen(value)))
        return BOXD_OK;
    print_path(p, shown, sizeof shown);
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is not UTF-8 and cannot be sent", shown);
}

/* The message names the field only: its value may be a secret. */
static boxd_status check_texts(const ProtobufCMessage *message, /* NOLINT(misc-no-recursion) */
                               const value_path *outer, boxd_error *error)
{
    const char *bytes = (const char *)message;
    boxd_status status = BOXD_OK;
    for (unsigned f = 0; f < message->descriptor->n_fields; f++) {
        value_path p = {outer, &message->descriptor->fields[f], 0};
        if (p.field->type != PROTOBUF_C_TYPE_STRING && p.field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        for (const size_t count = count_values(bytes, p.field); p.index < count && status == BOXD_OK;
             p.index++)
            status = check_value(value_at(bytes, p.field, p.index), &p, error);
    }
    return status;
}

boxd_status wire_pack_request(const ProtobufCMessage *message, grpc_slice *out, boxd_error *error)
{
    boxd_status status = check_texts(message, NULL, error);
    if (status == BOXD_OK && !wire_pack_secret(message, out))
        status = error_no_memory(error, "starting a call");
    return status;
}

/* ---- fields by hand: messages are fields one after the other, in any order ---- */

static uint8_t *put_varint(uint8_t *to, uint64_t value)
{
    for (; value > 0x7F; value >>= 7)
        *to++ = (uint8_t)(value | 0x80);
    *to++ = (uint8_t)value;
    return to;
}

bool wire_extend(grpc_slice body, const wire_field *fields, size_t count, grpc_slice *out)
{
    enum { STRING_TYPE = 2, MAX_VARINTS = 20 }; /* of the tag and the length */
    size_t size = GRPC_SLICE_LENGTH(body);
    if (count == 0) {
        *out = grpc_slice_ref(body);
        return true;
    }
    for (size_t i = 0; i < count; i++)
        size += fields[i].value ? strlen(fields[i].value) + MAX_VARINTS : 0;
    uint8_t *bytes = mem_alloc(size), *end = bytes;
    if (!bytes)
        return false;
    memcpy(end, GRPC_SLICE_START_PTR(body), GRPC_SLICE_LENGTH(body));
    end += GRPC_SLICE_LENGTH(body);
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].value)
            continue;
        size_t length = strlen(fields[i].value);
        end = put_varint(put_varint(end, (uint64_t)fields[i].number << 3 | STRING_TYPE), length);
        memcpy(end, fields[i].value, length);
        end += length;
    }
    *out = wire_slice(bytes, (size_t)(end - bytes));
    return true;
}

static void wipe(grpc_slice *slice)
{
    mem_zero(GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
}

/* A reader would decompress the bytes. */
static bool is_compressed(const grpc_byte_buffer *bytes)
{
    return bytes->data.raw.compression != GRPC_COMPRESS_NONE;
}

static void wipe_buffer(grpc_byte_buffer *bytes)
{
    grpc_byte_buffer_reader reader;
    grpc_slice *slice;
    if (!bytes || is_compressed(bytes) || !grpc_byte_buffer_reader_init(&reader, bytes))
        return;
    while (grpc_byte_buffer_reader_peek(&reader, &slice))
        wipe(slice);
    grpc_byte_buffer_reader_destroy(&reader);
}

/* ---- a message, before it is read ---- */

static bool read_varint(uint8_t **at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
        const uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7FU) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Reads the size of a value of this wire type; of a varint, which it skips, 0. */
static bool read_size(unsigned wire_type, uint8_t **at, const uint8_t *end, uint64_t *size)
{
    enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
    if (wire_type == VARINT || wire_type == BYTES) {
        if (!read_varint(at, end, size))
            return false;
        if (wire_type == VARINT)
            *size = 0;
    } else if (wire_type == FIXED64 || wire_type == FIXED32) {
        *size = wire_type == FIXED64 ? 8 : 4;
    } else {
        return false;
    }
    return *size <= (uint64_t)(end - *at);
}

/* Protobuf-c would end a text at its first NUL. In its place stands a byte that is not UTF-8, for which
 * records have U+FFFD (record.h). */
static void replace_nul(uint8_t *text, const uint8_t *end)
{
    if (memchr(text, 0, (size_t)(end - text)))
        for (; text < end; text++)
            if (*text == 0)
                *text = 0xFF;
}

/* Looks at all fields of a message and of its messages, before protobuf-c reads them: replaces NUL in texts,
 * and counts. False: there are more fields than `left`, or they are nested too deeply. The rest of a message
 * that is malformed stays as it is. */
static bool check_fields(const ProtobufCMessageDescriptor *type, uint8_t *at, /* NOLINT(misc-no-recursion) */
                         const uint8_t *end, unsigned depth, size_t *left)
{
    uint64_t tag, size;
    while (read_varint(&at, end, &tag) && read_size((unsigned)(tag & 7U), &at, end, &size)) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
        uint8_t *value = at;
        at += size;
        if (*left == 0)
            return false;
        --*left;
        if (field && field->type == PROTOBUF_C_TYPE_STRING)
            replace_nul(value, at);
        else if (field && field->type == PROTOBUF_C_TYPE_MESSAGE &&
                 (depth == 0 || !check_fields(field->descriptor, value, at, depth - 1, left)))
            return false;
    }
    return true;
}

boxd_status wire_malformed(const char *type, boxd_error *error)
{
    return error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                          "the answer is not of type %s; check that this is a boxd server", type);
}

bool wire_is_plain(const grpc_byte_buffer *bytes, boxd_error *error)
{
    if (!is_compressed(bytes))
        return true;
    error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                   "the answer is compressed, although this library accepts no compression; check the "
                   "proxies between this program and the server");
    return false;
}

static ProtobufCMessage *read_message(const ProtobufCMessageDescriptor *descriptor, grpc_slice packed,
                                      size_t max_bytes, boxd_error *error)
{
    const size_t size = GRPC_SLICE_LENGTH(packed), most = size + OWN_BYTES;
    allowance own = {.left = max_bytes > most ? max_bytes : most};
    own.total_left = own.left < SIZE_MAX / MAX_COPIES ? own.left * MAX_COPIES : SIZE_MAX;
    ProtobufCAllocator allocator = {allocate, release, &own};
    own.steps_left = own.left / STEP_BYTES;
    uint8_t *bytes = GRPC_SLICE_START_PTR(packed);
    ProtobufCMessage *message = NULL;
    if (check_fields(descriptor, bytes, bytes + size, MAX_DEPTH, &own.steps_left))
        message = protobuf_c_message_unpack(descriptor, &allocator, size, bytes);
    else
        own.too_large = own.steps_left == 0; /* else they are nested too deeply */
    if (message)
        return message;
    if (own.no_memory)
        error_set_sent(error, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES,
                       "out of memory: reading the answer of a call that succeeded");
    else if (own.too_large && max_bytes > 0)
        error_set_sent(error, BOXD_ERR_TOO_LARGE, BOXD_SENT_YES,
                       "an answer of %zu bytes (%s) needs more than the %zu bytes of memory that "
                       "max_response_bytes allows; raise max_response_bytes, or ask for less",
                       size, descriptor->short_name, max_bytes);
    else
        wire_malformed(descriptor->short_name, error);
    return NULL;
}

/* All bytes in one slice: without a copy, if they are in one. False: not readable. */
static bool join(grpc_byte_buffer *bytes, grpc_slice *out)
{
    grpc_byte_buffer_reader reader;
    const grpc_slice_buffer *slices = &bytes->data.raw.slice_buffer;
    if (slices->count == 1) {
        *out = grpc_slice_ref(slices->slices[0]);
        return true;
    }
    if (!grpc_byte_buffer_reader_init(&reader, bytes))
        return false;
    *out = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    return true;
}

static ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                                size_t max_bytes, bool secret, boxd_error *error)
{
    grpc_slice packed;
    if (bytes && !wire_is_plain(bytes, error))
        return NULL;
    if (!bytes || !join(bytes, &packed)) {
        wire_malformed(descriptor->short_name, error);
        return NULL;
    }
    ProtobufCMessage *message = read_message(descriptor, packed, max_bytes, error);
    if (secret)
        wipe(&packed);
    grpc_slice_unref(packed);
    return message;
}

ProtobufCMessage *wire_unpack(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                              size_t max_bytes, boxd_error *error)
{
    return unpack(descriptor, bytes, max_bytes, false, error);
}

ProtobufCMessage *wire_unpack_secret(const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *bytes,
                                     size_t max_bytes, boxd_error *error)
{
    ProtobufCMessage *message = unpack(descriptor, bytes, max_bytes, true, error);
    wipe_buffer(bytes);
    return message;
}

void wire_free(ProtobufCMessage *message)
{
    ProtobufCAllocator allocator = {allocate, release, NULL};
    if (message)
        protobuf_c_message_free_unpacked(message, &allocator);
}

void wire_free_secret(ProtobufCMessage *message)
{
    for (unsigned i = 0; message && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char *text;
        if (field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED)
            continue;
        memcpy(&text, (char *)message + field->offset, sizeof text);
        if (text && text != (const char *)field->default_value && *text)
            mem_zero(text, strlen(text));
    }
    wire_free(message);
}
