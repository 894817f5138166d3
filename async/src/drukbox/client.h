/*
 * client.h: what a client of Drukbox is made of. Its core's loop waits on libcurl: it has no other thread.
 */
#ifndef DRUKBOX_CLIENT_INTERNAL_H
#define DRUKBOX_CLIENT_INTERNAL_H

#include "core/core.h"
#include "core/observe.h"
#include "drukbox/config.h"
#include "http/http.h"

#include <drukbox/client.h>

struct drukbox_client {
    core core;
    drukbox_config config; /* immutable once open */
    observer observer;
    struct {
        http *http;
    } thread_data; /* core thread only */
};

#endif
