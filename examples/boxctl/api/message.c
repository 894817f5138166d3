/* Converts between JSON and protobuf-c messages by their descriptors. Used by api.c, on any thread. */
#include "api/message.h"

#include "api/base64.h"
#include "cli/boxctl.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- descriptors ---- */

void message_json_name(char *to, size_t size, const char *name)
{
    size_t n = 0;
    for (bool upper = false; *name && n + 1 < size; name++) {
        if (*name != '_')
            to[n++] = (char)(upper ? toupper((unsigned char)*name) : *name);
        upper = *name == '_';
    }
    to[n] = '\0';
}

/* protobuf-c has no maps. It has their wire format: a repeated nested message, whose name the compiler
 * derives from the field. */
static bool is_map(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
    if (field->label != PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE)
        return false;
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    char camel[128], name[512];
    message_json_name(camel, sizeof camel, field->name);
    camel[0] = (char)toupper((unsigned char)camel[0]);
    snprintf(name, sizeof name, "%s.%sEntry", type->name, camel);
    return strcmp(entry->name, name) == 0 && entry->n_fields == 2;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type, const char *key)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        char name[128];
        message_json_name(name, sizeof name, type->fields[i].name);
        if (strcmp(key, type->fields[i].name) == 0 || strcmp(key, name) == 0)
            return &type->fields[i];
    }
    return NULL;
}

static size_t size_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_FLOAT:
        return 4;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 8;
    }
}

static const char *type_name(const ProtobufCFieldDescriptor *field)
{
    static const char *const NAMES[] = {"int32",  "int32",  "int32",  "int64",  "int64", "int64",
                                        "uint32", "uint32", "uint64", "uint64", "float", "double",
                                        "bool",   "enum",   "string", "bytes"};
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return ((const ProtobufCMessageDescriptor *)field->descriptor)->short_name;
    return NAMES[field->type];
}

void message_field_type(char *to, size_t size, const ProtobufCMessageDescriptor *type,
                        const ProtobufCFieldDescriptor *field)
{
    if (is_map(type, field))
        snprintf(to, size, "map of %s",
                 type_name(&((const ProtobufCMessageDescriptor *)field->descriptor)->fields[1]));
    else
        snprintf(to, size, "%s%s", field->label == PROTOBUF_C_LABEL_REPEATED ? "list of " : "",
                 type_name(field));
}

/* ---- from JSON ---- */

static bool refuse(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(char *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, MESSAGE_WHY_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static bool refuse_type(char *why, const ProtobufCFieldDescriptor *field, const json_t *value,
                        const char *wanted)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    refuse(why, "\"%s\" must be %s, not %.80s", field->name, wanted, text ? text : "this value");
    free(text);
    return false;
}

/* Reads a whole number: 5, 5.0 or "5". False: it is not a whole number. */
static bool read_whole(const json_t *value, bool is_unsigned, int64_t *number)
{
    const char *text = json_string_value(value);
    char *end = NULL;
    if (json_is_integer(value)) {
        *number = json_integer_value(value);
        return !is_unsigned || *number >= 0;
    }
    if (json_is_real(value)) {
        const double real = json_real_value(value);
        *number = fabs(real) < 9e15 ? (int64_t)real : 0;
        return (double)*number == real && (!is_unsigned || *number >= 0);
    }
    if (!text || !(isdigit((unsigned char)*text) || (*text == '-' && !is_unsigned)))
        return false;
    errno = 0;
    *number = is_unsigned ? (int64_t)strtoull(text, &end, 10) : strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool set_int32(const ProtobufCFieldDescriptor *field, int32_t *to, const json_t *value, char *why)
{
    int64_t n = 0;
    if (!read_whole(value, false, &n) || n < INT32_MIN || n > INT32_MAX)
        return refuse_type(why, field, value, "a 32-bit number");
    *to = (int32_t)n;
    return true;
}

static bool set_uint32(const ProtobufCFieldDescriptor *field, uint32_t *to, const json_t *value, char *why)
{
    int64_t n = 0;
    if (!read_whole(value, true, &n) || n < 0 || n > UINT32_MAX)
        return refuse_type(why, field, value, "an unsigned 32-bit number");
    *to = (uint32_t)n;
    return true;
}

static bool set_real(const ProtobufCFieldDescriptor *field, void *to, const json_t *value, char *why)
{
    if (!json_is_number(value))
        return refuse_type(why, field, value, "a number");
    if (field->type == PROTOBUF_C_TYPE_FLOAT)
        *(float *)to = (float)json_number_value(value);
    else
        *(double *)to = json_number_value(value);
    return true;
}

static bool set_number(const ProtobufCFieldDescriptor *field, void *to, const json_t *value, char *why)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return set_int32(field, to, value, why);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return set_uint32(field, to, value, why);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return read_whole(value, true, to) || refuse_type(why, field, value, "an unsigned 64-bit number");
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return set_real(field, to, value, why);
    default:
        return read_whole(value, false, to) || refuse_type(why, field, value, "a 64-bit number");
    }
}

static bool set_enum(const ProtobufCFieldDescriptor *field, void *to, const json_t *value, char *why)
{
    int64_t n = 0;
    const ProtobufCEnumValue *found = NULL;
    if (json_is_string(value))
        found = protobuf_c_enum_descriptor_get_value_by_name(field->descriptor, json_string_value(value));
    if (!found &&
        (!json_is_integer(value) || !read_whole(value, false, &n) || n < INT32_MIN || n > INT32_MAX))
        return refuse_type(why, field, value, "a name of the enum");
    *(int32_t *)to = found ? found->value : (int32_t)n;
    return true;
}

/* Sets one value at `to`, which is zero before. */
static bool set_value(const ProtobufCFieldDescriptor *field, void *to, const json_t *value, char *why)
{
    ProtobufCBinaryData *bytes = to;
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        if (!json_is_boolean(value))
            return refuse_type(why, field, value, "true or false");
        *(protobuf_c_boolean *)to = json_is_true(value);
        return true;
    case PROTOBUF_C_TYPE_STRING:
        if (!json_is_string(value))
            return refuse_type(why, field, value, "a string");
        *(char **)to = strdup(json_string_value(value));
        return *(char **)to || refuse(why, "out of memory");
    case PROTOBUF_C_TYPE_BYTES:
        if (!json_is_string(value) || !base64_decode(json_string_value(value), &bytes->data, &bytes->len))
            return refuse_type(why, field, value, "bytes as base64");
        return true;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (!json_is_object(value))
            return refuse_type(why, field, value, "an object");
        *(ProtobufCMessage **)to = message_from_json(field->descriptor, value, why);
        return *(ProtobufCMessage **)to != NULL;
    case PROTOBUF_C_TYPE_ENUM:
        return set_enum(field, to, value, why);
    default:
        return set_number(field, to, value, why);
    }
}

/* The message for an entry of a map: `{"key": key, "value": value}`. */
static ProtobufCMessage *entry_from_json(const ProtobufCMessageDescriptor *type, const char *key,
                                         json_t *value, char *why)
{
    json_t *entry = json_pack("{s:s, s:O}", "key", key, "value", value);
    ProtobufCMessage *message = entry ? message_from_json(type, entry, why) : NULL;
    json_decref(entry);
    return message;
}

static bool set_map(const ProtobufCFieldDescriptor *field, ProtobufCMessage **items, size_t *count,
                    json_t *object, char *why)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        items[*count] = entry_from_json(field->descriptor, key, value, why);
        if (!items[(*count)++])
            return false;
    }
    return true;
}

static bool set_list(const ProtobufCFieldDescriptor *field, char *items, size_t *count, const json_t *array,
                     char *why)
{
    size_t i;
    json_t *value;
    json_array_foreach(array, i, value)
    {
        *count = i + 1;
        if (!set_value(field, items + i * size_of(field->type), value, why))
            return false;
    }
    return true;
}

static bool set_repeated(const ProtobufCFieldDescriptor *field, ProtobufCMessage *message, json_t *value,
                         char *why)
{
    const bool map = is_map(message->descriptor, field);
    if (map ? !json_is_object(value) : !json_is_array(value))
        return refuse_type(why, field, value, map ? "an object" : "an array");
    size_t *count = (size_t *)(void *)((char *)message + field->quantifier_offset);
    void **items = (void **)(void *)((char *)message + field->offset);
    const size_t wanted = map ? json_object_size(value) : json_array_size(value);
    if (wanted == 0)
        return true;
    *items = calloc(wanted, size_of(field->type));
    if (!*items)
        return refuse(why, "out of memory");
    return map ? set_map(field, *items, count, value, why) : set_list(field, *items, count, value, why);
}

static bool set_field(const ProtobufCFieldDescriptor *field, ProtobufCMessage *message, json_t *value,
                      char *why)
{
    char *to = (char *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return set_repeated(field, message, value, why);
    if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
        return set_value(field, to, value, why);
    uint32_t *set = (uint32_t *)(void *)((char *)message + field->quantifier_offset);
    if (*set != 0)
        return refuse(why, "\"%s\" cannot be combined with another field of the request", field->name);
    memset(to, 0, size_of(field->type)); /* protobuf-c initialises strings with a pointer to "" */
    if (!set_value(field, to, value, why))
        return false;
    *set = field->id;
    return true;
}

static bool refuse_unknown(const ProtobufCMessageDescriptor *type, const char *key, char *why)
{
    char name[128];
    refuse(why, "%s has no field \"%.100s\"; its fields: %s", type->short_name, key,
           type->n_fields ? "" : "none");
    for (unsigned i = 0; i < type->n_fields; i++) {
        const size_t used = strlen(why);
        message_json_name(name, sizeof name, type->fields[i].name);
        snprintf(why + used, MESSAGE_WHY_SIZE - used, "%s%s", i ? ", " : "", name);
    }
    return false;
}

ProtobufCMessage *message_from_json(const ProtobufCMessageDescriptor *type, const json_t *value, char *why)
{
    ProtobufCMessage *message = calloc(1, type->sizeof_message);
    if (!message) {
        refuse(why, "out of memory");
        return NULL;
    }
    protobuf_c_message_init(type, message);
    const char *key;
    json_t *member;
    bool good = true;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        const ProtobufCFieldDescriptor *field = find_field(type, key);
        if (!field)
            good = refuse_unknown(type, key, why);
        else if (!json_is_null(member))
            good = set_field(field, message, member, why);
        if (!good)
            break;
    }
    if (good)
        return message;
    protobuf_c_message_free_unpacked(message, NULL);
    return NULL;
}

/* ---- to JSON ---- */

static json_t *real_json(double number)
{
    if (isfinite(number))
        return json_real(number);
    return json_string(isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
}

static json_t *wide_json(uint64_t number, bool is_signed)
{
    char text[32];
    if (is_signed)
        snprintf(text, sizeof text, "%" PRId64, (int64_t)number);
    else
        snprintf(text, sizeof text, "%" PRIu64, number);
    return json_string(text);
}

static json_t *bytes_json(const ProtobufCBinaryData *bytes)
{
    char *text = base64_encode(bytes->data, bytes->len);
    json_t *value = json_text(text);
    free(text);
    return value;
}

static json_t *value_json(const ProtobufCFieldDescriptor *field, const void *from)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_integer(*(const int32_t *)from);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)from);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)from);
    case PROTOBUF_C_TYPE_STRING:
        return json_text(*(const char *const *)from);
    case PROTOBUF_C_TYPE_BYTES:
        return bytes_json(from);
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_to_json(*(const ProtobufCMessage *const *)from);
    case PROTOBUF_C_TYPE_FLOAT:
        return real_json((double)*(const float *)from);
    case PROTOBUF_C_TYPE_DOUBLE:
        return real_json(*(const double *)from);
    case PROTOBUF_C_TYPE_ENUM: {
        const int32_t number = *(const int32_t *)from;
        const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(field->descriptor, number);
        return value ? json_string(value->name) : json_integer(number); /* a value of a newer server */
    }
    default:
        return wide_json(*(const uint64_t *)from,
                         field->type != PROTOBUF_C_TYPE_UINT64 && field->type != PROTOBUF_C_TYPE_FIXED64);
    }
}

static json_t *map_json(ProtobufCMessage *const *items, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *fields = items[i]->descriptor->fields;
        json_t *key = value_json(&fields[0], (const char *)items[i] + fields[0].offset);
        json_put(object, json_is_string(key) ? json_string_value(key) : "",
                 value_json(&fields[1], (const char *)items[i] + fields[1].offset));
        json_decref(key);
    }
    return object;
}

static json_t *repeated_json(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    const size_t count = *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
    const char *items = *(const char *const *)(const void *)((const char *)message + field->offset);
    if (is_map(message->descriptor, field))
        return map_json((ProtobufCMessage *const *)(const void *)items, count);
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, value_json(field, items + i * size_of(field->type)));
    return array;
}

/* Whether a field that is not repeated is set, or has no presence. */
static bool is_set(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)(const void *)((const char *)message + field->quantifier_offset) ==
               field->id;
    return field->type != PROTOBUF_C_TYPE_MESSAGE ||
           *(const void *const *)(const void *)((const char *)message + field->offset) != NULL;
}

json_t *message_to_json(const ProtobufCMessage *message)
{
    json_t *object = json_object();
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char name[128];
        message_json_name(name, sizeof name, field->name);
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            json_put(object, name, repeated_json(field, message));
        else if (is_set(field, message))
            json_put(object, name, value_json(field, (const char *)message + field->offset));
    }
    return object;
}
