# Writes OUTPUT, which says which RPCs of PROTO are streams: one byte for each RPC, in their order. The descriptors of
# protobuf-c do not contain this, so it is read from the descriptor set of the protobuf compiler: field 1 is a file, its field
# 6 a service, its field 2 a method, whose fields 5 and 6 are client_streaming and server_streaming. The fields are read by
# number, because descriptor.proto need not be installed, and the methods by position, because a name in the decoded text can
# look like a message.
get_filename_component(directory "${PROTO}" DIRECTORY)
get_filename_component(name "${PROTO}" NAME)
execute_process(COMMAND ${PROTOC} -I ${directory} --descriptor_set_out=${OUTPUT}.desc ${name}
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PROTOC} --decode_raw INPUT_FILE ${OUTPUT}.desc OUTPUT_VARIABLE text
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "[][;]" "_" text "${text}") # these characters have a meaning in CMake lists
string(REPLACE "\n" ";" lines "${text}")

set(in_service FALSE)
set(flags "")
foreach(line IN LISTS lines)
  if(line STREQUAL "  6 {")
    set(in_service TRUE)
  elseif(line STREQUAL "  }")
    set(in_service FALSE)
  elseif(in_service AND line STREQUAL "    2 {")
    set(flag 0)
  elseif(in_service AND line STREQUAL "    }")
    string(APPEND flags "    ${flag},\n")
  elseif(in_service AND line STREQUAL "      5: 1")
    math(EXPR flag "${flag} | 1")
  elseif(in_service AND line STREQUAL "      6: 1")
    math(EXPR flag "${flag} | 2")
  endif()
endforeach()
file(WRITE "${OUTPUT}" "/* Bit 0: the request is a stream. Bit 1: the reply is a stream. */\n\
static const unsigned char STREAMS[] = {\n${flags}};\n")
