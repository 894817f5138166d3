/* api.proto as a serialized google.protobuf.FileDescriptorSet with that one file in it, for server
 * reflection. */
#ifndef BOXD_API_DESCRIPTOR_H
#define BOXD_API_DESCRIPTOR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const unsigned char boxd_api_descriptor_set[];
extern const size_t boxd_api_descriptor_set_size;

#ifdef __cplusplus
}
#endif

#endif
