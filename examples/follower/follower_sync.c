/* Log follower with blocking calls: a thread for each box. follower.h describes the program. */
#include "../common/interrupt.h"
#include "follower.h"

#include <boxd/boxd.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct reader {
    boxd_compute *c;
    const boxd_box_stream_logs_options *options;
    follower_source *source;
    pthread_t thread;
} reader;

static void *read_log(void *user)
{
    const reader *r = user;
    boxd_error err = BOXD_ERROR_INIT;
    boxd_read_status read = BOXD_READ_ERROR;
    boxd_box *box = boxd_box_from_name(r->c, r->source->name, &err);
    boxd_logs *logs = box ? boxd_box_stream_logs(box, r->options, &err) : NULL;
    boxd_chunk *chunk = NULL;
    while (logs && (read = boxd_logs_read(logs, NULL, &chunk, &err)) == BOXD_READ_DATA) {
        follower_add(r->source, chunk);
        boxd_chunk_free(chunk);
    }
    follower_set_ended(r->source, read == BOXD_READ_END ? NULL : &err);
    boxd_logs_free(logs);
    boxd_box_free(box);
    return NULL;
}

static bool follow_all(boxd_compute *c, follower *f)
{
    reader *readers = calloc((size_t)f->count, sizeof *readers);
    int started = 0;
    for (; readers && started < f->count; started++) {
        reader *r = &readers[started];
        *r = (reader){.c = c, .options = &f->options, .source = &f->sources[started]};
        if (pthread_create(&r->thread, NULL, read_log, r) != 0)
            break;
    }
    if (started < f->count)
        (void)fprintf(stderr, "started only %d of %d threads\n", started, f->count);
    for (int i = 0; i < started; i++)
        pthread_join(readers[i].thread, NULL);
    free(readers);
    return started == f->count;
}

int main(int argc, char **argv)
{
    follower f;
    interrupt stop;
    boxd_error err = BOXD_ERROR_INIT;
    if (!interrupt_open(&stop))
        return 1;
    int code = 1;
    if (follower_init(&f, argc, argv, stop.stop)) {
        boxd_compute *c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
        if (!c)
            boxd_error_print(&err, NULL);
        const bool followed = c && follow_all(c, &f);
        boxd_compute_close(c);
        code = follower_finish(&f) || !followed;
    }
    interrupt_close(&stop);
    return code;
}
