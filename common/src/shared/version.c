/* version.c: which version the library has. Any thread. */
#include <boxd/base.h>

const char *boxd_version(void)
{
    return BOXD_VERSION_STRING;
}
