# Writes OUTPUT: the proto file INPUT with the options of the C generator. The insertions add no line, so that
# the generator's messages carry the line numbers of INPUT.
#   const_strings         string members are const char *
#   gen_pack_helpers      off: the descriptors pack and unpack
#   base_field_name       MachineSpec has a field `base`, the name of the header member that every struct starts
#                         with; in this one struct the header member is `message`

function(insert_after anchor insertion)
  string(FIND "${text}" "${anchor}" first)
  string(FIND "${text}" "${anchor}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${INPUT} must contain \"${anchor}\" exactly once")
  endif()
  string(REPLACE "${anchor}" "${anchor} ${insertion}" text "${text}")
  set(text "${text}" PARENT_SCOPE)
endfunction()

file(READ "${INPUT}" text)
insert_after("\npackage boxd.api.v1;" "\
import \"protobuf-c/protobuf-c.proto\"; \
option (pb_c_file).const_strings = true; \
option (pb_c_file).gen_pack_helpers = false; \
option (pb_c_file).c_package = \"boxd_pb\";")
insert_after("\nmessage MachineSpec {" "option (pb_c_msg).base_field_name = \"message\";")
file(WRITE "${OUTPUT}" "${text}")
