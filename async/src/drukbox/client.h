/*
 * client.h: a client of Drukbox. Its core's loop waits on libcurl, and runs on its only thread.
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
    /* Immutable once open. */
    drukbox_config config;
    observer observer;
    /* Core thread only. */
    struct {
        http *http;
    } thread_data;
};

#endif
