#include "version.h"

#include <boxd/base.h>

const char *boxd_version(void)
{
    return BOXD_VERSION;
}
