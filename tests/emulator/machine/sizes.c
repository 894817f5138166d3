/*
 * sizes.c: the sizes that machines of service 0.2 have. Any thread.
 */
#include <stdio.h>
#include <strings.h>

#include "machine/machines.h"

static const machine_size sizes[] = {
    {1, (uint64_t)4 << 30}, {2, (uint64_t)8 << 30}, {4, (uint64_t)16 << 30}, {8, (uint64_t)32 << 30}};

const machine_size *size_find(uint32_t vcpu, uint64_t memory_bytes)
{
    for (size_t i = 0; i < count_of(sizes) && (vcpu != 0 || memory_bytes != 0); i++) {
        if ((vcpu == 0 || vcpu == sizes[i].vcpu) &&
            (memory_bytes == 0 || memory_bytes == sizes[i].memory_bytes))
            return &sizes[i];
    }
    return NULL;
}

void size_name(uint32_t vcpu, uint64_t memory_bytes, char out[SIZE_NAME_BYTES])
{
    (void)snprintf(out, SIZE_NAME_BYTES, "%ux%llu", vcpu, (unsigned long long)(memory_bytes >> 30));
}

const machine_size *size_parse(const char *name)
{
    for (size_t i = 0; i < count_of(sizes); i++) {
        char known[SIZE_NAME_BYTES];
        size_name(sizes[i].vcpu, sizes[i].memory_bytes, known);
        if (strcasecmp(name, known) == 0)
            return &sizes[i];
    }
    return NULL;
}
