/**
 * @file boxd/types/job.h
 * Jobs: commands that belong to a box, not to a connection. docs/jobs.md describes what a job can rely on,
 * and its limits.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_JOB_H
#define BOXD_TYPES_JOB_H

#include <boxd/base.h>
#include <boxd/call.h>
#include <boxd/types/process.h>

BOXD_BEGIN_DECLS

/** The state of a job. */
typedef enum boxd_job_state {
    /** The box reported a state that this library does not know. */
    BOXD_JOB_UNKNOWN = 0,
    /** The command runs. */
    BOXD_JOB_RUNNING = 1,
    /** The command has ended, and its exit code is known. */
    BOXD_JOB_EXITED = 2,
    /** The box has lost the exit code: the process that waits for the command was killed. The command may
     * still run. */
    BOXD_JOB_LOST = 3,
    /** The box was started anew while the command ran, so the command has ended without an exit code. */
    BOXD_JOB_REBOOTED = 4
} boxd_job_state;

typedef struct boxd_job_start_options {
    size_t size;
    boxd_call_options call;
    /** The name of the job in its box: 1 to 100 letters, digits, ".", "_" and "-", first a letter or a
     * digit. NULL: the library makes an id; a job with such an id is started once by the call, but cannot be
     * found if the call fails. */
    const char *id;
    /** As in boxd_exec_options. The values are stored in the box, in a file that only its user can read. */
    const char *const *env;
    /** As in boxd_exec_options. */
    const char *cwd;
    /** Time after which the box ends the command: the process group gets SIGTERM, and SIGKILL
     * `kill_after_ms` later. 0: no timeout. `call.timeout_ms` is the timeout of the start only. */
    int64_t run_timeout_ms;
    /** 0: 5,000. */
    int64_t kill_after_ms;
    /** The most to keep of each output stream in the box: the first bytes. The others are counted. 0: all
     * output is kept. */
    uint64_t keep_bytes;
    /** Whether boxd_job_write() writes the standard input of the command. Otherwise the command reads the end
     * at once. */
    bool input;
    char reserved_[7];
} boxd_job_start_options;

#define BOXD_JOB_START_OPTIONS_INIT BOXD_SIZED(boxd_job_start_options)

/** A job as the box reported it; freed with boxd_job_free(). */
typedef struct boxd_job {
    /** The id of the job, unique in its box. */
    const char *id;
    /** The command as people read it: the arguments or the line, without the environment, as boxd_printable()
     * writes it; longer text ends in "...". "" if the box has lost it. */
    const char *command;
    /** The state of the job when the box answered. */
    boxd_job_state state;
    /** Whether the command has ended with an exit code, in BOXD_JOB_EXITED. */
    bool has_exit_code;
    /** Whether `run_timeout_ms` has ended the command. */
    bool timed_out;
    /** In the result of boxd_job_start(): whether this call started the job. */
    bool started;
    /** The exit code; 128 and the number of a signal if a signal ended the command. */
    int exit_code;
    /** The process id of the command in the box; 0: not known. */
    int64_t pid;
    /** By the clock of the box, in whole seconds. */
    int64_t started_at_ms;
    /** 0: the job has not ended, or its end is not known. */
    int64_t ended_at_ms;
    /** Bytes of standard output so far. */
    uint64_t out_bytes;
    /** Bytes of standard error so far. */
    uint64_t err_bytes;
    /** Of `out_bytes`: bytes that the box did not keep, because of `keep_bytes`, or with `keep_bytes` because
     * its disk was full. They are counted when the output has ended. */
    uint64_t out_dropped_bytes;
    /** Of `err_bytes`: as `out_dropped_bytes`. */
    uint64_t err_dropped_bytes;
    /** Bytes of input that have arrived in the box, of all writes. The command may not have read them yet. */
    uint64_t in_bytes;
} boxd_job;

/** Frees a job. The job in the box is not affected. NULL is allowed. */
BOXD_API void boxd_job_free(boxd_job *job);

/** The jobs of a box, in no particular order; freed with boxd_jobs_free(). */
typedef struct boxd_jobs {
    /** The number of items. */
    size_t count;
    /** The jobs. They belong to the list. */
    const boxd_job *const *items;
} boxd_jobs;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_jobs_free(boxd_jobs *jobs);

typedef struct boxd_job_read_options {
    size_t size;
    boxd_call_options call;
    /** Where to begin: bytes from the start of the output. */
    uint64_t offset;
    /** The most to return. 0: 1 MiB. At most 16 MiB. */
    size_t max_bytes;
    /** 0: BOXD_STDOUT. */
    boxd_output_stream stream;
    /** Whether to wait until there is output behind `offset`, or the job has ended. There is no timeout by
     * default then. */
    bool follow;
    char reserved_[3];
} boxd_job_read_options;

#define BOXD_JOB_READ_OPTIONS_INIT BOXD_SIZED(boxd_job_read_options)

/** A piece of the output of a job; freed with boxd_job_output_free(). */
typedef struct boxd_job_output {
    /** Never NULL. */
    const void *data;
    /** In bytes; may be 0. */
    size_t size;
    /** Where the next read begins: `offset` of the options and `size`. */
    uint64_t next_offset;
    /** The size of the whole output so far. */
    uint64_t total_bytes;
    /** Whether the job no longer runs, and `data` reaches the end of its output. */
    bool end;
} boxd_job_output;

/** Frees a piece of output. NULL is allowed. */
BOXD_API void boxd_job_output_free(boxd_job_output *output);

typedef struct boxd_job_write_options {
    size_t size;
    boxd_call_options call;
    /** With `at_offset`: where `data` begins, in bytes from the start of the input. */
    uint64_t offset;
    /** Whether `data` belongs at `offset`: bytes that have arrived already are not written again. So a write
     * that has failed can be repeated with the same offset. Otherwise `data` is added to the input. */
    bool at_offset;
    char reserved_[7];
} boxd_job_write_options;

#define BOXD_JOB_WRITE_OPTIONS_INIT BOXD_SIZED(boxd_job_write_options)

typedef struct boxd_job_remove_options {
    size_t size;
    boxd_call_options call;
    /** Whether the process group of a command that runs is ended with SIGKILL. Otherwise a job that runs is
     * not removed. */
    bool kill;
    char reserved_[7];
} boxd_job_remove_options;

#define BOXD_JOB_REMOVE_OPTIONS_INIT BOXD_SIZED(boxd_job_remove_options)

BOXD_END_DECLS

#endif
