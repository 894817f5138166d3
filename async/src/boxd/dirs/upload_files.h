/*
 * upload_files.h: a local directory into a box without tar. The contents of files are uploaded with the RPCs
 * of files, several at a time, and a shell in the box makes the entries: see remote_shell.h. The disk thread
 * reads a batch of entries; the files of the batch are uploaded; the shell makes its entries; and so on.
 *
 * A passive part of a transfer. Core thread, unless a function says otherwise.
 */
#ifndef BOXD_UPLOAD_FILES_H
#define BOXD_UPLOAD_FILES_H

#include "boxd/dirs/dir_call.h"
#include "boxd/dirs/tree_walk.h"

enum { UPLOAD_BATCH_ENTRIES = 512, UPLOAD_BATCH_FILES = 64 };

typedef struct upload_files upload_files;

/* An entry of the batch. */
typedef struct batch_entry {
    upload_files *owner;
    /* Its path and target are allocated. */
    tree_entry is;
    /* The directory is complete. */
    bool ends_dir;
    /* The file; -1: not open. */
    int fd;
    /* The file was not uploaded. */
    bool failed;
    uint64_t sent;
} batch_entry;

typedef enum upload_phase {
    UPLOAD_IDLE,
    /* The shell begins, or makes entries. */
    UPLOAD_SHELL,
    UPLOAD_READING,
    UPLOAD_SENDING,
    UPLOAD_ENDING
} upload_phase;

struct upload_files {
    dir_call *base;
    upload_phase phase;
    /* The path of the temporary directory in the box. */
    char *temporary;
    /* The umask of the box. */
    uint32_t umask;
    /* The entries belong to the disk thread while it works. */
    tree_walk walk;
    bool opened, walk_ended;
    batch_entry entries[UPLOAD_BATCH_ENTRIES];
    size_t count, files;
    /* The next entry to be uploaded, and the bytes of the files whose upload is in progress. */
    size_t next;
    uint64_t bytes_in_flight;
    /* What the shell reads, and whether it was written; what the shell wrote; whether it has answered. */
    text input, output;
    bool written, answered;
    /* A write failed, or the output has ended: the exit of the shell shows why. */
    bool shell_ended, closed;
};

/* Any thread. `base` has its settings; `walk` gets what the receiver has from its owner. */
void upload_files_init(upload_files *u, dir_call *base);

/* Begins the transfer; then upload_files_advance() follows each event. True: the transfer has ended, unless
 * it has failed. */
void upload_files_begin(upload_files *u);
bool upload_files_advance(upload_files *u);

/* Any thread, while nothing is in progress. */
void upload_files_free(upload_files *u);

#endif
