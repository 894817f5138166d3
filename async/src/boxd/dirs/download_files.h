/*
 * download_files.h: a directory of a box without tar, file by file, from its list (dir_index.h). The disk
 * thread makes directories, links and empty files; several files at a time are downloaded to them.
 *
 * A passive part of a transfer. Core thread, unless a function says otherwise.
 */
#ifndef BOXD_DOWNLOAD_FILES_H
#define BOXD_DOWNLOAD_FILES_H

#include "boxd/dirs/dir_call.h"
#include "boxd/dirs/dir_index.h"
#include "boxd/dirs/tree_writer.h"
#include "boxd/files/download.h"

/* Downloads at a time. */
enum { MAX_DOWNLOADS = 8 };

typedef enum download_state {
    DOWNLOAD_FREE,
    /* The disk thread has made the file. */
    DOWNLOAD_READY,
    DOWNLOAD_RUNNING,
    /* The disk thread is to complete or remove the file. */
    DOWNLOAD_DONE
} download_state;

/* A file that is downloaded. */
typedef struct file_download {
    struct download_files *owner;
    /* Core thread only: the call is over, with `error`; bytes that have arrived. */
    bool over;
    boxd_error error;
    uint64_t received;
    /* These belong to the disk thread while it works, unless the file is running. */
    download_state state;
    const index_entry *entry;
    writer_file file;
    /* The file was not downloaded; its contents come from a command, which does not know the size. */
    bool failed, by_command;
} file_download;

typedef struct download_files {
    dir_call *base;
    /* These belong to the disk thread while it works. */
    dir_index *index;
    tree_writer *tree;
    /* The next entry of the list; and, once all are made, the next directory from the end. */
    size_t next, next_dir;
    file_download files[MAX_DOWNLOADS];
    /* Bytes of the files that were begun. */
    uint64_t begun_bytes;
    /* All entries are made. */
    bool complete;
    /* Core thread only: what was complete when the disk thread had worked; what the calls may receive: files
     * may have more bytes than the list says. */
    uint64_t entries_done, bytes_done;
    download_allowance allowance;
} download_files;

/* Begins the transfer; then download_files_advance() follows each event. True: the transfer has ended, unless
 * it has failed. */
void download_files_begin(download_files *x, dir_call *base, dir_index *index, tree_writer *tree);
bool download_files_advance(download_files *x);

/* Gives up the files that are not complete. Disk thread. */
void download_files_drop(download_files *x);

#endif
