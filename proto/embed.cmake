# Writes OUTPUT: a C file with the bytes of INPUT, as api_descriptor.h declares them.
file(READ "${INPUT}" hex HEX)
string(REPEAT "[0-9a-f]" 32 line)
string(REGEX REPLACE "(${line})" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE "${OUTPUT}" "\
#include \"api_descriptor.h\"\n\n\
const unsigned char boxd_api_descriptor_set[] = {\n${bytes}\n};\n\
const size_t boxd_api_descriptor_set_size = sizeof(boxd_api_descriptor_set);\n")
