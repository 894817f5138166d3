/* What the tests of directories have in common: a local directory, and utilities of the box. */
#include "dirs_case.h"

#include <stdio.h>
#include <unistd.h>

char local[64];

const char *local_path(const char *name)
{
    static char paths[16][96];
    static size_t calls;
    char *path = paths[calls++ % COUNT(paths)];
    (void)snprintf(path, sizeof paths[0], "%s/%s", local, name);
    return path;
}

void local_run(const char *line)
{
    char *command = NULL;
    ck_assert_int_gt(asprintf(&command, "cd '%s' && { %s\n}", local, line), 0);
    const int status = system(command);
    ck_assert_msg(status == 0, "%s: status %d", line, status);
    free(command);
}

boxd_status transfer_dir(boxd_box *box, bool up, const char *from, const char *to,
                         const boxd_dir_transfer_options *options, boxd_dir_transfer **t, boxd_error *error)
{
    return up ? on->box_upload_dir(box, local_path(from), to, options, t, error)
              : on->box_download_dir(box, from, local_path(to), options, t, error);
}

void expect_no_answer(boxd_box *box, bool up, const char *from, const char *to)
{
    boxd_error error = BOXD_ERROR_INIT;
    char message[48] = "";
    for (int ms = 50; !*message || !strstr(error.message, message); ms *= 2) {
        ck_assert_msg(ms < E2E_PATIENCE_MS, "%s", error.message);
        (void)snprintf(message, sizeof message, "no answer within %d ms", ms);
        transfer_dir(box, up, from, to, BOXD_OPTIONS(boxd_dir_transfer_options, .call.timeout_ms = ms), NULL,
                     &error);
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "");
    }
}

void open_dirs(int i)
{
    e2e_open(i, NULL);
    (void)snprintf(local, sizeof local, "/tmp/boxd-dirs-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(local));
}

void close_dirs(boxd_box *box)
{
    local_run("chmod -R u+rwx . && rm -rf \"$PWD\"");
    if (box)
        e2e_drop(box);
    e2e_close();
}

void fake_utility(boxd_box *box, const char *name, const char *script)
{
    boxd_error error = BOXD_ERROR_INIT;
    char text[512], path[64], command[96];
    (void)snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    (void)snprintf(path, sizeof path, "/usr/local/bin/%s", name);
    (void)snprintf(command, sizeof command, "chmod 755 %s", path);
    e2e_ok(on->box_write_text(box, path, text, NULL, &error) == BOXD_OK, error);
    e2e_do(box, command);
}

/* What a directory contains, by name: kind, mode, time, size, target; and its contents. The names are bytes,
 * with a NUL behind each. */
static const char LISTING[] =
    "export PATH=/usr/bin:/bin; find . -printf '%P|%y|%m|%T@|%l|' \\( -type f -printf '%s' -o -true \\) "
    "-printf '\\0' | sort -z | sha256sum; "
    "find . -type f -print0 | sort -z | xargs -0 -r sha256sum | sha256sum";

void listing_here(const char *dir, char *out, size_t size)
{
    char command[512];
    (void)snprintf(command, sizeof command, "cd '%s/%s' && LC_ALL=C; export LC_ALL; %s", local, dir, LISTING);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    out[fread(out, 1, size - 1, pipe)] = '\0';
    ck_assert_int_eq(pclose(pipe), 0);
}

void expect_same_in_box(boxd_box *box, const char *dir, const char *path)
{
    char here[256], command[512];
    listing_here(dir, here, sizeof here);
    (void)snprintf(command, sizeof command, "cd '%s' && LC_ALL=C; export LC_ALL; %s", path, LISTING);
    boxd_exec_result *result = e2e_run(box, command);
    ck_assert_str_eq(result->out.data, here);
    boxd_exec_result_free(result);
}

const char TREE[] =
    "mkdir -p t/empty t/sub/deeper && cd t && printf '#!/bin/sh\\n' > run && chmod 755 run && : > nothing && "
    "long=$(printf '%0255d' 7) && printf long > $long && "
    "mkdir -p $long/ 2>/dev/null; mkdir -p p$(printf '%0200d' 1)/q$(printf '%0200d' 2) && "
    "printf deep > p$(printf '%0200d' 1)/q$(printf '%0200d' 2)/r$(printf '%0200d' 3) && "
    "printf odd > \"$(printf 'a\\nb')\" && printf odd > \"$(printf 'x\\377\\001y')\" && printf odd > "
    "'back\\slash' && "
    "printf odd > ' sp\"ace'\\''s ' && printf dash > ./-rf && printf colon > 'a: Cannot open: b' && "
    "printf utf > 'gr\303\274n' && "
    "ln -s run link && ln -s /etc/passwd absolute && ln -s ../../.. up && ln -s nowhere dangling && "
    "ln -s $(printf '%0150d' 3) longlink && ln -s sub dirlink && "
    "for n in 511 512 513 10240 524287 524288 524289 1700000; do head -c $n /dev/urandom > sub/$n; done && "
    "chmod 400 sub/511 && chmod 666 sub/512 && printf x > sub/deeper/x && "
    "touch -d '1969-12-31 23:59:58.25 UTC' sub/513 && touch -d '2001-02-03 04:05:06.123456789 UTC' run && "
    "touch -hd '2002-03-04 05:06:07.5 UTC' link && touch -d '2100-01-01 UTC' nothing && "
    "touch -d '2003-04-05 06:07:08.9 UTC' sub empty sub/deeper && chmod 700 empty && chmod 555 sub/deeper";

void expect_failure(const boxd_dir_transfer *t, const char *path, boxd_status status, const char *reason)
{
    for (size_t i = 0; i < t->failure_count; i++) {
        const boxd_dir_failure *f = t->failures[i];
        if (strcmp(f->path, path) != 0)
            continue;
        ck_assert_msg(f->status == status && strstr(f->reason, reason), "%s: %s: %s", path,
                      boxd_status_name(f->status), f->reason);
        return;
    }
    ck_abort_msg("%s is not among the failures", path);
}

boxd_box *box_without(const char *missing)
{
    static const char utilities[] =
        "sh mkdir rm rmdir mv cp ln chmod touch stat readlink cat ls find xargs tar cksum "
        "head sort sha256sum cmp printf truncate mkfifo sleep grep setsid";
    boxd_error error = BOXD_ERROR_INIT;
    char line[512];
    const boxd_box_config config = {.size = sizeof config,
                                    .env = BOXD_ARGV("PATH=/usr/local/bin:/home/boxd/bin")};
    boxd_box *box = on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .config = &config), &error);
    e2e_ok(box, error);
    (void)snprintf(line, sizeof line,
                   "/bin/mkdir bin; for u in %s; do case ' %s ' in *\" $u \"*) ;; *) /bin/ln -s /usr/bin/$u "
                   "bin ;; esac; "
                   "done; ! command -v %s",
                   utilities, missing, missing);
    e2e_do(box, line);
    return box;
}

boxd_box *box_without_tar(void)
{
    return box_without("tar find xargs");
}

void expect_round_trip(boxd_box *box, boxd_transfer_method method)
{
    boxd_error error = BOXD_ERROR_INIT;
    local_run(TREE);
    const boxd_dir_transfer_options options = {.size = sizeof options, .all_modes = true};
    const char *from = local_path("t"), *to = local_path("back");
    char before[256], after[256];
    boxd_dir_transfer *transfer = NULL;
    for (int twice = 0; twice < 2; twice++) {
        e2e_ok(on->box_upload_dir(box, from, "made/by parents", &options, &transfer, &error) == BOXD_OK,
               error);
        ck_assert_int_eq((int)transfer->method, (int)method);
        ck_assert(transfer->failed == 0 && transfer->failure_count == 0 && transfer->skipped == 0);
        ck_assert_uint_eq(transfer->links, 6);
        boxd_dir_transfer_free(transfer);
        expect_same_in_box(box, "t", "made/by parents");
        /* tar makes a directory writable after its files only */
        e2e_do(box, "chmod u+w 'made/by parents/sub/deeper'");
    }
    e2e_do(box, "cd made/by*/sub && chmod u-w deeper && touch -d '2003-04-05 06:07:08.9 UTC' .");
    for (int twice = 0; twice < 2; twice++) { /* the second time over what is there */
        e2e_ok(on->box_download_dir(box, "/home/boxd/made/by parents", to, &options, &transfer, &error) ==
                   BOXD_OK,
               error);
        ck_assert_int_eq((int)transfer->method, (int)method);
        ck_assert_uint_eq(transfer->failed, 0);
        ck_assert_uint_eq(transfer->links, 6);
        boxd_dir_transfer_free(transfer);
        listing_here("t", before, sizeof before);
        listing_here("back", after, sizeof after);
        ck_assert_str_eq(before, after);
        local_run("diff -r --no-dereference t back");
        local_run("chmod u+w back/sub/deeper");
    }
}
