/*
 * upload.h: uploads a file that the library has opened. Any thread.
 */
#ifndef BOXD_UPLOAD_H
#define BOXD_UPLOAD_H

#include <boxd/aio/file.h>

/* As boxd_aio_box_upload() for the first `size` bytes of `fd`, which is closed in any case. */
void upload_from_fd(boxd_box *box, int fd, uint64_t size, const char *path, const boxd_file_options *options,
                    boxd_done_cb callback, void *user_data);

#endif
