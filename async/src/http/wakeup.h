/*
 * wakeup.h: libcurl up to 8.9 leaves the pair of sockets that wakes a multi handle open on exec.
 */
#ifndef BOXD_HTTP_WAKEUP_H
#define BOXD_HTTP_WAKEUP_H

#include <curl/curl.h>
#include <stdbool.h>

/* Marks the pair of a new multi handle as closed on exec. False: the handle has none, because descriptors ran
 * out, and nothing could end its waits. On the thread that uses the handle, or before. */
bool http_wakeup_close_on_exec(CURLM *multi);

#endif
