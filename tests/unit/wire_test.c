/* Packing and extending messages. */
#include "grpc/wire.h"

#include "mem.h"
#include "unit_test.h"

#include <stdio.h>
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
                                                    size_t, boxd_error *),
                        void (*release)(ProtobufCMessage *), bool wiped)
{
    const char text[] = "a token that is too long for a slice to hold it inside itself, as tokens are";
    boxd_error error = BOXD_ERROR_INIT;
    grpc_slice slices[2];
    grpc_byte_buffer *bytes = reply_of(text, slices);
    ProtobufCMessage *reply = unpack(&boxd_pb__create_token_response__descriptor, bytes, 0, &error);
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
    ck_assert_ptr_null(wire_unpack_secret(&boxd_pb__create_token_response__descriptor, NULL, 0, &error));
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
    ck_assert_ptr_null(wire_unpack_secret(&boxd_pb__create_token_response__descriptor, bytes, 0, &error));
    mem_fail_after(-1);
    ck_assert_int_eq(error.status, BOXD_ERR_NO_MEMORY);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES); /* the call had its effect */
    grpc_byte_buffer_destroy(bytes);
    for (int i = 0; i < 2; i++)
        grpc_slice_unref(slices[i]);
}
END_TEST

/* ---- messages that decode to far more than their bytes ---- */

/* `size` bytes: `fields` repeated. */
static grpc_byte_buffer *repeat(const char *fields, size_t length, size_t size)
{
    char *bytes = mem_alloc(size);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size / length; i++)
        memcpy(bytes + i * length, fields, length);
    grpc_slice slice = wire_slice(bytes, size / length * length);
    grpc_byte_buffer *made = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return made;
}

#define MIB ((size_t)1024 * 1024)

static const struct {
    const char *what;
    const ProtobufCMessageDescriptor *type;
    const char *fields;
    size_t length;
} growing[] = {
    {"empty items", &boxd_pb__list_vms_response__descriptor, "\x0a\x00", 2},
    {"items with an empty text", &boxd_pb__list_vms_response__descriptor, "\x0a\x02\x0a\x00", 4},
    {"empty texts", &boxd_pb__list_networks_response__descriptor, "\x0a\x00", 2},
    {"unknown numbers", &boxd_pb__create_token_response__descriptor, "\x78\x01", 2},
    {"unknown bytes", &boxd_pb__exec_chunk__descriptor, "\x7a\x00", 2},
};

START_TEST(growing_messages_are_refused)
{
    for (size_t i = 0; i < COUNT(growing); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        grpc_byte_buffer *bytes = repeat(growing[i].fields, growing[i].length, 2 * MIB);
        ck_assert_ptr_null(wire_unpack(growing[i].type, bytes, 8 * MIB, &error));
        ck_assert_msg(error.status == BOXD_ERR_TOO_LARGE, "%s: %s", growing[i].what, error.message);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
        ck_assert_msg(strstr(error.message, "raise max_response_bytes"), "%s", error.message);
        ck_assert_ptr_null(wire_unpack(growing[i].type, bytes, 0, &error));
        ck_assert_int_eq((int)error.status, (int)BOXD_ERR_PROTOCOL);
        grpc_byte_buffer_destroy(bytes);
    }
}
END_TEST

/* A message that is sent repeatedly in one field: protobuf-c merges each with the ones before, and copies the
 * list that they contain. The result is small, but reading it takes a time that grows with the square of the
 * number of messages. */
START_TEST(copies_are_limited)
{
    boxd_error error = BOXD_ERROR_INIT;
    grpc_byte_buffer *bytes = repeat("\x7a\x02\x2a\x00", 4, MIB / 4);
    ck_assert_ptr_null(wire_unpack(&boxd_pb__create_vm_request__descriptor, bytes, 16 * MIB, &error));
    ck_assert_msg(error.status == BOXD_ERR_TOO_LARGE, "%s", error.message);
    grpc_byte_buffer_destroy(bytes);
    bytes = repeat("\x7a\x02\x2a\x00", 4, MIB / 1024);
    ProtobufCMessage *message = wire_unpack(&boxd_pb__create_vm_request__descriptor, bytes, 16 * MIB, &error);
    ck_assert_msg(message != NULL, "%s", error.message);
    wire_free(message);
    grpc_byte_buffer_destroy(bytes);
}
END_TEST

/* Fields that take no memory, since each replaces the one before, take time. */
START_TEST(fields_are_limited)
{
    static const struct {
        const ProtobufCMessageDescriptor *type;
        const char *fields;
        size_t length;
    } rows[] = {
        {&boxd_pb__create_token_response__descriptor, "\x10\x01", 2},
        {&boxd_pb__list_vms_response__descriptor,
         "\x0a\x10\x38\x01\x38\x01\x38\x01\x38\x01\x38\x01\x38\x01\x38\x01\x38\x01", 18},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        grpc_byte_buffer *bytes = repeat(rows[i].fields, rows[i].length, 2 * MIB);
        ck_assert_ptr_null(wire_unpack(rows[i].type, bytes, 8 * MIB, &error));
        ck_assert_msg(error.status == BOXD_ERR_TOO_LARGE, "%zu: %s", i, error.message);
        grpc_byte_buffer_destroy(bytes);
        bytes = repeat(rows[i].fields, rows[i].length, MIB / 64);
        ProtobufCMessage *message = wire_unpack(rows[i].type, bytes, 8 * MIB, &error);
        ck_assert_msg(message != NULL, "%zu: %s", i, error.message);
        wire_free(message);
        grpc_byte_buffer_destroy(bytes);
    }
}
END_TEST

/* The time that one message takes, during which other calls wait, is bounded by a count: fields that are read
 * and allocations that are made. */
START_TEST(steps_are_limited)
{
    enum { LIMIT = 4 * 1024 * 1024, STEP_BYTES = 16, MOST = LIMIT / STEP_BYTES, OWN = 256 };
    static const struct {
        const ProtobufCMessageDescriptor *type;
        const char *fields;
        size_t length, count;
    } rows[] = {
        {&boxd_pb__list_vms_response__descriptor, "\x0a\x00", 2, 1},
        {&boxd_pb__list_vms_response__descriptor, "\x0a\x03\x0a\x01x", 5, 2},
        {&boxd_pb__whoami_response__descriptor, "\x12\x00", 2, 1}, /* texts */
        {&boxd_pb__create_token_response__descriptor, "\x78\x01", 2, 1},
        {&boxd_pb__create_token_response__descriptor, "\x10\x01", 2, 1},    /* replaced numbers */
        {&boxd_pb__create_token_response__descriptor, "\x0a\x01x", 3, 1},   /* replaced texts */
        {&boxd_pb__whoami_response__descriptor, "\x22\x00", 2, 1},          /* merged messages */
        {&boxd_pb__whoami_response__descriptor, "\x22\x03\x1a\x01x", 5, 2}, /* with a text */
        {&boxd_pb__whoami_response__descriptor, "\x22\x09\x1a\x01x\x1a\x01x\x1a\x01x", 11, 4},
        {&boxd_pb__create_vm_request__descriptor, "\x7a\x02\x2a\x00", 4, 2}, /* merged lists */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t accepted = 0;
        for (size_t times = 1024; times <= (size_t)4 * MOST; times *= 2) {
            boxd_error error = BOXD_ERROR_INIT;
            grpc_byte_buffer *bytes = repeat(rows[i].fields, rows[i].length, times * rows[i].length);
            const uint64_t before = mem_fail_after(-1);
            ProtobufCMessage *message = wire_unpack(rows[i].type, bytes, LIMIT, &error);
            const uint64_t allocations = mem_fail_after(-1) - before;
            const uint64_t fields = message ? times * rows[i].count : 0;
            ck_assert_msg(fields + allocations <= MOST + OWN, "row %zu, %zu times: %llu allocations", i,
                          times, (unsigned long long)allocations);
            accepted += message != NULL;
            wire_free(message);
            grpc_byte_buffer_destroy(bytes);
        }
        ck_assert_uint_gt(accepted, 0);
    }
}
END_TEST

/* With a larger limit the same messages are read. */
START_TEST(the_limit_can_be_raised)
{
    for (size_t i = 0; i < COUNT(growing); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        grpc_byte_buffer *bytes = repeat(growing[i].fields, growing[i].length, MIB / 16);
        ProtobufCMessage *message = wire_unpack(growing[i].type, bytes, SIZE_MAX, &error);
        ck_assert_msg(message != NULL, "%s: %s", growing[i].what, error.message);
        wire_free(message);
        grpc_byte_buffer_destroy(bytes);
    }
}
END_TEST

/* Bytes take no more memory than their message, whatever the limit is. */
START_TEST(bytes_are_not_limited)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__DownloadFileResponse file = BOXD_PB__DOWNLOAD_FILE_RESPONSE__INIT;
    static char content[3 * MIB];
    grpc_slice packed;
    file.data = wire_bytes(content, sizeof content);
    ck_assert(wire_pack(&file.base, &packed));
    grpc_byte_buffer *bytes = grpc_raw_byte_buffer_create(&packed, 1);
    for (size_t limit = 0; limit < 2; limit++) {
        ProtobufCMessage *message =
            wire_unpack(&boxd_pb__download_file_response__descriptor, bytes, limit, &error);
        ck_assert_msg(message != NULL, "%s", error.message);
        wire_free(message);
    }
    grpc_byte_buffer_destroy(bytes);
    grpc_slice_unref(packed);
}
END_TEST

/* A compressed message is refused without a look at its bytes: a reader would decompress them. */
START_TEST(compressed_messages_are_refused)
{
    static const grpc_compression_algorithm algorithms[] = {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE};
    grpc_slice slice = grpc_slice_from_static_string("\x0a\x01x");
    for (size_t i = 0; i < COUNT(algorithms); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        grpc_byte_buffer *bytes = grpc_raw_compressed_byte_buffer_create(&slice, 1, algorithms[i]);
        ck_assert_ptr_null(wire_unpack(&boxd_pb__create_token_response__descriptor, bytes, MIB, &error));
        ck_assert_int_eq((int)error.status, (int)BOXD_ERR_PROTOCOL);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
        ck_assert_msg(strstr(error.message, "compressed"), "%s", error.message);
        ck_assert_ptr_null(
            wire_unpack_secret(&boxd_pb__create_token_response__descriptor, bytes, MIB, &error));
        grpc_byte_buffer_destroy(bytes);
    }
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

/* A NUL ends no text: neither in a message nor in one inside it. Other fields keep their bytes. */
START_TEST(nul_in_texts)
{
    static const char sent[] = "\x0A\x05\0a\0b\0"             /* user_id, 5 bytes */
                               "\x12\x02\0z\x12\x01y"         /* pubkey_fingerprints, twice */
                               "\x22\x06\x38\x00\x1A\x02\0q"; /* billing: max_vms and subscription_status */
    boxd_error error = BOXD_ERROR_INIT;
    grpc_slice slice = grpc_slice_from_copied_buffer(sent, sizeof sent - 1);
    grpc_byte_buffer *bytes = grpc_raw_byte_buffer_create(&slice, 1);
    ProtobufCMessage *reply = wire_unpack(&boxd_pb__whoami_response__descriptor, bytes, 0, &error);
    ck_assert_msg(reply, "%s", error.message);
    const BoxdPb__WhoamiResponse *who = (const void *)reply;
    ck_assert_str_eq(who->user_id, "\xFF"
                                   "a\xFF"
                                   "b\xFF");
    ck_assert_uint_eq(who->n_pubkey_fingerprints, 2);
    ck_assert_str_eq(who->pubkey_fingerprints[0], "\xFFz");
    ck_assert_str_eq(who->pubkey_fingerprints[1], "y");
    ck_assert_str_eq(who->billing->subscription_status, "\xFFq");
    wire_free(reply);
    grpc_byte_buffer_destroy(bytes);
    grpc_slice_unref(slice);
}
END_TEST

/* Cut at any place: nothing is read or written behind the end. */
START_TEST(nul_in_cut_messages)
{
    static const char sent[] = "\x0A\x05\0a\0b\0\x12\x02\0z\x22\x02\x08\x00\x29\0\0\0\0\0\0\0\0\x35\0\0\0\0";
    for (size_t size = 0; size < sizeof sent; size++) {
        boxd_error error = BOXD_ERROR_INIT;
        uint8_t *exact = mem_alloc(size);
        memcpy(exact, sent, size);
        grpc_slice slice = wire_slice(exact, size);
        grpc_byte_buffer *bytes = grpc_raw_byte_buffer_create(&slice, 1);
        wire_free(wire_unpack(&boxd_pb__whoami_response__descriptor, bytes, 0, &error));
        grpc_byte_buffer_destroy(bytes);
        grpc_slice_unref(slice);
    }
}
END_TEST

/* ---- texts of requests ---- */

static boxd_status pack_request(BoxdPb__CreateVmRequest *request, boxd_error *error)
{
    grpc_slice packed = grpc_empty_slice();
    boxd_status status = wire_pack_request(&request->base, &packed, error);
    ck_assert_uint_eq(GRPC_SLICE_LENGTH(packed),
                      status == BOXD_OK ? protobuf_c_message_get_packed_size(&request->base) : 0);
    grpc_slice_unref(packed);
    return status;
}

/* Every text of a request with nested messages and lists; each is the only one that is not UTF-8. */
START_TEST(texts_of_requests_are_utf8)
{
    const char *cmd[] = {"a", "\xC3\xBC"};
    BoxdPb__EnvVar env[] = {BOXD_PB__ENV_VAR__INIT, BOXD_PB__ENV_VAR__INIT};
    BoxdPb__EnvVar *variables[] = {&env[0], &env[1]};
    BoxdPb__VolumeMount volume = BOXD_PB__VOLUME_MOUNT__INIT, *volumes[] = {&volume};
    BoxdPb__VmConfig config = BOXD_PB__VM_CONFIG__INIT;
    BoxdPb__CreateVmRequest request = BOXD_PB__CREATE_VM_REQUEST__INIT;
    config.n_volumes = 1;
    config.volumes = volumes;
    request.n_cmd = request.n_env = 2;
    request.cmd = cmd;
    request.env = variables;
    request.config = &config;
    request.team = NULL; /* not set */
    const struct {
        const char **text, *name;
    } rows[] = {
        {&request.name, "name"},     {&request.image_ref, "image_ref"},
        {&cmd[0], "cmd[0]"},         {&cmd[1], "cmd[1]"},
        {&env[0].key, "env[0].key"}, {&env[1].value, "env[1].value"},
        {&request.team, "team"},     {&volume.mount_path, "config.volumes[0].mount_path"},
    };
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(pack_request(&request, &error), BOXD_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char expected[96];
        const char *before = *rows[i].text;
        *rows[i].text = "secret\xFF";
        ck_assert_int_eq(pack_request(&request, &error), BOXD_ERR_INVALID_ARGUMENT);
        snprintf(expected, sizeof expected, "%s is not UTF-8 and cannot be sent", rows[i].name);
        ck_assert_str_eq(error.message, expected);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
        *rows[i].text = before;
    }
    mem_fail_after(0);
    ck_assert_int_eq(pack_request(&request, &error), BOXD_ERR_NO_MEMORY);
    mem_fail_after(-1);
}
END_TEST

/* Only the member of a oneof that is set is read. */
START_TEST(texts_of_a_oneof)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__MachineSpecBase base = BOXD_PB__MACHINE_SPEC_BASE__INIT;
    BoxdPb__MachineSpec spec = BOXD_PB__MACHINE_SPEC__INIT;
    BoxdPb__CreateVmRequest request = BOXD_PB__CREATE_VM_REQUEST__INIT;
    spec.base = &base;
    request.spec = &spec;
    base.kind_case = BOXD_PB__MACHINE_SPEC_BASE__KIND_TEAM;
    base.team = "\xC3\xBC";
    ck_assert_int_eq(pack_request(&request, &error), BOXD_OK);
    base.kind_case = BOXD_PB__MACHINE_SPEC_BASE__KIND_SNAPSHOT;
    base.snapshot = "\xFF";
    ck_assert_int_eq(pack_request(&request, &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "spec.base.snapshot is not UTF-8 and cannot be sent");
    base.kind_case = BOXD_PB__MACHINE_SPEC_BASE__KIND__NOT_SET;
    ck_assert_int_eq(pack_request(&request, &error), BOXD_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wire");
    unit_add(suite, texts_of_requests_are_utf8);
    unit_add(suite, texts_of_a_oneof);
    unit_add(suite, bytes_of_a_secret_are_wiped);
    unit_add(suite, no_reply);
    unit_add(suite, no_memory);
    unit_add(suite, growing_messages_are_refused);
    unit_add(suite, copies_are_limited);
    unit_add(suite, fields_are_limited);
    unit_add(suite, steps_are_limited);
    unit_add(suite, the_limit_can_be_raised);
    unit_add(suite, bytes_are_not_limited);
    unit_add(suite, compressed_messages_are_refused);
    unit_add(suite, extended);
    unit_add(suite, nul_in_texts);
    unit_add(suite, nul_in_cut_messages);
    return unit_run(suite);
}
