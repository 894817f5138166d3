/* Files with the library: one download, and one upload. */
#include "library.h"

#include <sys/stat.h>

void library_download(const load *l, tally *t)
{
    char path[64];
    struct stat file = {.st_size = 0};
    boxd_error error = BOXD_ERROR_INIT;
    load_command(l, path, sizeof path);
    if (boxd_box_download(library_box(), path, setting("BENCH_DOWNLOAD"), NULL, &error) != BOXD_OK)
        library_fail("a download", &error);
    stat(setting("BENCH_DOWNLOAD"), &file);
    t->bytes = (double)file.st_size;
    t->operations = (long)file.st_size / l->message_bytes;
}

void library_upload(const load *l, tally *t)
{
    struct stat file = {.st_size = 0};
    boxd_error error = BOXD_ERROR_INIT;
    if (boxd_box_upload(library_box(), setting("BENCH_UPLOAD"), "upload", NULL, &error) != BOXD_OK)
        library_fail("an upload", &error);
    stat(setting("BENCH_UPLOAD"), &file);
    t->bytes = (double)file.st_size;
    t->operations = (long)file.st_size / l->message_bytes;
}
