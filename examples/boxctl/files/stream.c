/*
 * Copies that are streams of bytes between a command in a box, such as `cat`, and a descriptor or a command
 * in another box: standard input and output, pipes, devices, and everything from box to box. Runs on the main
 * thread; the callback runs on the core thread of the client.
 */
#include "files/copy.h"

#include <boxd/aio.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PIECE_BYTES = 256 * 1024, KEPT_MESSAGES = 256 * 1024 };

/* One end of a stream: a command in a box, or a descriptor. */
typedef struct stream_end {
    /* NULL: local */
    boxd_box *box;
    const char *const *argv;
    /* if local: opened with these flags */
    const char *path;
    int flags;
    boxd_process *process;
    int fd;
} stream_end;

typedef enum outcome { STREAM_GOES_ON, STREAM_COMPLETE, SOURCE_FAILED, TARGET_FAILED } outcome;

typedef struct stream {
    copy *k;
    copy_item *item;
    stream_end from, to;
    /* the path of the copy, for messages */
    char *to_shown;
    outcome outcome;
    /* readable when the command that reads the stream has ended: then a read of `from` would wait in vain */
    int ended;
    /* the piece that was read: in `buffer` or in `chunk` */
    const void *piece;
    size_t size;
    char *buffer;
    boxd_chunk *chunk;
    uint64_t bytes;
    /* why the stream broke off: one of the two */
    boxd_error error;
    int local_error;
} stream;

/* ---- the ends ---- */

static bool open_command(stream *s, stream_end *end, bool reads)
{
    const boxd_exec_options *options =
        BOXD_OPTIONS(boxd_exec_options, .call = cli_call(s->k->c), .require_exit_confirmed = true,
                     .in = {.mode = reads ? BOXD_INPUT_PIPE : BOXD_INPUT_CLOSED},
                     .out = {.mode = reads ? BOXD_OUTPUT_HEAD : BOXD_OUTPUT_PIPE},
                     .err = {.mode = BOXD_OUTPUT_HEAD, .keep_bytes = KEPT_MESSAGES});
    end->process = boxd_box_exec_stream(end->box, end->argv, options, &s->error);
    return end->process != NULL;
}

/* The mode of a new local file: not more than the mode of its source. */
static mode_t new_mode(const stream *s)
{
    const uint32_t mode = s->item->facts.mode;
    return S_ISREG(mode) ? (mode & 0777) | 0200 : 0666;
}

/* A path such as /dev/stdout is the descriptor itself: opened anew, it would begin at the start of its file.
 */
static bool open_local(stream *s, stream_end *end)
{
    const int own = strcmp(end->path, "-") != 0 ? local_descriptor(end->path)
                    : end->flags == O_RDONLY    ? STDIN_FILENO
                                                : STDOUT_FILENO;
    end->fd = own >= 0 ? fcntl(own, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                       : open(end->path, end->flags | O_NOCTTY | O_CLOEXEC, new_mode(s));
    s->local_error = end->fd < 0 ? errno : 0;
    return end->fd >= 0;
}

static void on_ended(boxd_status status, int exit_code, bool confirmed, const boxd_error *error, void *data)
{
    const stream *s = data;
    const uint64_t one = 1;
    (void)status, (void)exit_code, (void)confirmed, (void)error;
    (void)!write(s->ended, &one, sizeof one);
}

static void open_from(stream *s)
{
    if (!(s->from.box ? open_command(s, &s->from, false) : open_local(s, &s->from)))
        s->outcome = SOURCE_FAILED;
}

static void open_to(stream *s)
{
    if (!(s->to.box ? open_command(s, &s->to, true) : open_local(s, &s->to)))
        s->outcome = TARGET_FAILED;
    else if (s->to.process)
        boxd_aio_process_wait(s->to.process, NULL, on_ended, s);
}

/* ---- one piece ---- */

static outcome read_local(stream *s)
{
    for (;;) {
        struct pollfd fds[2] = {{s->from.fd, POLLIN, 0}, {s->ended, POLLIN, 0}};
        const int ready = poll(fds, 2, -1);
        if (ready > 0 && fds[1].revents)
            return TARGET_FAILED;
        const ssize_t size = ready > 0 ? read(s->from.fd, s->buffer, PIECE_BYTES) : -1;
        if (size >= 0) {
            s->piece = s->buffer;
            s->size = (size_t)size;
            return size > 0 ? STREAM_GOES_ON : STREAM_COMPLETE;
        }
        if (errno != EINTR && errno != EAGAIN) {
            s->local_error = errno;
            return SOURCE_FAILED;
        }
    }
}

static outcome read_piece(stream *s)
{
    if (!s->from.process)
        return read_local(s);
    const boxd_read_status got = boxd_process_read_stdout(s->from.process, NULL, &s->chunk, &s->error);
    if (got == BOXD_READ_DATA) {
        s->piece = s->chunk->data;
        s->size = s->chunk->size;
    }
    return got == BOXD_READ_DATA ? STREAM_GOES_ON : got == BOXD_READ_END ? STREAM_COMPLETE : SOURCE_FAILED;
}

static bool write_local(stream *s)
{
    s->local_error = write_whole(s->to.fd, s->piece, s->size);
    return s->local_error == 0;
}

static outcome write_piece(stream *s)
{
    const bool written =
        s->to.process ? boxd_process_write(s->to.process, s->piece, s->size, NULL, &s->error) == BOXD_OK
                      : write_local(s);
    s->bytes += written ? s->size : 0;
    atomic_fetch_add(&s->k->progress.bytes, written ? s->size : 0);
    boxd_chunk_free(s->chunk);
    s->chunk = NULL;
    return written ? STREAM_GOES_ON : TARGET_FAILED;
}

/* ---- the end ---- */

/* Whether a line of a command names `path`, or a path below it. */
static bool names_path(const char *line, size_t length, const char *path)
{
    const size_t size = strlen(path);
    const char *end = line + length;
    for (const char *at = line; (at = memmem(at, (size_t)(end - at), path, size)) != NULL; at++)
        if (at + size == end || strchr("/':", at[size]))
            return true;
    return false;
}

/* Which path a failure of a command has: `shown`; or `other_shown`, if the message of the command names
 * `other`. */
typedef struct failure_paths {
    const char *shown, *other, *other_shown;
} failure_paths;

/* Adds each message of a command as a failure; without a message, its exit code. */
static void report_messages(report *r, const failure_paths *paths, const boxd_exec_result *result)
{
    const uint64_t failed = r->failed;
    for (const char *line = result->err.data; *line;) {
        const char *end = strchrnul(line, '\n');
        const char *text = strncmp(line, "sh: 1: ", 7) == 0 ? line + 7 : line;
        const size_t length = (size_t)(end - text);
        const bool is_other = paths->other && names_path(text, length, paths->other);
        if (end > line && !memmem(line, (size_t)(end - line), "Exiting with failure", 20))
            report_message(r, is_other ? paths->other_shown : paths->shown, text, length);
        line = *end ? end + 1 : end;
    }
    if (r->failed == failed)
        report_fail(r, EXIT_FAILED, paths->shown, "the command in the box ended with exit code %d",
                    result->exit_code);
}

/* Waits for the end of a command and reports its failure for the path `shown`. Returns its result if it has
 * succeeded. */
static boxd_exec_result *finish_command(stream *s, boxd_process *process, const char *shown)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *result = boxd_process_result(process, NULL, &error);
    if (!result && s->error.status == BOXD_OK)
        s->error = error;
    if (!result || result->success)
        return result;
    report_messages(&s->k->report, &(failure_paths){.shown = shown}, result);
    boxd_exec_result_free(result);
    return NULL;
}

static void finish_from(stream *s)
{
    boxd_exec_result *result = NULL;
    if (!s->from.process)
        return;
    if (s->outcome == STREAM_COMPLETE)
        result = finish_command(s, s->from.process, s->item->shown);
    else
        boxd_process_close(s->from.process, NULL, NULL);
    if (s->outcome == STREAM_COMPLETE && !result)
        s->outcome = SOURCE_FAILED;
    boxd_exec_result_free(result);
}

/* Adds the counts that the command has printed, see EXTRACT; else one file of `bytes`. */
static void count_files(report *r, const char *output, unsigned long long bytes)
{
    unsigned long long files = 1;
    (void)sscanf(output, "%llu %llu", &files, &bytes);
    r->files += files;
    r->bytes += bytes;
}

/* A directory of which a part cannot be read is copied as far as it can be: its archive is complete. */
static void finish_to(stream *s)
{
    boxd_exec_result *result = NULL;
    const bool complete = s->outcome == STREAM_COMPLETE || s->item->facts.kind == PATH_DIR;
    if (!s->to.process)
        return;
    if (complete)
        (void)boxd_process_write_eof(s->to.process, NULL, NULL);
    if (complete || s->outcome == TARGET_FAILED)
        result = finish_command(s, s->to.process, s->to_shown);
    else
        boxd_process_close(s->to.process, NULL, NULL);
    if (result)
        count_files(&s->k->report, result->out.data, s->bytes);
    else if (s->outcome == STREAM_COMPLETE)
        s->outcome = TARGET_FAILED;
    boxd_exec_result_free(result);
}

/* Some file systems report only now that a file has no space. */
static void close_target(stream *s)
{
    const int fd = s->to.fd;
    s->to.fd = -1;
    if (fd < 0 || close(fd) == 0 || errno == EINTR || s->outcome != STREAM_COMPLETE)
        return;
    s->local_error = errno;
    s->outcome = TARGET_FAILED;
}

/* Waits until the callback has run. */
static void await_ended(const stream *s)
{
    uint64_t woken;
    while (read(s->ended, &woken, sizeof woken) < 0 && errno == EINTR)
        ;
}

static void finish(stream *s, uint64_t failed)
{
    report *r = &s->k->report;
    const char *side;
    finish_from(s);
    finish_to(s);
    close_target(s);
    if (s->to.process)
        await_ended(s);
    s->item->refused = s->outcome != STREAM_COMPLETE;
    side = s->outcome == SOURCE_FAILED ? s->item->shown : s->to_shown;
    if (!s->item->refused && !s->to.process) {
        r->files++;
        r->bytes += s->bytes;
    } else if (s->local_error == EPIPE) {
        r->code = EXIT_SIGNAL + SIGPIPE; /* as SIGPIPE would end the program: without a message */
        r->stops = true;
    } else if (s->local_error) {
        report_errno(r, side, s->local_error);
    } else if (s->item->refused && r->failed == failed) {
        report_error(r, side, &s->error);
    }
}

static void close_end(stream_end *end)
{
    boxd_process_free(end->process);
    if (end->fd >= 0)
        close(end->fd);
    end->process = NULL;
    end->fd = -1;
}

/* A command that reads is started before the target is opened: if the source cannot be read, the target stays
 * as it is. */
static void begin(stream *s)
{
    if (s->ended < 0) {
        s->local_error = errno;
        s->outcome = SOURCE_FAILED;
        return;
    }
    open_from(s);
    if (s->outcome == STREAM_GOES_ON && s->from.process)
        s->outcome = read_piece(s);
    if (s->outcome == STREAM_COMPLETE) {
        finish_from(s);
        close_end(&s->from);
    }
    if (s->outcome != SOURCE_FAILED)
        open_to(s);
    if (s->outcome == STREAM_GOES_ON && s->from.process)
        s->outcome = write_piece(s);
}

/* Copies what the command `read` prints to the input of the command `write`. Here, in place of a command, the
 * path is opened. */
static void run(copy *k, copy_item *item, const char *const *read, const char *const *write)
{
    const uint64_t failed = k->report.failed;
    stream s = {
        .k = k,
        .item = item,
        .from = {.box = item->from->box, .argv = read, .path = item->path, .flags = O_RDONLY, .fd = -1},
        .to = {.box = k->target.box,
               .argv = write,
               .path = item->to,
               .flags = O_WRONLY | O_CREAT | O_TRUNC,
               .fd = -1},
        .to_shown = target_shown(k, item),
        .buffer = must(malloc(PIECE_BYTES)),
        .error = BOXD_ERROR_INIT,
    };
    progress_name(&k->progress, item->path);
    s.ended = eventfd(0, EFD_CLOEXEC);
    begin(&s);
    while (s.outcome == STREAM_GOES_ON) {
        s.outcome = read_piece(&s);
        if (s.outcome == STREAM_GOES_ON)
            s.outcome = write_piece(&s);
    }
    finish(&s, failed);
    atomic_fetch_add(&k->progress.files, 1);
    close_end(&s.from);
    close_end(&s.to);
    boxd_chunk_free(s.chunk);
    free(s.buffer);
    free(s.to_shown);
    if (s.ended >= 0)
        close(s.ended);
}

/* ---- what is streamed ---- */

void stream_file(copy *k, copy_item *item)
{
    const char *const read[] = {"cat", "--", item->path, NULL};
    const char *const write[] = {"sh", "-c", "cat >\"$1\"", "sh", item->to, NULL};
    run(k, item, read, write);
}

/* The library has scripts like the next two, and cannot share them: its archive goes to the library, which
 * finds the messages of tar behind it. Here the archive goes to the other box, so the messages must be on
 * standard error; and the script that extracts counts the files, since their list does not come here. */

/* $1: the directory. $2: options of tar. */
static const char CREATE[] = "export LC_ALL=C\n"
                             "cd -- \"$1\" || exit\n"
                             "case $(tar --version 2>/dev/null) in\n"
                             "*GNU*) exec tar $2 --format=pax --pax-option=delete=atime,delete=ctime "
                             "--warning=no-file-changed -f - . ;;\n"
                             "*) exec tar $2 -f - . ;;\n"
                             "esac\n";

/* Prints the number of files, and of their bytes if the lines of tar show them. */
static const char EXTRACT[] =
    "export LC_ALL=C\n"
    "mkdir -p -- \"$1\" && cd -- \"$1\" || exit\n"
    "exec 3>&1\n"
    "extract() { tar \"$@\" -f - 3>&-; echo $? >&4; }\n"
    "case $(tar --version 2>/dev/null </dev/null) in\n"
    "*GNU*) case $2 in *p*) ;; *) set -- \"$1\" \"$2\" --no-same-permissions ;; esac\n"
    "  shift\n"
    "  code=$( { extract -vv \"$@\" --warning=no-timestamp |\n"
    "    awk '/^[-h]/ { files++; bytes += $3 } END { printf \"%d %.0f\\n\", files, bytes }' >&3; } 4>&1) ;;\n"
    "*) shift\n"
    "  code=$( { extract -v \"$@\" | grep -vc '/$' >&3; } 4>&1) ;;\n"
    "esac\n"
    "exit $code\n";

void stream_dir(copy *k, copy_item *item)
{
    const copy_options *o = k->options;
    const char *const read[] = {"sh", "-c", CREATE, "sh", item->path, o->follow ? "-ch" : "-c", NULL};
    const char *const write[] = {"sh", "-c", EXTRACT, "sh", item->to, o->preserve ? "-xop" : "-xom", NULL};
    run(k, item, read, write);
}

/* $1: options of cp. A directory is merged into a directory of the same name, as everywhere. Prints the
 * number of files and of their bytes in the source. */
static const char COPY[] = "export LC_ALL=C\n"
                           "from=$2\n"
                           "[ -d \"$2\" ] && from=$2/. && { mkdir -p -- \"$3\" || exit; }\n"
                           "cp $1 -- \"$from\" \"$3\" || exit\n"
                           "find \"$from\" -type f -exec stat -c '%s' {} + 2>/dev/null |\n"
                           "awk '{ files++; bytes += $1 } END { printf \"%d %.0f\\n\", files, bytes }'\n";

void copy_in_box(copy *k, copy_item *item)
{
    const copy_options *o = k->options;
    char *flags = format_text("-R%s%s", o->follow ? "L" : "H", o->preserve ? "p" : "");
    char *to_shown = target_shown(k, item);
    const char *const argv[] = {"sh", "-c", COPY, "sh", flags, item->path, item->to, NULL};
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *result = boxd_box_exec(
        k->target.box, argv,
        BOXD_OPTIONS(boxd_exec_options, .call = cli_call(k->c), .require_exit_confirmed = true), &error);
    item->refused = !result || !result->success;
    if (!result)
        report_error(&k->report, item->shown, &error);
    else if (!result->success)
        report_messages(&k->report, &(failure_paths){item->shown, item->to, to_shown}, result);
    else
        count_files(&k->report, result->out.data, 0);
    boxd_exec_result_free(result);
    free(to_shown);
    free(flags);
}
