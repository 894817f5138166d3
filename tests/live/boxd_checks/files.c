/*
 * files.c: checks of files: what a box sees of them, and the messages of the transfers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boxd_checks/fixture.h"
#include "evidence.h"

static const boxd_rpc_method UPLOAD = BOXD_RPC_METHOD("UploadFileStream", boxd_pb__upload_file_chunk,
                                                      boxd_pb__upload_file_response, BOXD_RPC_STREAM);
static const boxd_rpc_method DOWNLOAD = BOXD_RPC_METHOD("DownloadFileStream", boxd_pb__download_file_request,
                                                        boxd_pb__download_file_chunk, BOXD_RPC_STREAM);
static const boxd_rpc_method UPLOAD_FILE = RPC_WRITE("UploadFile", upload_file);
static const boxd_rpc_method DOWNLOAD_FILE = RPC_READ("DownloadFile", download_file);

static boxd_status write_text(live *l, const char *path, const char *text, boxd_error *error)
{
    *error = (boxd_error)BOXD_ERROR_INIT;
    return boxd_box_write_text(boxd_of(l)->box, path, text, BOXD_OPTIONS(boxd_file_options, .call = l->call),
                               error);
}

static void see_line(live *l, const char *line)
{
    boxd_exec_result *r = run_line(l, boxd_of(l)->box, line);
    if (r != NULL)
        see_output(l, r);
    boxd_exec_result_free(r);
}

static void round_trip(live *l)
{
    enum { SIZE = (2 << 20) + 1 };
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_file_options *options = BOXD_OPTIONS(boxd_file_options, .call = l->call);
    unsigned char *data = malloc(SIZE);
    boxd_file_data *back = NULL;
    if (data == NULL || need_box(l) == NULL) {
        free(data);
        return;
    }
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (unsigned char)(i * 2654435761u >> 13);
    if (boxd_box_write_file(boxd_of(l)->box, "/home/boxd/data", data, SIZE, options, &error) == BOXD_OK)
        back = boxd_box_read_file(boxd_of(l)->box, "/home/boxd/data", options, &error);
    if (live_ok(l, back != NULL, &error))
        live_see(l, "%s",
                 back->content.size == SIZE && memcmp(back->content.data, data, SIZE) == 0 ? "unchanged"
                                                                                           : "changed");
    boxd_file_data_free(back);
    free(data);
}

static void replaced(live *l)
{
    boxd_error error;
    if (need_box(l) == NULL)
        return;
    if (live_ok(l,
                write_text(l, "/home/boxd/r", "a long text", &error) == BOXD_OK &&
                    write_text(l, "/home/boxd/r", "short", &error) == BOXD_OK,
                &error))
        see_line(l, "cat r");
}

static void owner(live *l)
{
    boxd_error error;
    if (need_box(l) != NULL && live_ok(l, write_text(l, "/home/boxd/o", "x", &error) == BOXD_OK, &error))
        see_line(l, "stat -c '%U %a' o");
}

static void read_missing(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_box(l) == NULL)
        return;
    boxd_file_data *data = boxd_box_read_file(boxd_of(l)->box, "/home/boxd/none",
                                              BOXD_OPTIONS(boxd_file_options, .call = l->call), &error);
    see_status(l, data ? BOXD_OK : error.status, &error);
    boxd_file_data_free(data);
}

static void write_to_directory(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_box(l) != NULL)
        see_status(l, write_text(l, "/home", "x", &error), &error);
}

static void write_without_parent(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_box(l) == NULL)
        return;
    const boxd_status status = write_text(l, "/home/boxd/new/dir/file", "x", &error);
    see_status(l, status, &error);
}

static void relative_path(live *l)
{
    boxd_error error;
    BoxdPb__UploadFileRequest request = BOXD_PB__UPLOAD_FILE_REQUEST__INIT;
    if (need_box(l) == NULL)
        return;
    request.vm_id = boxd_of(l)->box_id;
    request.path = "relative.txt";
    request.data = (ProtobufCBinaryData){1, (uint8_t *)(size_t) "x"};
    ProtobufCMessage *reply = rpc(l, &UPLOAD_FILE, &request.base, &error);
    if (live_ok(l, reply != NULL, &error))
        see_line(l, "ls -d /home/boxd/relative.txt /relative.txt 2>/dev/null | grep . || echo elsewhere");
    boxd_rpc_reply_free(reply);
}

/* ---- the messages of the transfers ---- */

static boxd_status send_upload(live *l, boxd_rpc_stream *stream, size_t size, boxd_error *error)
{
    static uint8_t zeros[1000];
    BoxdPb__UploadFileChunk chunk = BOXD_PB__UPLOAD_FILE_CHUNK__INIT;
    chunk.vm_id = boxd_of(l)->box_id;
    chunk.path = "/home/boxd/uploaded";
    chunk.total_size = size;
    chunk.data = (ProtobufCBinaryData){size, zeros};
    boxd_status status = boxd_rpc_stream_send(stream, &chunk.base, &l->call, error);
    return status == BOXD_OK ? boxd_rpc_stream_close_send(stream, &l->call, error) : status;
}

static void bytes_written(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    ProtobufCMessage *reply = NULL;
    if (need_box(l) == NULL)
        return;
    boxd_rpc_stream *stream = boxd_rpc_stream_open(client(l), &UPLOAD, &l->call, &error);
    boxd_status status = stream ? send_upload(l, stream, 1000, &error) : error.status;
    if (status == BOXD_OK)
        status = boxd_rpc_stream_receive(stream, &l->call, &reply, &error);
    if (live_ok(l, status == BOXD_OK, &error) && reply != NULL) {
        const BoxdPb__UploadFileResponse *response = (const void *)reply;
        evidence_message(l->evidence, "received", reply);
        live_see(l, "%llu", (unsigned long long)response->bytes_written);
    }
    boxd_rpc_reply_free(reply);
    boxd_rpc_stream_free(stream);
}

static void total_size(live *l)
{
    boxd_error error;
    ProtobufCMessage *reply = NULL;
    BoxdPb__DownloadFileRequest request = BOXD_PB__DOWNLOAD_FILE_REQUEST__INIT;
    if (need_box(l) == NULL ||
        !live_ok(l, write_text(l, "/home/boxd/d", "twelve bytes", &error) == BOXD_OK, &error))
        return;
    request.vm_id = boxd_of(l)->box_id;
    request.path = "/home/boxd/d";
    boxd_rpc_stream *stream = boxd_rpc_stream_open(client(l), &DOWNLOAD, &l->call, &error);
    boxd_status status =
        stream ? boxd_rpc_stream_send(stream, &request.base, &l->call, &error) : error.status;
    if (status == BOXD_OK)
        status = boxd_rpc_stream_close_send(stream, &l->call, &error);
    if (status == BOXD_OK)
        status = boxd_rpc_stream_receive(stream, &l->call, &reply, &error);
    if (live_ok(l, status == BOXD_OK, &error) && reply != NULL) {
        const BoxdPb__DownloadFileChunk *chunk = (const void *)reply;
        evidence_message(l->evidence, "received", reply);
        live_see(l, "total_size %llu, data %zu bytes", (unsigned long long)chunk->total_size,
                 chunk->data.len);
    }
    boxd_rpc_reply_free(reply);
    boxd_rpc_stream_free(stream);
}

static void unary(live *l)
{
    boxd_error error;
    BoxdPb__DownloadFileRequest request = BOXD_PB__DOWNLOAD_FILE_REQUEST__INIT;
    if (need_box(l) == NULL || !live_ok(l, write_text(l, "/home/boxd/u", "x", &error) == BOXD_OK, &error))
        return;
    request.vm_id = boxd_of(l)->box_id;
    request.path = "/home/boxd/u";
    see_rpc(l, &DOWNLOAD_FILE, &request.base);
}

/* ---- directories ---- */

static void directories(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = need_box(l);
    if (box == NULL)
        return;
    live_see(l, "mkdir ");
    see_status(l, boxd_box_mkdir(box, "/home/boxd/dir", &l->call, &error), &error);
    (void)write_text(l, "/home/boxd/dir/a", "12345", &error);
    boxd_dir *dir = boxd_box_list_dir(box, "/home/boxd/dir", &l->call, &error);
    live_see(l, ", list ");
    if (live_ok(l, dir != NULL, &error)) {
        for (size_t i = 0; i < dir->count; i++)
            live_see(l, "%s %llu", dir->items[i]->name, (unsigned long long)dir->items[i]->size_bytes);
    }
    boxd_dir_free(dir);
    live_see(l, ", rename ");
    see_status(l, boxd_box_rename_path(box, "/home/boxd/dir/a", "/home/boxd/dir/b", &l->call, &error),
               &error);
    live_see(l, ", copy ");
    see_status(l, boxd_box_copy_path(box, "/home/boxd/dir", "/home/boxd/dir2", &l->call, &error), &error);
    live_see(l, ", delete ");
    see_status(l, boxd_box_delete_path(box, "/home/boxd/dir", &l->call, &error), &error);
}

static void mkdir_without_parent(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_box(l) != NULL)
        see_status(l, boxd_box_mkdir(boxd_of(l)->box, "/home/boxd/no/parent", &l->call, &error), &error);
}

static void delete_missing(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_box(l) != NULL)
        see_status(l, boxd_box_delete_path(boxd_of(l)->box, "/home/boxd/none", &l->call, &error), &error);
}

const live_check file_checks[] = {
    {"files.round-trip", "Files", "UploadFileStream and DownloadFileStream, in messages of 1 MiB.",
     "upload and download of 2 MiB and 1 byte", "unchanged", NULL, round_trip},
    {"files.replaced", "Files", "The file is replaced whole.", "two uploads to one path", "short", NULL,
     replaced},
    {"files.owner", "Files", "Which owner and mode has an uploaded file?", "upload, stat", NULL, "boxd 644",
     owner},
    {"files.read-missing", "Errors -> classes", "A file that does not exist: NOT_FOUND.",
     "DownloadFileStream of a missing file", "NOT_FOUND", NULL, read_missing},
    {"files.write-directory", "Files", "Which code has an upload to a directory?",
     "UploadFileStream to /home", NULL, "FAILED_PRECONDITION", write_to_directory},
    {"files.write-without-parent", "Files", "Does an upload make the directories of its path?",
     "UploadFileStream to a new directory", NULL, "OK", write_without_parent},
    {"files.relative-path", "Files", "Where does a relative path lead?", "UploadFile to relative.txt", NULL,
     "/home/boxd/relative.txt", relative_path},
    {"files.bytes-written", "Files",
     "UploadFileResponse.bytes_written must equal what was sent; 0 from an old server means \"not "
     "confirmed\".",
     "UploadFileStream of 1000 bytes", "1000|0", "1000", bytes_written},
    {"files.total-size", "Files", "DownloadFileStream -> {total_size, data}; total_size may come only once.",
     "DownloadFileStream of 12 bytes, the first message", "total_size 12, data 12 bytes", NULL, total_size},
    {"files.unary", "Two generations of one service", "UploadFile and DownloadFile are still there.",
     "DownloadFile", "OK", NULL, unary},
    {"files.directories", "Two generations of one service",
     "ListDir, Mkdir, RenamePath, CopyPath, DeletePath.", "each of them",
     "mkdir OK, list a 5, rename OK, copy OK, delete OK", NULL, directories},
    {"files.mkdir-without-parent", "Files",
     "Mkdir: the parent must exist. Which code does it have otherwise?", "Mkdir /home/boxd/no/parent", "*",
     "NOT_FOUND", mkdir_without_parent},
    {"files.delete-missing", "Files", "DeletePath is like rm -rf. Which code has a missing path?",
     "DeletePath of a missing path", NULL, "NOT_FOUND", delete_missing},
    {0},
};
