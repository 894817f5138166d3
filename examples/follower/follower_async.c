/* Log follower with callbacks on the client's core thread. They run one after the other, so data that only
 * callbacks use needs no lock. follower.h describes the program. */
#include "../common/interrupt.h"
#include "follower.h"

#include <boxd/aio.h>

#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

typedef struct driver {
    boxd_compute *c;
    follower f;
    /* logs that have not ended; main() and the callbacks change it */
    atomic_int running;
    sem_t ended;
} driver;

/* global, because the user_data of the callbacks is the source */
static driver d;

static void ended(follower_source *source, const boxd_error *err)
{
    follower_set_ended(source, err);
    boxd_logs_free(source->logs);
    if (atomic_fetch_sub(&d.running, 1) == 1)
        sem_post(&d.ended);
}

static void on_chunk(boxd_read_status read, boxd_chunk *chunk, const boxd_error *err, void *user)
{
    follower_source *source = user;
    if (read != BOXD_READ_DATA) {
        ended(source, err);
        return;
    }
    follower_add(source, chunk);
    boxd_chunk_free(chunk);
    boxd_aio_logs_read(source->logs, NULL, on_chunk, source);
}

static void on_logs(boxd_logs *logs, const boxd_error *err, void *user)
{
    follower_source *source = user;
    source->logs = logs;
    if (logs)
        boxd_aio_logs_read(logs, NULL, on_chunk, source);
    else
        ended(source, err);
}

/* A box handle may be freed while its calls are in flight. */
static void follow_all(void)
{
    atomic_store(&d.running, d.f.count);
    for (int i = 0; i < d.f.count; i++) {
        boxd_error err = BOXD_ERROR_INIT;
        boxd_box *box = boxd_box_from_name(d.c, d.f.sources[i].name, &err);
        if (box)
            boxd_aio_box_stream_logs(box, &d.f.options, on_logs, &d.f.sources[i]);
        else
            ended(&d.f.sources[i], &err);
        boxd_box_free(box);
    }
}

int main(int argc, char **argv)
{
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (follower_init(&d.f, argc, argv, stop.stop)) {
        d.c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
        if (!d.c)
            boxd_error_print(&err, NULL);
        const bool ready = d.c && sem_init(&d.ended, 0, 0) == 0;
        if (ready) {
            follow_all();
            while (sem_wait(&d.ended) != 0)
                continue;
        }
        boxd_compute_close(d.c);
        code = follower_finish(&d.f) || !ready;
    }
    interrupt_close(&stop);
    return code;
}
