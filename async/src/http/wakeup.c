/*
 * wakeup.c: finds the wake-up sockets of a libcurl multi handle. Called by http_new(), on the thread that
 * opens a client.
 */
#include "http/wakeup.h"

#include "os/descriptors.h"

#include <fcntl.h>

/* Candidates: two, unless other threads open clients at this moment. */
enum { MAX_BUSY = 8 };

/* libcurl does not say which descriptors they are. A wake-up makes them busy, and a wait makes them idle
 * again. */
bool http_wakeup_close_on_exec(CURLM *multi)
{
    int busy[MAX_BUSY];
    if (curl_multi_wakeup(multi) != CURLM_OK)
        return false;
    const size_t count = descriptor_find_busy_pairs(busy, MAX_BUSY);
    curl_multi_poll(multi, NULL, 0, 0, NULL);
    for (size_t i = 0; i < count; i++)
        if (!descriptor_is_busy_pair(busy[i]))
            fcntl(busy[i], F_SETFD, FD_CLOEXEC);
    return true;
}
