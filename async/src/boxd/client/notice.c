#include "boxd/client/notice.h"

#include "boxd/client/request.h"
#include "boxd/client/versions.h"
#include "mem.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADER "x-boxd-c-sdk-latest"

enum { VERSION_SIZE = 64 };

/* ---- the program's own callback: an operation that has nothing to do ---- */

static void call_update(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    if (!error)
        ((boxd_update_cb)callback)(result, boxd_version(), user_data);
    mem_free(result);
}

static const result_type RESULT_UPDATE = {call_update, mem_free};

static void begin(request *r)
{
    request_finish(r, NULL);
}

static void stop(request *r)
{
    (void)r;
}

static void tell_program(boxd_compute *compute, const char *latest)
{
    static const request_kind kind = {begin, stop, NULL, NULL};
    const config *settings = &compute->config;
    char *copy = mem_strdup(latest);
    request *r = copy ? request_new(sizeof *r, &kind,
                                    &(request_setup){.compute = compute,
                                                     .sink = SINK(RESULT_UPDATE, settings->on_update,
                                                                  settings->update_data)})
                      : NULL;
    if (!r) { /* out of memory: no notice */
        mem_free(copy);
        return;
    }
    r->result = copy;
    op_drop_slot(&r->op); /* no call of the program's */
    request_submit(r);
}

/* ---- standard error ---- */

static void tell_user(const char *latest)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    if (isatty(STDERR_FILENO) && !atomic_flag_test_and_set(&told))
        (void)fprintf(stderr,
                      "boxd: version %s of the C library is out, this program uses %s; update the package, "
                      "or build and "
                      "install the new release (BOXD_NO_UPDATE_NOTICE=1 silences this)\n",
                      latest, boxd_version());
}

void notice_look(boxd_compute *compute, const grpc_metadata_array *metadata)
{
    char latest[VERSION_SIZE];
    if (!compute->config.update_notice || compute->thread_data.update_told)
        return;
    for (size_t i = 0; i < metadata->count; i++) {
        const grpc_slice value = metadata->metadata[i].value;
        const size_t size = GRPC_SLICE_LENGTH(value);
        if (grpc_slice_str_cmp(metadata->metadata[i].key, HEADER) != 0 || size >= sizeof latest)
            continue;
        memcpy(latest, GRPC_SLICE_START_PTR(value), size);
        latest[size] = '\0';
        if (strlen(latest) != size || !version_is_update(latest, boxd_version()))
            continue;
        compute->thread_data.update_told = true;
        if (compute->config.on_update)
            tell_program(compute, latest);
        else
            tell_user(latest);
    }
}
