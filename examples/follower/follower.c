/* Joins the chunks of logs to lines and prints them: the part of the log follower that both programs share.
 * Each source is used by one thread at a time. */
#include "follower.h"

#include <stdio.h>
#include <stdlib.h>

bool follower_init(follower *f, int argc, char **argv, boxd_cancel_token *stop)
{
    *f = (follower){.count = argc - 1, .options = BOXD_BOX_STREAM_LOGS_OPTIONS_INIT};
    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s BOX...\n", argv[0]);
        return false;
    }
    f->options.follow = true;
    f->options.call.cancel = stop;
    f->sources = calloc((size_t)f->count, sizeof *f->sources);
    if (!f->sources) {
        perror(argv[0]);
        return false;
    }
    for (int i = 0; i < f->count; i++) {
        follower_source *source = &f->sources[i];
        source->name = argv[i + 1];
        (void)snprintf(source->line, sizeof source->line / 2, "%s | ", source->name);
        while (source->line[source->prefix])
            source->prefix++;
        source->used = source->prefix;
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* print each line at once, also into a pipe */
    return true;
}

/* With one call, so that lines of several threads do not mix. */
static void print_line(follower_source *source)
{
    source->line[source->used++] = '\n';
    fwrite(source->line, 1, source->used, stdout);
    source->used = source->prefix;
}

void follower_add(follower_source *source, const boxd_chunk *chunk)
{
    const char *bytes = chunk->data;
    for (size_t i = 0; i < chunk->size; i++) {
        const bool full = source->used == sizeof source->line - 1;
        if (bytes[i] == '\n' || full)
            print_line(source);
        if (bytes[i] != '\n')
            source->line[source->used++] = bytes[i];
    }
}

void follower_set_ended(follower_source *source, const boxd_error *error)
{
    if (source->used > source->prefix)
        print_line(source);
    if (!error || error->status == BOXD_ERR_CANCELLED)
        return;
    source->failed = true;
    boxd_error_print(error, source->name);
}

int follower_finish(follower *f)
{
    int code = 0;
    for (int i = 0; i < f->count; i++)
        code |= f->sources[i].failed;
    free(f->sources);
    return code;
}
