/**
 * @file boxd/types/dir.h
 * Directories that are copied into a box or out of it: options and result.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_DIR_H
#define BOXD_TYPES_DIR_H

#include <boxd/base.h>
#include <boxd/call.h>
#include <boxd/error.h>

BOXD_BEGIN_DECLS

/** How far a transfer has come: what was passed to the connection, or stored. It belongs to the library and
 * is valid until the callback returns. */
typedef struct boxd_dir_progress {
    /** Files, directories and links. */
    uint64_t entries;
    /** Contents of files. */
    uint64_t bytes;
} boxd_dir_progress;

/**
 * Reports the progress of a transfer of a directory. The numbers never decrease. The callback runs as a
 * boxd_progress_cb does (boxd/types/file.h), and must not block.
 */
typedef void (*boxd_dir_progress_cb)(const boxd_dir_progress *progress, void *user_data);

/** How a transfer changes an entry of the target. */
typedef enum boxd_dir_change_kind {
    /** The call copies a file or a link, or makes a directory. */
    BOXD_DIR_CHANGE_COPY = 0,
    /** The call deletes an entry, because boxd_box_sync_dir() has the option `deletes`. */
    BOXD_DIR_CHANGE_DELETE = 1
} boxd_dir_change_kind;

/** A change of an entry of the target. It belongs to the library and is valid until the callback returns. */
typedef struct boxd_dir_change {
    /** Whether the entry is copied or deleted. */
    boxd_dir_change_kind kind;
    /** Below the directory, bytes as they are: see boxd_printable(). "": the directory itself. */
    const char *path;
} boxd_dir_change;

/**
 * Reports a change that a transfer of a directory makes, or with `dry_run` would make: once for each entry.
 * Copies into a box are reported when they begin; copies out of a box and deletions, when they are complete.
 * An entry that fails later is in `failures`, too. A directory that exists in the target is not reported;
 * boxd_box_upload_dir() does not know the target, and reports each directory; with `include` out of a box no
 * directory is reported.
 *
 * The callback runs as a boxd_progress_cb does (boxd/types/file.h), and must not block; but changes are not
 * merged into one call. While more than 256 KiB of paths wait for the callback, the transfer pauses.
 */
typedef void (*boxd_dir_change_cb)(const boxd_dir_change *change, void *user_data);

/** What happens to symbolic links of the source. */
typedef enum boxd_links_mode {
    /** A link is copied as a link with the same target, wherever the target leads. */
    BOXD_LINKS_KEEP = 0,
    /** The file or directory to which a link leads is copied. A local link that leads out of the directory,
     * and a link that leads nowhere, is a failure. */
    BOXD_LINKS_FOLLOW = 1,
    /** Links are not copied, and counted in `skipped`. */
    BOXD_LINKS_SKIP = 2
} boxd_links_mode;

typedef struct boxd_dir_transfer_options {
    size_t size;
    /** A transfer has no default timeout. */
    boxd_call_options call;
    /** Or NULL. */
    boxd_dir_progress_cb on_progress;
    /** For `on_progress`. */
    void *progress_data;
    /** Or NULL. */
    boxd_dir_change_cb on_change;
    /** For `on_change`. */
    void *change_data;
    /** Patterns, which end with NULL; or NULL. A file or link is copied only if it matches a pattern of
     * `include`, unless `include` is NULL or empty. Directories are made as their files need them.
     *
     * In a pattern, `*` stands for any text, also with slashes, `?` for one character and `[abc]` for one of
     * several. A pattern without a slash is compared with the name of an entry, a pattern with a slash with
     * the path below the directory: "*.o", "build/tmp". */
    const char *const *include;
    /** Entries that match one of these patterns are not copied, and neither is what a matching directory
     * contains. Takes precedence over `include`. */
    const char *const *exclude;
    /** What happens to symbolic links. 0: they are kept. */
    boxd_links_mode links;
    /** Whether the mode of each entry is copied as it is, with the sticky bit, and into a box also with the
     * set-user-ID and set-group-ID bits. A copy out of a box never has these two: the box could make programs
     * that run as the user of this process. False: the permission bits are copied, less the umask of the
     * receiving side. */
    bool all_modes;
    /** Whether the copies get the time of the copying as their modification time. False: they get the times
     * of the source. Fractions of a second need GNU utilities in the box. */
    bool new_times;
    /** boxd_box_sync_dir() only, as the next three: the other functions refuse them with
     * BOXD_ERR_INVALID_ARGUMENT. True: the directory in the box is the source, and the local directory the
     * target. False: the other way round. */
    bool from_box;
    /** Whether files of the same size are compared by the checksums of their contents (`cksum`). False: by
     * their times. */
    bool by_content;
    /** Whether the call deletes entries that the source does not have. Entries that the options exclude
     * stay. */
    bool deletes;
    /** Whether the call only compares the directories, and changes neither. `on_change` and the result report
     * what the same call without `dry_run` would do, except for failures that only a copy or a deletion
     * finds. */
    bool dry_run;
    char reserved_[6];
    /** The limit for the contents of all files that are copied out of a box: beyond it the call ends in
     * BOXD_ERR_TOO_LARGE. Uploads ignore it. 0: no limit. */
    uint64_t max_bytes;
    /** How many failures the result lists. 0: 10,000. All are counted. */
    size_t max_failures;
} boxd_dir_transfer_options;

#define BOXD_DIR_TRANSFER_OPTIONS_INIT BOXD_SIZED(boxd_dir_transfer_options)

/** An entry that was not copied. */
typedef struct boxd_dir_failure {
    /** Below the directory, bytes as they are: see boxd_printable(). A path of more than 4,095 bytes is cut.
     * "": the directory itself, or the box did not say which entry. */
    const char *path;
    /** BOXD_ERR_LOCAL_FILE: a local file could not be read or written. BOXD_ERR_FAILED: a file in the box
     * could not. BOXD_ERR_PROTOCOL: the box sent an entry that would lie outside of the directory, or that is
     * neither a file, a directory nor a link. BOXD_ERR_INCOMPLETE: the file became shorter while it was read:
     * with BOXD_TRANSFER_TAR its copy in the box ends in zeros, else there is no copy. With
     * BOXD_TRANSFER_FILES also the status of a failed RPC: BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_QUOTA (the
     * disk is full), ... */
    boxd_status status;
    /** One sentence, as messages of errors are written. */
    const char *reason;
} boxd_dir_failure;

/** How a directory was transferred. */
typedef enum boxd_transfer_method {
    /** Not at all: the call has `dry_run` set, or it failed before the choice was made. */
    BOXD_TRANSFER_NONE = 0,
    /** One stream from or to the `tar` of the box. */
    BOXD_TRANSFER_TAR = 1,
    /** File by file, since the box has no `tar`, or none that can do the transfer. */
    BOXD_TRANSFER_FILES = 2
} boxd_transfer_method;

/** What a transfer of a directory did; freed with boxd_dir_transfer_free(). */
typedef struct boxd_dir_transfer {
    /** How the entries were copied. */
    boxd_transfer_method method;
    /** Regular files that were stored locally, or sent to the box. The box may have failed to store some of
     * those: `failures` lists them. */
    uint64_t files;
    /** Directories, as `files`. */
    uint64_t directories;
    /** Symbolic links, as `files`. */
    uint64_t links;
    /** The contents of the files, in bytes. */
    uint64_t bytes;
    /** Entries that this side left out because of the options. What an excluded directory contains, and what
     * the box left out itself, is not counted. */
    uint64_t skipped;
    /** Of boxd_box_sync_dir(): files and links that were the same. With `dry_run`, the numbers of this struct
     * say what a call without `dry_run` would do. */
    uint64_t unchanged;
    /** Of boxd_box_sync_dir(): entries that were deleted. Deletions in the box are counted when all of them
     * are over: if the call ends before, or the box kills their shell, more entries may be deleted. */
    uint64_t deleted;
    /** Entries that were not copied. */
    uint64_t failed;
    /** How many `failures` lists: the first ones, up to `max_failures`, and up to 16 MiB of paths and
     * reasons. */
    size_t failure_count;
    /** The failures. They belong to the result. */
    const boxd_dir_failure *const *failures;
} boxd_dir_transfer;

/** Frees the result and its failures. NULL is allowed. */
BOXD_API void boxd_dir_transfer_free(boxd_dir_transfer *transfer);

BOXD_END_DECLS

#endif
