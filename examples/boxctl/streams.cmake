# Writes OUTPUT: which RPCs of PROTO are streams, one byte each in their order, for protobuf-c's descriptors do not say.
# They are asked of the protobuf compiler: in its descriptor set (1: file) the file (6: service) has methods (2), whose
# field 5 is client_streaming and 6 server_streaming. By number, since descriptor.proto need not be installed; in order,
# since a name may look like a message there.
get_filename_component(directory "${PROTO}" DIRECTORY)
get_filename_component(name "${PROTO}" NAME)
execute_process(COMMAND ${PROTOC} -I ${directory} --descriptor_set_out=${OUTPUT}.desc ${name}
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PROTOC} --decode_raw INPUT_FILE ${OUTPUT}.desc OUTPUT_VARIABLE text
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "[][;]" "_" text "${text}") # CMake's lists have these
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
file(WRITE "${OUTPUT}" "/* 1: the request is a stream; 2: the reply is one. */\n\
static const unsigned char STREAMS[] = {\n${flags}};\n")
