/*
 * notice.c: finds the newest version in an answer's metadata and prints it or hands it to the program. Called
 * by call.c after each RPC, on the core thread.
 */
#include "boxd/client/notice.h"

#include "boxd/client/versions.h"

#include <boxd/base.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADER "x-boxd-c-sdk-latest"

/* Once per process, however many clients it opens. */
static void print_update(const char *latest)
{
    static atomic_flag printed = ATOMIC_FLAG_INIT;
    if (isatty(STDERR_FILENO) && !atomic_flag_test_and_set(&printed))
        (void)fprintf(stderr,
                      "boxd: version %s of the C library is out, this program uses %s; update the package, "
                      "or build and install the new release (BOXD_NO_UPDATE_NOTICE=1 silences this)\n",
                      latest, boxd_version());
}

void notice_read(notice *n, const grpc_metadata_array *metadata)
{
    char latest[NOTICE_VERSION_SIZE];
    for (size_t i = 0; i < metadata->count && !n->done; i++) {
        const grpc_slice value = metadata->metadata[i].value;
        const size_t size = GRPC_SLICE_LENGTH(value);
        if (grpc_slice_str_cmp(metadata->metadata[i].key, HEADER) != 0 || size >= sizeof latest)
            continue;
        memcpy(latest, GRPC_SLICE_START_PTR(value), size);
        latest[size] = '\0';
        if (strlen(latest) != size || !version_is_update(latest, boxd_version()))
            continue;
        n->done = true;
        if (n->post)
            n->post(n->owner, latest);
        else
            print_update(latest);
    }
}
