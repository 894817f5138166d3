/* Packing and extending messages. */
#include "grpc/wire.h"

#include "mem.h"
#include "unit_test.h"

#include <string.h>

/* The packed reply of CreateToken, in two slices. */
static grpc_byte_buffer *reply_of(const char *text, grpc_slice slices[2])
{
    BoxdPb__CreateTokenResponse message = BOXD_PB__CREATE_TOKEN_RESPONSE__INIT;
    grpc_slice all;
    message.token = text;
    message.expires_at = 7;
    ck_assert(wire_pack(&message.base, &all));
    const size_t half = GRPC_SLICE_LENGTH(all) / 2;
    slices[0] = grpc_slice_from_copied_buffer((const char *)GRPC_SLICE_START_PTR(all), half);
    slices[1] = grpc_slice_from_copied_buffer((const char *)GRPC_SLICE_START_PTR(all) + half,
                                              GRPC_SLICE_LENGTH(all) - half);
    grpc_slice_unref(all);
    return grpc_raw_byte_buffer_create(slices, 2);
}

static size_t nonzero(const grpc_slice *slice)
{
    size_t count = 0;
    for (size_t i = 0; i < GRPC_SLICE_LENGTH(*slice); i++)
        count += GRPC_SLICE_START_PTR(*slice)[i] != 0;
    return count;
}

static void check_reply(ProtobufCMessage *(*unpack)(const ProtobufCMessageDescriptor *, grpc_byte_buffer *,
                                                    boxd_error *),
                        void (*release)(ProtobufCMessage *), bool wiped)
{
    const char text[] = "a token that is too long for a slice to hold it inside itself, as tokens are";
    boxd_error error = BOXD_ERROR_INIT;
    grpc_slice slices[2];
    grpc_byte_buffer *bytes = reply_of(text, slices);
    ProtobufCMessage *reply = unpack(&boxd_pb__create_token_response__descriptor, bytes, &error);
    ck_assert_ptr_nonnull(reply);
    ck_assert_str_eq(((BoxdPb__CreateTokenResponse *)(void *)reply)->token, text);
    ck_assert_int_eq(((BoxdPb__CreateTokenResponse *)(void *)reply)->expires_at, 7);
    for (int i = 0; i < 2; i++)
        ck_assert((nonzero(&slices[i]) == 0) == wiped);
    release(reply);
    release(NULL);
    grpc_byte_buffer_destroy(bytes);
    for (int i = 0; i < 2; i++)
        grpc_slice_unref(slices[i]);
}

START_TEST(bytes_of_a_secret_are_wiped)
{
    check_reply(wire_unpack, wire_free, false);
    check_reply(wire_unpack_secret, wire_free_secret, true);
}
END_TEST

START_TEST(no_reply)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(wire_unpack_secret(&boxd_pb__create_token_response__descriptor, NULL, &error));
    ck_assert_int_eq(error.status, BOXD_ERR_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(error.message, "CreateTokenResponse"));
}
END_TEST

START_TEST(no_memory)
{
    const char text[] = "x";
    boxd_error error = BOXD_ERROR_INIT;
    grpc_slice slices[2];
    grpc_byte_buffer *bytes = reply_of(text, slices);
    mem_fail_after(1);
    ck_assert_ptr_null(wire_unpack_secret(&boxd_pb__create_token_response__descriptor, bytes, &error));
    mem_fail_after(-1);
    ck_assert_int_eq(error.status, BOXD_ERR_NO_MEMORY);
    grpc_byte_buffer_destroy(bytes);
    for (int i = 0; i < 2; i++)
        grpc_slice_unref(slices[i]);
}
END_TEST

START_TEST(extended)
{
    BoxdPb__ExposePortRequest message = BOXD_PB__EXPOSE_PORT_REQUEST__INIT;
    grpc_slice body, whole;
    message.vm_port = 80;
    message.protocol = "tcp";
    ck_assert(wire_pack(&message.base, &body));
    const wire_field fields[] = {{1, "an id"}, {3, NULL}, {4, "an id"}};
    ck_assert(wire_extend(body, fields, COUNT(fields), &whole));
    BoxdPb__ExposePortRequest *read = (void *)protobuf_c_message_unpack(
        message.base.descriptor, NULL, GRPC_SLICE_LENGTH(whole), GRPC_SLICE_START_PTR(whole));
    ck_assert_ptr_nonnull(read);
    ck_assert_str_eq(read->vm_id, "an id");
    ck_assert_str_eq(read->vm, "an id");
    ck_assert_str_eq(read->protocol, "tcp");
    ck_assert_uint_eq(read->vm_port, 80);
    protobuf_c_message_free_unpacked(&read->base, NULL);
    grpc_slice_unref(body);
    grpc_slice_unref(whole);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wire");
    unit_add(suite, bytes_of_a_secret_are_wiped);
    unit_add(suite, no_reply);
    unit_add(suite, no_memory);
    unit_add(suite, extended);
    return unit_run(suite);
}
