/* entry_time.c: prints and reads modification times. Called by remote_shell.c on the core thread, and by
 * tar_header.c, tar_reader.c and dir_index.c on the disk thread. */
#include "boxd/dirs/entry_time.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { NS_OF_A_SECOND = 1000000000 };

void entry_time_print(const tree_entry *e, char to[ENTRY_TIME_SIZE])
{
    const bool before_1970 = e->mtime_s < 0 && e->mtime_ns > 0;
    const long long seconds = before_1970 ? -(e->mtime_s + 1) : e->mtime_s;
    const unsigned fraction = before_1970 ? NS_OF_A_SECOND - e->mtime_ns : e->mtime_ns;
    (void)snprintf(to, ENTRY_TIME_SIZE, "%s%lld.%09u", before_1970 ? "-" : "", seconds, fraction);
}

char *entry_time_read_sum(const char *text, int64_t *seconds, uint32_t *nanoseconds)
{
    char *end = NULL;
    uint32_t unit = NS_OF_A_SECOND / 10;
    *seconds = strtoll(text, &end, 10);
    *nanoseconds = 0;
    if (*end == '.')
        for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
            *nanoseconds += (uint32_t)(*end - '0') * unit;
    return end;
}

char *entry_time_read(const char *text, int64_t *seconds, uint32_t *nanoseconds)
{
    char *end = entry_time_read_sum(text, seconds, nanoseconds);
    if (*text == '-' && *nanoseconds > 0 && *seconds > INT64_MIN) {
        --*seconds;
        *nanoseconds = NS_OF_A_SECOND - *nanoseconds;
    }
    return end;
}
