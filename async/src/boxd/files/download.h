/*
 * download.h: downloads to a file that the library has opened. Any thread.
 */
#ifndef BOXD_DOWNLOAD_H
#define BOXD_DOWNLOAD_H

#include <boxd/aio/file.h>

/* As boxd_aio_box_download() to the regular file `fd`, which is empty, and stays open until the callback. */
void download_to_fd(boxd_box *box, const char *path, int fd, const boxd_file_options *options,
                    boxd_done_cb callback, void *user_data);

#endif
