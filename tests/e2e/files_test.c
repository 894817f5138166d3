/* Upload and download: sizes around the limits of pieces, both pairs of RPCs, local files, failures. The
 * program runs against a server with the stream RPCs and against one without. */
#include "e2e.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MIB = 1024 * 1024 };

static char *pattern(size_t size)
{
    char *bytes = malloc(size + 1);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)((i * 2654435761U) >> 13);
    return bytes;
}

START_TEST(round_trip)
{
    static const size_t sizes[] = {0, 1, 13, MIB - 1, MIB, MIB + 1, 5 * MIB + 7};
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char *bytes = pattern(sizes[i]);
        e2e_ok(on->box_write_file(box, "/home/boxd/data", bytes, sizes[i], NULL, &error) == BOXD_OK, error);
        boxd_file_data *back = on->box_read_file(box, "data", NULL, &error);
        e2e_ok(back, error);
        ck_assert_uint_eq(back->content.size, sizes[i]);
        ck_assert_int_eq(memcmp(back->content.data, bytes, sizes[i]), 0);
        ck_assert_int_eq(back->content.data[sizes[i]], '\0');
        boxd_file_data_free(back);
        free(bytes);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(seen_by_commands)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_write_text(box, "a b.txt", "text\n", NULL, &error) == BOXD_OK, error);
    boxd_exec_result *result = e2e_run(box, "cat '/home/boxd/a b.txt'; printf made > /tmp/made");
    ck_assert_str_eq(result->out.data, "text\n");
    boxd_exec_result_free(result);
    boxd_file_data *made = on->box_read_file(box, "/tmp/made", NULL, &error);
    e2e_ok(made, error);
    ck_assert_str_eq(made->content.data, "made");
    boxd_file_data_free(made);
    e2e_ok(on->box_write_text(box, "a b.txt", "", NULL, &error) == BOXD_OK, error); /* replaced as a whole */
    result = e2e_run(box, "wc -c < 'a b.txt'");
    ck_assert_int_eq(atoi(result->out.data), 0);
    boxd_exec_result_free(result);
    e2e_drop(box);
    e2e_close();
}
END_TEST

static void write_local(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

START_TEST(local_files)
{
    const size_t size = 3 * MIB + 5;
    char directory[] = "/tmp/boxd-e2e-XXXXXX", from[64], to[64];
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(from, sizeof from, "%s/from", directory);
    (void)snprintf(to, sizeof to, "%s/to", directory);
    char *bytes = pattern(size);
    write_local(from, bytes, size);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_upload(box, from, "copy", NULL, &error) == BOXD_OK, error);
    write_local(to, "old", 3);
    e2e_ok(on->box_download(box, "copy", to, NULL, &error) == BOXD_OK, error);
    char command[256];
    (void)snprintf(command, sizeof command, "cmp %s %s && test $(ls -A %s | wc -l) = 2", from, to, directory);
    ck_assert_int_eq(system(command), 0);

    write_local(from, "", 0);
    e2e_ok(on->box_upload(box, from, "empty", NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_download(box, "empty", to, NULL, &error) == BOXD_OK, error);
    struct stat status;
    ck_assert(stat(to, &status) == 0 && status.st_size == 0 && (status.st_mode & 0600) == 0600);

    /* a failure leaves the local file unchanged, and nothing beside it */
    write_local(to, "old", 3);
    ck_assert_int_eq((int)on->box_download(box, "missing", to, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    ck_assert(stat(to, &status) == 0 && status.st_size == 3);
    (void)snprintf(command, sizeof command, "test $(ls -A %s | wc -l) = 2 && rm -r %s", directory, directory);
    ck_assert_int_eq(system(command), 0);
    free(bytes);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A directory for the test, in which a line of the shell has run. */
static void make_directory(char *directory, const char *line)
{
    char command[1024];
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(command, sizeof command, "cd %s && %s", directory, line);
    ck_assert_int_eq(system(command), 0);
}

static void expect_in(const char *directory, const char *line)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "cd %s && { %s; }", directory, line);
    ck_assert_msg(system(command) == 0, "%s", line);
}

/* A new file replaces a regular file, whose permissions are kept, and the file that a link leads to. The name
 * of the temporary file does not depend on that of the target. */
START_TEST(local_targets)
{
    char directory[] = "/tmp/boxd-e2e-XXXXXX", to[512], name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    make_directory(directory,
                   "touch secret && chmod 600 secret && ln -s secret link && ln -s nowhere dangling && "
                   "mkdir folder");
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_write_text(box, "there", "new", NULL, &error) == BOXD_OK, error);
    static const char *const refused[] = {"dangling", "folder"};
    const boxd_file_options in_place = {.size = sizeof in_place, .in_place = true};
    for (size_t i = 0; i < 2 * COUNT(refused); i++) {
        (void)snprintf(to, sizeof to, "%s/%s", directory, refused[i / 2]);
        on->box_download(box, "there", to, i % 2 ? &in_place : NULL, &error);
        e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "is not a regular file");
        e2e_expect(&error, BOXD_ERR_LOCAL_FILE, refused[i / 2]);
    }
    static const char *const replaced[] = {"link", NULL};
    for (size_t i = 0; i < COUNT(replaced); i++) {
        (void)snprintf(to, sizeof to, "%s/%s", directory, replaced[i] ? replaced[i] : name);
        e2e_ok(on->box_download(box, "there", to, i ? &in_place : NULL, &error) == BOXD_OK, error);
        e2e_ok(on->box_download(box, "there", to, NULL, &error) == BOXD_OK, error);
    }
    expect_in(directory,
              "test -L link -a -L dangling && test $(cat secret) = new && test $(cat nnn*) = new && "
              "test $(stat -c %a secret) = 600 && test $(ls -A | wc -l) = 5 && rm -r ../${PWD##*/}");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Files that cannot be replaced: they are refused before anything is sent, or written in place. `prepare`
 * runs in the directory, `check` afterwards; both are lines of the shell. */
static const struct {
    const char *name, *obstacle, *prepare, *check;
    bool needs_mount, needs_user;
} obstacles[] = {
    {"fifo", "is not a regular file", "mkfifo fifo && { cat fifo > read & }",
     "while ! test -s read; do sleep 0.01; done; test $(cat read) = new -a -p fifo", false, false},
    {"null", "is not a regular file", "ln -s /dev/null null", "test -L null -a -c /dev/null", false, false},
    {"stream", "leads to an open descriptor", "printf old > log && ln -s /proc/self/fd/77 stream",
     "test $(cat log) = oldnew", false, false},
    {"mounted", "is a mount point", "echo old > mounted && echo old > other && mount --bind other mounted",
     "test $(cat mounted) = new && umount mounted && test $(cat mounted) = old", true, false},
    {"locked/file", "in a directory that cannot be written to",
     "mkdir locked && echo old > locked/file && chmod 555 locked",
     "test $(cat locked/file) = new && chmod 755 locked", false, true},
};

static void write_in_place(boxd_box *box, size_t row)
{
    char directory[] = "/tmp/boxd-e2e-XXXXXX", to[128];
    boxd_error error = BOXD_ERROR_INIT;
    make_directory(directory, obstacles[row].prepare);
    (void)snprintf(to, sizeof to, "%s/log", directory);
    const int log = open(to, O_WRONLY | O_APPEND | O_CLOEXEC);
    ck_assert(log < 0 || dup2(log, 77) == 77);
    (void)snprintf(to, sizeof to, "%s/%s", directory, obstacles[row].name);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    on->box_download(box, "there", to, NULL, &error);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, obstacles[row].obstacle);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "set in_place");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    ck_assert_int_eq(emulator_count_calls(&emulator, "DownloadFileStream", 0), 0);
    const boxd_file_options in_place = {.size = sizeof in_place, .in_place = true};
    if (strcmp(obstacles[row].name, "fifo") != 0)
        e2e_ok(on->box_download(box, "empty", to, &in_place, &error) == BOXD_OK, error);
    e2e_ok(on->box_download(box, "there", to, &in_place, &error) == BOXD_OK, error);
    expect_in(directory, obstacles[row].check);
    expect_in(directory, "rm -r ../${PWD##*/}");
    if (log >= 0)
        close(log);
}

START_TEST(written_in_place)
{
    const bool mounts = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_write_text(box, "there", "new", NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_write_text(box, "empty", "", NULL, &error) == BOXD_OK, error);
    for (size_t row = 0; row < COUNT(obstacles); row++)
        if ((mounts || !obstacles[row].needs_mount) && (geteuid() != 0 || !obstacles[row].needs_user))
            write_in_place(box, row);
    close(77);
    on->box_download(box, "there", "/dev/full", BOXD_OPTIONS(boxd_file_options, .in_place = true), &error);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "writing /dev/full failed");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A pipe that no program reads does not keep the call from ending. */
START_TEST(unread_pipe)
{
    char directory[] = "/tmp/boxd-e2e-XXXXXX", to[64];
    make_directory(directory, "mkfifo fifo");
    (void)snprintf(to, sizeof to, "%s/fifo", directory);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    char *bytes = pattern(MIB);
    e2e_ok(on->box_write_file(box, "large", bytes, MIB, NULL, &error) == BOXD_OK, error);
    const boxd_file_options options = {.size = sizeof options, .in_place = true, .call.timeout_ms = 100};
    on->box_download(box, "large", to, &options, &error);
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_TIMEOUT);
    const int reader = open(to, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* takes a part */
    on->box_download(box, "large", to, &options, &error);
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_TIMEOUT);
    close(reader);
    emulator_fault(&emulator, "{\"rpc\":\"DownloadFileStream\",\"code\":13,\"after_bytes\":1,\"count\":1}");
    on->box_download(box, "large", to, &(boxd_file_options){.size = sizeof options, .in_place = true},
                     &error);
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_INTERNAL);
    expect_in(directory, "rm -r ../${PWD##*/}");
    free(bytes);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A local file that grows or becomes shorter while it is sent. */
static const char *change;

static void change_file(uint64_t done, uint64_t total, void *data)
{
    (void)done;
    (void)total;
    if (change)
        ck_assert_int_eq(system(change), 0);
    change = NULL;
    (void)data;
}

START_TEST(changing_local_files)
{
    char directory[] = "/tmp/boxd-e2e-XXXXXX", from[64], grow[128], shrink[128];
    make_directory(directory, "truncate -s 30000000 file");
    (void)snprintf(from, sizeof from, "%s/file", directory);
    (void)snprintf(grow, sizeof grow, "echo more >> %s", from);
    (void)snprintf(shrink, sizeof shrink, "truncate -s 1000 %s", from);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const boxd_file_options options = {.size = sizeof options, .on_progress = change_file};
    change = grow;
    e2e_ok(on->box_upload(box, from, "x", &options, &error) == BOXD_OK, error);
    ck_assert_ptr_null(change);
    e2e_do(box, "test $(stat -c %s x) = 30000000");
    expect_in(directory, "truncate -s 4G file"); /* its upload lasts longer than any callback waits */
    change = shrink;
    on->box_upload(box, from, "x", &options, &error);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "became shorter while it was read");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_UNKNOWN); /* pieces may have arrived */
    e2e_do(box, "test $(stat -c %s x) = 30000000");            /* not replaced */
    expect_in(directory, "rm -r ../${PWD##*/}");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A file of the box that grows while it is read is copied with the bytes that it had at the beginning, or a
 * few more; of one that becomes shorter nothing is kept. */
START_TEST(changing_files)
{
    char directory[] = "/tmp/boxd-e2e-XXXXXX", to[64];
    make_directory(directory, ":");
    (void)snprintf(to, sizeof to, "%s/file", directory);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *const grows[] = {"sh", "-c",
                                 "truncate -s 5000000 x; echo ready; while :; do echo more >> x; done", NULL};
    boxd_process *writer = boxd_box_exec_stream(box, grows, NULL, &error);
    e2e_ok(writer, error);
    boxd_chunk *ready = NULL;
    ck_assert_int_eq((int)boxd_process_read_stdout(writer, NULL, &ready, &error), (int)BOXD_READ_DATA);
    boxd_chunk_free(ready);
    e2e_ok(on->box_download(box, "x", to, NULL, &error) == BOXD_OK, error);
    struct stat status;
    ck_assert(stat(to, &status) == 0 && status.st_size >= 5000000);
    boxd_process_free(writer);
    emulator_fault(&emulator,
                   "{\"rpc\":\"DownloadFileStream\",\"truncate\":true,\"after_bytes\":2000000,\"count\":1}");
    on->box_download(box, "x", to, NULL, &error);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "announced");
    const off_t size = status.st_size;
    ck_assert(stat(to, &status) == 0 && status.st_size == size);
    expect_in(directory, "test $(ls -A | wc -l) = 1 && rm -r ../${PWD##*/}");
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(failures)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    ck_assert_ptr_null(on->box_read_file(box, "missing", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "missing");
    ck_assert_ptr_null(on->box_read_file(box, "", NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "path");
    ck_assert_int_eq((int)on->box_write_file(box, "x", NULL, 5, NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
    ck_assert_int_eq((int)on->box_write_text(box, "x", NULL, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq((int)on->box_upload(box, "/no/such/file", "x", NULL, &error), (int)BOXD_ERR_LOCAL_FILE);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "/no/such/file");
    ck_assert_int_eq((int)on->box_upload(box, "/dev/null", "x", NULL, &error), (int)BOXD_ERR_LOCAL_FILE);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "regular");
    e2e_ok(on->box_write_text(box, "there", "1", NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->box_download(box, "there", "/no/such/folder/x", NULL, &error),
                     (int)BOXD_ERR_LOCAL_FILE);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "/no/such/folder/x");
    ck_assert_int_ne((int)on->box_write_text(box, "/home/boxd", "x", NULL, &error),
                     (int)BOXD_OK); /* a directory */
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A transfer with more or fewer bytes than announced or sent never succeeds. */
START_TEST(counts)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    emulator_fault(&emulator, "{\"rpc\":\"UploadFileStream\",\"bytes_written\":3,\"count\":1}");
    ck_assert_int_eq((int)on->box_write_text(box, "x", "five!", NULL, &error), (int)BOXD_ERR_INCOMPLETE);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "5 bytes");
    emulator_clear_faults(&emulator);
    e2e_ok(on->box_write_text(box, "x", "five!", NULL, &error) == BOXD_OK, error);
    emulator_fault(&emulator,
                   "{\"rpc\":\"DownloadFileStream\",\"truncate\":true,\"after_bytes\":2,\"count\":1}");
    ck_assert_ptr_null(on->box_read_file(box, "x", NULL, &error));
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "announced 5 bytes");
    emulator_clear_faults(&emulator);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A file that is larger than the options allow, at both RPCs and for both targets. */
START_TEST(too_large)
{
    enum { SIZE = 100 };
    char local[64];
    boxd_error error = BOXD_ERROR_INIT;
    boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    (void)snprintf(local, sizeof local, "/tmp/boxd-e2e-large-%d", (int)getpid());
    char *bytes = pattern(SIZE);
    e2e_ok(on->box_write_file(box, "x", bytes, SIZE, NULL, &error) == BOXD_OK, error);
    options.max_bytes = SIZE;
    boxd_file_data *data = on->box_read_file(box, "x", &options, &error);
    e2e_ok(data, error);
    boxd_file_data_free(data);
    e2e_ok(on->box_download(box, "x", local, &options, &error) == BOXD_OK, error);
    ck_assert_int_eq(unlink(local), 0);
    options.max_bytes = SIZE - 1;
    ck_assert_ptr_null(on->box_read_file(box, "x", &options, &error));
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, "x in ");
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, "more than max_bytes (99)");
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, "boxd_box_download()");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    ck_assert_int_eq((int)on->box_download(box, "x", local, &options, &error), (int)BOXD_ERR_TOO_LARGE);
    ck_assert_int_ne(access(local, F_OK), 0);
    e2e_ok(on->box_write_file(box, "x", bytes, SIZE, &options, &error) == BOXD_OK, error); /* no limit */
    free(bytes);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A server without the stream RPCs is asked for each of them once. */
START_TEST(fallback_is_remembered)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    char directory[] = "/tmp/boxd-e2e-XXXXXX", local[64];
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(local, sizeof local, "%s/local", directory);
    write_local(local, "from a file", 11);
    emulator_fault(&emulator, "{\"rpc\":\"UploadFileStream\",\"code\":12,\"count\":1}");
    emulator_fault(&emulator, "{\"rpc\":\"DownloadFileStream\",\"code\":12,\"count\":1}");
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    for (int i = 0; i < 2; i++) {
        e2e_ok(on->box_upload(box, local, "x", NULL, &error) == BOXD_OK, error);
        e2e_ok(on->box_download(box, "x", local, NULL, &error) == BOXD_OK, error);
        boxd_file_data *data = on->box_read_file(box, "x", NULL, &error);
        e2e_ok(data, error);
        ck_assert_str_eq(data->content.data, "from a file");
        boxd_file_data_free(data);
    }
    ck_assert_int_eq(emulator_count_calls(&emulator, "UploadFileStream", 1), 1);
    ck_assert_int_eq(emulator_count_calls(&emulator, "UploadFile", 2), 2);
    ck_assert_int_eq(emulator_count_calls(&emulator, "DownloadFileStream", 1), 1);
    ck_assert_int_eq(emulator_count_calls(&emulator, "DownloadFile", 4), 4);
    emulator_clear_faults(&emulator);
    emulator_fault(&emulator, "{\"rpc\":\"UploadFile\",\"bytes_written\":3,\"count\":1}");
    ck_assert_int_eq((int)on->box_write_text(box, "x", "five!", NULL, &error), (int)BOXD_ERR_INCOMPLETE);
    emulator_clear_faults(&emulator);
    ck_assert(unlink(local) == 0 && rmdir(directory) == 0);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* A server that ends the stream with UNIMPLEMENTED or UNAUTHENTICATED after a first piece: the library
 * does not start again, whether or not the disk thread is busy. */
START_TEST(unimplemented_in_the_middle)
{
    char directory[] = "/tmp/boxd-e2e-XXXXXX", local[64];
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(local, sizeof local, "%s/local", directory);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    char *bytes = pattern((size_t)3 * MIB);
    e2e_ok(on->box_write_file(box, "x", bytes, (size_t)3 * MIB, NULL, &error) == BOXD_OK, error);
    for (int code = 12; code <= 16; code += 4) {
        char fault[128];
        (void)snprintf(fault, sizeof fault,
                       "{\"rpc\":\"DownloadFileStream\",\"code\":%d,\"after_bytes\":1,\"count\":1}", code);
        emulator_fault(&emulator, fault);
        ck_assert_int_ne((int)on->box_download(box, "x", local, NULL, &error), (int)BOXD_OK);
        ck_assert_int_eq(error.grpc_code, code);
        emulator_clear_faults(&emulator);
    }
    e2e_ok(on->box_download(box, "x", local, NULL, &error) == BOXD_OK, error);
    ck_assert(unlink(local) == 0 && rmdir(directory) == 0);
    free(bytes);
    e2e_drop(box);
    e2e_close();
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static long peak_kib(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
            break;
    ck_assert_int_gt(kib, 0);
    (void)fclose(status);
    return kib;
}

/* 200 MB of a file in each direction need far less memory than that. */
START_TEST(bounded_memory)
{
    char directory[] = "/tmp/boxd-e2e-XXXXXX", from[64], to[64], command[256];
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(from, sizeof from, "%s/from", directory);
    (void)snprintf(to, sizeof to, "%s/to", directory);
    (void)snprintf(command, sizeof command, "head -c 200000000 /dev/urandom > %s", from);
    ck_assert_int_eq(system(command), 0);
    e2e_open(0, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    long before = peak_kib();
    e2e_ok(boxd_box_upload(box, from, "big", NULL, &error) == BOXD_OK, error);
    e2e_ok(boxd_box_download(box, "big", to, NULL, &error) == BOXD_OK, error);
    ck_assert_int_lt(peak_kib() - before, (intmax_t)64 * 1024);
    (void)snprintf(command, sizeof command, "cmp %s %s && rm -r %s", from, to, directory);
    ck_assert_int_eq(system(command), 0);
    e2e_drop(box);
    e2e_close();
}
END_TEST
#endif

int main(int argc, char **argv)
{
    Suite *suite = suite_create("files");
    e2e_add(suite, round_trip);
    e2e_add(suite, seen_by_commands);
    e2e_add(suite, local_files);
    e2e_add(suite, local_targets);
    e2e_add(suite, failures);
    e2e_add(suite, too_large);
    const char *old[] = {"--generation", "0.1", NULL};
    bool unary = argc > 1 && strcmp(argv[1], "--unary") == 0;
    if (!unary) {
        e2e_add(suite, counts);
        e2e_add(suite, fallback_is_remembered);
        e2e_add(suite, unimplemented_in_the_middle);
        e2e_add(suite, written_in_place);
        e2e_add_once(suite, unread_pipe);
        e2e_add_once(suite, changing_local_files);
        e2e_add_once(suite, changing_files);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        e2e_add_once(suite, bounded_memory);
#endif
    }
    return e2e_main(suite, unary ? old : NULL);
}
