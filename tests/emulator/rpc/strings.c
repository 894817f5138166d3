/*
 * strings.c: see strings.h. Called for every request (call.c).
 */
#include "rpc/strings.h"

#include <string.h>

#include "base/utf8.h"
#include "rpc/wire_reader.h"

static strings_state check_text(const uint8_t *text, size_t size)
{
    if (!utf8_is_valid(text, size))
        return STRINGS_NOT_UTF8;
    return size > 0 && memchr(text, '\0', size) != NULL ? STRINGS_HAVE_NUL : STRINGS_GOOD;
}

strings_state strings_check(const ProtobufCMessageDescriptor *type, const uint8_t *packed, size_t size,
                            const char **field)
{
    strings_state state = STRINGS_GOOD;
    wire_reader r = {packed, packed + size};
    wire_field f;
    while (state == STRINGS_GOOD && wire_read_field(&r, &f)) {
        const ProtobufCFieldDescriptor *known = protobuf_c_message_descriptor_get_field(type, f.number);
        if (known == NULL || f.data == NULL)
            continue;
        if (known->type == PROTOBUF_C_TYPE_MESSAGE) { /* no type of the contract contains itself */
            state = strings_check(known->descriptor, f.data, f.size, field);
        } else if (known->type == PROTOBUF_C_TYPE_STRING) {
            state = check_text(f.data, f.size);
            *field = known->name;
        }
    }
    return state;
}
