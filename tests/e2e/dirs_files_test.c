/* Directories of a box without tar: the RPCs of files and a shell take its place. */
#include "dirs_case.h"

#include <stdio.h>
#include <unistd.h>

/* What boxes lack. */
static const char *const missing[] = {"tar", "tar find xargs"};

/* Nothing of a transfer stays behind: the temporary directory is removed a moment after a call that ended
 * early. */
static void expect_no_temporary(boxd_box *box)
{
    e2e_do(box, "i=0; while [ $((i += 1)) -lt 600 ]; do ls -A . /tmp to 2>/dev/null | grep -q '^[.]boxd-' || "
                "exit 0; sleep 0.05; done; ls -lR . /tmp >&2; exit 1");
}

START_TEST(round_trip)
{
    open_dirs(_i);
    boxd_box *box = box_without(missing[(size_t)_i % COUNT(missing)]);
    expect_round_trip(box, BOXD_TRANSFER_FILES);
    expect_no_temporary(box);
    close_dirs(box);
}
END_TEST

/* Each failure of both sides is listed, and the other entries are copied. */
START_TEST(failures)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without_tar();
    const char *from = local_path("u"), *to = local_path("to");
    local_run("mkdir -p u/d && cd u && mkfifo pipe && touch d/good z it\\'s && ln -s x l");
    e2e_do(box, "mkdir -p to/z/full to/l && touch to/d && ln -s /etc/passwd \"to/it's\"");
    boxd_dir_transfer *t = NULL;
    ck_assert_int_eq((int)on->box_upload_dir(box, from, "to", NULL, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    ck_assert(t->failed == 3 && t->method == BOXD_TRANSFER_FILES);
    expect_failure(t, "pipe", BOXD_ERR_LOCAL_FILE, "neither a file");
    expect_failure(t, "z", BOXD_ERR_FAILED, "a directory has its name");
    expect_failure(t, "l", BOXD_ERR_FAILED, "a directory has its name");
    boxd_dir_transfer_free(t);
    /* a file takes the place of a link, and a directory that of a file */
    e2e_do(box, "test -f to/d/good -a ! -L \"to/it's\" && mkfifo to/pipe && mkdir to/locked && "
                "touch to/secret to/last && chmod 0 to/secret to/locked");
    local_run("mkdir -p to/last out && touch to/d && ln -s ../out to/z");
    ck_assert_int_eq((int)on->box_download_dir(box, "to", to, NULL, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    ck_assert_int_eq((int)t->method, (int)BOXD_TRANSFER_FILES);
    expect_failure(t, "pipe", BOXD_ERR_PROTOCOL, "neither a file");
    expect_failure(t, "last", BOXD_ERR_LOCAL_FILE, "directory");
    expect_failure(t, "d", BOXD_ERR_LOCAL_FILE, "has the name of a directory");
    expect_failure(t, "d/good", BOXD_ERR_LOCAL_FILE, "has the name of a directory");
    expect_failure(t, "z", BOXD_ERR_LOCAL_FILE, "has the name of a directory");
    expect_failure(t, "z/full", BOXD_ERR_LOCAL_FILE, "has the name of a directory");
    boxd_dir_transfer_free(t);
    local_run("test -f \"to/it's\" && test -L to/z && test -z \"$(ls out)\"");
    expect_no_temporary(box);
    close_dirs(box);
}
END_TEST

/* Calls for single files that fail. */
START_TEST(failed_calls)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without_tar();
    const char *from = local_path("u"), *to = local_path("to");
    local_run("mkdir u && cd u && for i in 1 2 3; do echo $i > $i; done");
    const bool old = strcmp(e2e_generation, "0.1") == 0;
    char fault[128];
    boxd_dir_transfer *t = NULL;
    for (int code = 8; code <= 14; code += 6) { /* RESOURCE_EXHAUSTED: a full disk; UNAVAILABLE: no box */
        (void)snprintf(fault, sizeof fault, "{\"rpc\":\"UploadFile%s\",\"code\":%d,\"count\":1}",
                       old ? "" : "Stream", code);
        emulator_fault(&emulator, fault);
        on->box_upload_dir(box, from, "to", NULL, &t, &error);
        ck_assert_int_eq((int)error.status, (int)(code == 8 ? BOXD_ERR_INCOMPLETE : BOXD_ERR_CONNECTION));
        ck_assert(code != 8 || (t->failed == 1 && t->failures[0]->status == BOXD_ERR_QUOTA && t->files == 2));
        boxd_dir_transfer_free(t);
        emulator_clear_faults(&emulator);
        expect_no_temporary(box);
    }
    e2e_ok(on->box_upload_dir(box, from, "to", NULL, NULL, &error) == BOXD_OK, error);
    (void)snprintf(fault, sizeof fault, "{\"rpc\":\"DownloadFile%s\",\"code\":7,\"count\":1}",
                   old ? "" : "Stream");
    emulator_fault(&emulator, fault);
    on->box_download_dir(box, "to", to, NULL, &t, &error);
    ck_assert(t->failed == 1 && t->failures[0]->status == BOXD_ERR_PERMISSION_DENIED && t->files == 2);
    boxd_dir_transfer_free(t);
    local_run("test $(ls -A to | wc -l) = 2");
    emulator_clear_faults(&emulator);
    close_dirs(box);
}
END_TEST

static boxd_cancel_token *token;
static boxd_dir_progress reported;

static void on_progress(const boxd_dir_progress *progress, void *data)
{
    (void)data;
    ck_assert(progress->entries >= reported.entries && progress->bytes >= reported.bytes);
    reported = *progress;
    if (token && progress->bytes > 0)
        boxd_cancel_token_cancel(token);
}

/* Progress, the limit for bytes, cancel and deadline. */
START_TEST(ends)
{
    /* Its transfer lasts longer than any callback waits. */
    static const char large[] =
        "mkdir large && i=0 && while [ $((i += 1)) -le 40 ]; do truncate -s 30M large/$i || exit; done";
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without_tar();
    const char *to = local_path("to");
    local_run("mkdir -p from/d && for i in 1 2 3 4 5 6 7 8 9; do head -c 1000000 /dev/zero "
              "> from/d/$i; done && touch from/x");
    boxd_dir_transfer_options options = {.size = sizeof options, .on_progress = on_progress};
    for (int up = 1; up >= 0; up--) {
        reported = (boxd_dir_progress){0};
        e2e_ok(transfer_dir(box, up, up ? "from" : "to", "to", &options, NULL, &error) == BOXD_OK, error);
        ck_assert(reported.entries == 12 && reported.bytes == 9000000);
    }
    options.max_bytes = 8999999;
    reported = (boxd_dir_progress){0};
    on->box_download_dir(box, "to", to, &options, NULL, &error);
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, "max_bytes (8999999)");
    local_run("rm -r to");
    options.max_bytes = 0;
    local_run(large);
    e2e_do(box, large);
    for (int up = 0; up < 2; up++) {
        reported = (boxd_dir_progress){0};
        token = options.call.cancel = boxd_cancel_token_new();
        transfer_dir(box, up, "large", "to", &options, NULL, &error);
        e2e_expect(&error, BOXD_ERR_CANCELLED, "cancel token");
        boxd_cancel_token_free(token);
    }
    token = NULL;
    local_run("test $(find to -type f ! -size 0 | wc -l) -lt 40 && ! ls to/.boxd* to/d/.boxd*");
    expect_no_temporary(box);
    fake_utility(box, "mkdir", "exec sleep 1000");
    fake_utility(box, "find", "exec sleep 1000");
    expect_no_answer(box, true, "from", "to");
    expect_no_answer(box, false, "to", "to");
    close_dirs(box);
}
END_TEST

/* Lists and shells of a hostile box. The list of `find` is printed by a script. */
static const struct {
    const char *list;
    boxd_status status;
    const char *part;
} lists[] = {
    {"'-rw-r--r-- 1 0.0 644\\0\\0../evil\\0\\0\\0'", BOXD_ERR_INCOMPLETE, "leads out of the directory"},
    {"'-rw-r--r-- 1 0.0 644\\0\\0/tmp/evil\\0\\0\\0'", BOXD_ERR_INCOMPLETE, "leads out of the directory"},
    {"'lrwxrwxrwx 1 0.0 777\\0../out\\0l\\0-rw-r--r-- 1 0.0 644\\0\\0l/evil\\0\\0\\0'", BOXD_ERR_INCOMPLETE,
     "has the name of a directory"},
    {"'-rw-r--r-- 99999999999999999999999 x 9\\0\\0x\\0\\0\\0'", BOXD_ERR_INCOMPLETE, "x"},
    {"'-rw'", BOXD_ERR_PROTOCOL, "has no end"},
    {"'d\\0d\\0d'", BOXD_ERR_PROTOCOL, "has no end"},
};

START_TEST(hostile_boxes)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without_tar();
    char script[512];
    const char *to = local_path("to");
    local_run("mkdir out && touch out/kept");
    e2e_do(box, "mkdir from && echo 1 > evil");
    for (size_t i = 0; i < COUNT(lists); i++) {
        error = (boxd_error)BOXD_ERROR_INIT;
        (void)snprintf(script, sizeof script, "case $1 in --version) echo GNU ;; *) printf -- %s ;; esac",
                       lists[i].list);
        fake_utility(box, "find", script);
        const boxd_status status = on->box_download_dir(box, "from", to, NULL, NULL, &error);
        ck_assert_msg(status == lists[i].status && strstr(error.message, lists[i].part), "%s: %s",
                      lists[i].list, error.message);
        local_run("test \"$(ls -A out)\" = kept && test ! -e evil && rm -rf to");
    }
    close_dirs(box);
}
END_TEST

/* Files with more bytes than the list says: max_bytes ends the downloads before more bytes are here, and
 * leaves no file behind. */
START_TEST(larger_than_listed)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without_tar();
    const char *to = local_path("to");
    e2e_do(box, "mkdir from && for i in 1 2 3; do head -c 5000000 /dev/zero > from/$i; done");
    fake_utility(box, "find",
                 "case $1 in --version) echo GNU ;; *) for i in 1 2 3; do printf -- '-rw-r--r-- 10 0.0 "
                 "644\\0\\0%s\\0' $i; done; esac");
    const uint64_t limits[] = {1000, 6000000};
    for (size_t i = 0; i < COUNT(limits); i++) {
        error = (boxd_error)BOXD_ERROR_INIT;
        reported = (boxd_dir_progress){0};
        const boxd_dir_transfer_options options = {
            .size = sizeof options, .on_progress = on_progress, .max_bytes = limits[i]};
        on->box_download_dir(box, "from", to, &options, NULL, &error);
        e2e_expect(&error, BOXD_ERR_TOO_LARGE, "of the directory have more than max_bytes");
        ck_assert_uint_le(reported.bytes, limits[i]);
        ck_assert(i > 0 || reported.bytes == 0);
        local_run("test $(find to -type f ! -size 0 | wc -l) -lt 2 && rm -r to");
    }
    close_dirs(box);
}
END_TEST

/* A file whose path is no UTF-8 is read with `head`. A box that writes more than the file has fills no disk.
 */
START_TEST(endless_heads)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without_tar();
    boxd_dir_transfer *t = NULL;
    const char *to = local_path("to");
    e2e_do(box, "mkdir from && cd from && printf ab > \"$(printf 'x\\377')\" && : > \"$(printf 'y\\377')\"");
    fake_utility(box, "head", "printf 0123456789; echo no >&2");
    ck_assert_int_eq((int)on->box_download_dir(box, "from", to, NULL, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    ck_assert(t->failed == 2 && t->bytes == 0);
    expect_failure(t, "x\377", BOXD_ERR_FAILED, "more bytes than the file has");
    expect_failure(t, "y\377", BOXD_ERR_FAILED, "more bytes than the file has");
    boxd_dir_transfer_free(t);
    local_run("test -z \"$(find to -type f)\"");
    fake_utility(box, "head",
                 "/usr/bin/yes | /usr/bin/dd bs=65536 count=1000 >&2 2>/dev/null; exit 1"); /* nor memory */
    ck_assert_int_eq((int)on->box_download_dir(box, "from", to, NULL, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    expect_failure(t, "x\377", BOXD_ERR_FAILED, "in the box: y");
    boxd_dir_transfer_free(t);
    close_dirs(box);
}
END_TEST

/* What differs with service 0.1: whole files are single messages. */
static Suite *old_suite(void)
{
    Suite *suite = suite_create("dirs_files_old");
    e2e_add_once(suite, round_trip);
    e2e_add_once(suite, failures);
    e2e_add_once(suite, failed_calls);
    e2e_add_once(suite, ends);
    return suite;
}

static Suite *files_suite(void)
{
    Suite *suite = suite_create("dirs_files");
    e2e_add(suite, round_trip);
    e2e_add(suite, failures);
    e2e_add_once(suite, failed_calls);
    e2e_add(suite, ends);
    e2e_add_once(suite, hostile_boxes);
    e2e_add_once(suite, larger_than_listed);
    e2e_add_once(suite, endless_heads);
    return suite;
}

int main(int argc, char **argv)
{
    e2e_take_generation(argc, argv);
    return e2e_main(strcmp(e2e_generation, "0.1") == 0 ? old_suite() : files_suite(),
                    (const char *const[]){"--generation", e2e_generation, NULL});
}
