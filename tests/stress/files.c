/*
 * files.c: transfers of files, from and to memory and the disk.
 */
#include "stress.h"

#include <stdio.h>

static const char CONTENT[150000];

static const char *any_path(void)
{
    static const char *const paths[] = {"/tmp/a", "/tmp/b", "/tmp/c", "/nowhere/d"};
    return paths[random_below(4)];
}

static boxd_file_options any_options(const invocation *s, ticket *t)
{
    boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
    options.call = s->call;
    if (one_in(2)) {
        options.on_progress = ticket_progress;
        options.progress_data = t;
    }
    return options;
}

static void on_content(boxd_file_data *content, const boxd_error *error, void *data)
{
    client *c = ticket_called(data, status_of(error), error);
    boxd_file_data_free(content);
    after_callback(c);
}

static void write_file(invocation *s, const char *operation)
{
    ticket *t = ticket_new(s->client, operation);
    const boxd_file_options options = any_options(s, t);
    const size_t size = one_in(2) ? 100 : sizeof CONTENT;
    if (s->blocking) {
        boxd_box_write_file(s->box, any_path(), CONTENT, size, &options, &s->error);
        invocation_returned(t, s);
        return;
    }
    if (one_in(2)) {
        boxd_aio_box_write_file(s->box, any_path(), CONTENT, size, &options, on_done, t);
    } else {
        ticket_expect_release(t);
        boxd_aio_box_write_file_nocopy(s->box, any_path(), CONTENT, size, ticket_release, t, &options,
                                       on_done, t);
    }
    ticket_submitted(t);
}

static void read_file(invocation *s, const char *operation)
{
    ticket *t = ticket_new(s->client, operation);
    const boxd_file_options options = any_options(s, t);
    if (s->blocking) {
        boxd_file_data_free(boxd_box_read_file(s->box, any_path(), &options, &s->error));
        invocation_returned(t, s);
    } else {
        boxd_aio_box_read_file(s->box, any_path(), &options, on_content, t);
        ticket_submitted(t);
    }
}

static void upload(invocation *s, const char *operation)
{
    ticket *t = ticket_new(s->client, operation);
    const boxd_file_options options = any_options(s, t);
    const char *local = local_files[random_below(2)];
    if (s->blocking) {
        boxd_box_upload(s->box, local, any_path(), &options, &s->error);
        invocation_returned(t, s);
    } else {
        boxd_aio_box_upload(s->box, local, any_path(), &options, on_done, t);
        ticket_submitted(t);
    }
}

static void download(invocation *s, const char *operation)
{
    char local[80];
    (void)snprintf(local, sizeof local, "%s/down%u", local_folder, random_below(4));
    ticket *t = ticket_new(s->client, operation);
    const boxd_file_options options = any_options(s, t);
    if (s->blocking) {
        boxd_box_download(s->box, any_path(), local, &options, &s->error);
        invocation_returned(t, s);
    } else {
        boxd_aio_box_download(s->box, any_path(), local, &options, on_done, t);
        ticket_submitted(t);
    }
}

const stress_operation FILES[] = {{"write file", 4, false, write_file},
                                  {"read file", 4, false, read_file},
                                  {"upload", 3, false, upload},
                                  {"download", 3, false, download},
                                  {NULL, 0, false, NULL}};
