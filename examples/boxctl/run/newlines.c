/* Copies the output of a terminal in a box to the terminal of boxctl, in a thread. The terminal in the box
 * ends lines with CR LF. So does the terminal of boxctl, which is not in raw mode: only LF is passed on to
 * it. */
#include "run/newlines.h"

#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 16384 };

/* Removes each CR that stands before LF. A CR at the end waits in data[0] of the next block; returns the
 * number of bytes that are complete. */
static size_t join_line_ends(char *data, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++)
        if (data[i] != '\r' || i + 1 == size || data[i + 1] != '\n')
            data[used++] = data[i];
    return used;
}

static void *copy(void *user_data)
{
    newlines *n = user_data;
    char data[BLOCK];
    size_t waiting = 0;
    for (bool end = false; !end;) {
        const ssize_t got = read(n->pipe[0], data + waiting, sizeof data - waiting);
        if (got < 0 && errno == EINTR)
            continue;
        end = got <= 0;
        size_t size = join_line_ends(data, waiting + (end ? 0 : (size_t)got));
        waiting = !end && size > 0 && data[size - 1] == '\r';
        size -= waiting;
        end = write_whole(STDOUT_FILENO, data, size) != 0 || end;
        if (waiting)
            data[0] = '\r';
    }
    close(n->pipe[0]); /* the library notices that the output has failed */
    return NULL;
}

bool newlines_begin(newlines *n)
{
    if (pipe2(n->pipe, O_CLOEXEC) != 0)
        return false;
    if (pthread_create(&n->thread, NULL, copy, n) == 0)
        return true;
    close(n->pipe[0]);
    close(n->pipe[1]);
    return false;
}

void newlines_end(newlines *n)
{
    close(n->pipe[1]);
    pthread_join(n->thread, NULL);
}
