/*
 * download.h: downloads to a file that the library has opened. Any thread.
 */
#ifndef BOXD_DOWNLOAD_H
#define BOXD_DOWNLOAD_H

#include <boxd/aio/file.h>

/* The bytes that one download, or several together, may receive. Core thread. */
typedef struct download_allowance {
    /* Each message takes from it, and a download that fails gives back what it took. */
    uint64_t left;
    /* A download failed because its file has more bytes than were left. */
    bool exceeded;
} download_allowance;

/* As boxd_aio_box_download() to the regular file `fd`, which is empty. `fd` and `allowance`, which replaces
 * max_bytes, stay until the callback. */
void download_to_fd(boxd_box *box, const char *path, int fd, const boxd_file_options *options,
                    download_allowance *allowance, boxd_done_cb callback, void *user_data);

#endif
