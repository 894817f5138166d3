/*
 * method.h: an RPC of the contract, as data.
 */
#ifndef BOXD_METHOD_H
#define BOXD_METHOD_H

#include <stdbool.h>

typedef struct method {
    /* "CreateVm" */
    const char *name;
    /* "/boxd.api.v1.BoxdApi/CreateVm" */
    const char *path;
    /* The RPC changes nothing: the library repeats it after UNAVAILABLE. */
    bool read;
    /* The library does not repeat the RPC, but the program may. */
    bool harmless;
    /* Messages of up to 64 MiB are usual. */
    bool large;
    /* `path` may be freed before the connection closes. */
    bool transient;
    /* The function to use on a server without this RPC; or NULL. */
    const char *instead;
} method;

#define METHOD_PATH(name) "/boxd.api.v1.BoxdApi/" name

#endif
