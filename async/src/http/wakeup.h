/*
 * http_wakeup.h: libcurl up to 8.9 leaves the pair of sockets that wakes a multi handle open on exec.
 */
#ifndef BOXD_HTTP_WAKEUP_H
#define BOXD_HTTP_WAKEUP_H

#include <curl/curl.h>
#include <stdbool.h>

/* Has the pair of a fresh multi handle closed on exec. False: it has none, for want of descriptors, and
 * nothing could end its waits. On the thread that uses the handle, or before it does. */
bool http_wakeup_close_on_exec(CURLM *multi);

#endif
