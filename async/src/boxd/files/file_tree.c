/*
 * file_tree.c: the tree of files in a box: lists and makes directories, renames, copies and deletes paths.
 * Called by the program on any thread; replies are mapped on the core thread.
 *
 * The service has no RPC for one path: stat and exists look for its name in the list of its parent directory.
 */
#include "boxd/client/box.h"
#include "boxd/client/box_names.h"
#include "boxd/client/number.h"
#include "boxd/client/unary.h"
#include "errors.h"
#include "mem.h"
#include "names.h"

#include <boxd/aio/file.h>

#include <stdio.h>
#include <string.h>

/* ---- results ---- */

RESULT_TYPE(RESULT_DIR, boxd_dir_cb, record_free);
RESULT_TYPE(RESULT_DIR_ENTRY, boxd_dir_entry_cb, record_free);

NUMBER_RESULT_TYPE(RESULT_EXISTS, boxd_exists_cb, bool);

static void fill_entry(record *r, void *to, const void *from)
{
    boxd_dir_entry *entry = to;
    const BoxdPb__DirEntry *sent = from;
    entry->name = record_raw(r, sent->name);
    entry->is_dir = sent->is_dir;
    entry->size_bytes = sent->size_bytes;
    entry->permissions = record_text(r, sent->permissions);
    entry->modified_at_ms = record_ms(sent->modified_at);
    entry->added_at_ms = record_ms(sent->added_at);
}

static void fill_dir(record *r, void *to, const void *from)
{
    boxd_dir *dir = to;
    const BoxdPb__ListDirResponse *reply = from;
    dir->truncated = reply->truncated;
    dir->items = record_items(r, reply->n_entries, sizeof(boxd_dir_entry), reply->entries, fill_entry);
    dir->count = dir->items ? reply->n_entries : 0;
}

void boxd_dir_free(boxd_dir *dir)
{
    record_free(dir);
}

void boxd_dir_entry_free(boxd_dir_entry *entry)
{
    record_free(entry);
}

/* ---- one path in the list of its parent ---- */

/* Removes empty and "." components and the slash at the end, in place. ".." stays, since only the box knows
 * where it leads. */
static void clean_path(char *path)
{
    char *to = path;
    for (const char *from = path; *from;) {
        const size_t length = strcspn(from + 1, "/"); /* `from` is at a slash */
        if (length > 0 && !(length == 1 && from[1] == '.')) {
            memmove(to, from, length + 1);
            to += length + 1;
        }
        from += length + 1;
    }
    if (to == path)
        *to++ = '/';
    *to = '\0';
}

/* The last component; "" of the root. */
static const char *base_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* Whether no list contains the path by name: the root, and paths that end in "..". These are directories, and
 * are listed themselves. */
static bool is_listed_itself(const char *path)
{
    return !*base_name(path) || strcmp(base_name(path), "..") == 0;
}

/* The error that the service would report. */
static void set_missing(const unary *u, boxd_error *error)
{
    error_set_sent(error, BOXD_ERR_NOT_FOUND, BOXD_SENT_YES, "there is no %s", u->request.subject);
}

typedef enum presence { PRESENT, MISSING, UNKNOWN } presence;

/* Whether the path is in the list. `found` is its entry, or NULL if the path itself was listed. */
static presence look_up(const unary *u, const ProtobufCMessage *reply, const BoxdPb__DirEntry **found,
                        boxd_error *error)
{
    const BoxdPb__ListDirResponse *list = (const void *)reply;
    *found = NULL;
    if (is_listed_itself(u->key))
        return PRESENT;
    for (size_t i = 0; i < list->n_entries; i++) {
        *found = list->entries[i];
        if (strcmp((*found)->name, base_name(u->key)) == 0)
            return PRESENT;
    }
    if (!list->truncated)
        return MISSING;
    error_set_sent(error, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES,
                   "the server listed only the first %zu entries of the directory of %s, which is not among "
                   "them; run `stat` with boxd_box_exec()",
                   list->n_entries, u->request.subject);
    return UNKNOWN;
}

static void *map_stat(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__DirEntry *found;
    const presence p = look_up(u, reply, &found, error);
    BoxdPb__DirEntry itself = BOXD_PB__DIR_ENTRY__INIT;
    itself.name = *base_name(u->key) ? base_name(u->key) : "/";
    itself.is_dir = true;
    if (p == MISSING)
        set_missing(u, error);
    return p == PRESENT
               ? record_one(sizeof(boxd_dir_entry), found ? found : &itself, fill_entry, u->limit, error)
               : NULL;
}

static void *map_exists(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__DirEntry *found;
    const presence p = look_up(u, reply, &found, error);
    return p == UNKNOWN ? NULL : number_keep(p == PRESENT, error);
}

/* NOT_FOUND means that the box or the parent directory does not exist; FAILED_PRECONDITION, that the box does
 * not run or that the parent is not a directory. If the box's root can be listed, the parent was the reason,
 * and the path does not exist either. */

static bool ask_for_root(const unary *u, grpc_slice *out)
{
    const wire_field path = {2, "/"};
    (void)u;
    return wire_extend(grpc_empty_slice(), &path, 1, out);
}

static void *map_stat_of_root(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)reply;
    set_missing(u, error);
    return NULL;
}

static void *map_exists_of_root(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    (void)u;
    (void)reply;
    return number_keep(false, error);
}

/* ---- the operations: which box, a path, perhaps another ---- */

#define TREE_OPERATION(rpc, is_read, messages)                                                               \
    OPERATION_METHOD(rpc, is_read), .method.instead = "boxd_box_exec()", OPERATION_MESSAGES(messages),       \
                                    .box_id = 1

static const unary_operation LIST_DIR = {TREE_OPERATION("ListDir", true, list_dir),
                                         .record_size = sizeof(boxd_dir), .fill = fill_dir};
static const unary_operation MKDIR = {TREE_OPERATION("Mkdir", false, mkdir)};
static const unary_operation RENAME = {TREE_OPERATION("RenamePath", false, rename_path)};
static const unary_operation DELETE = {TREE_OPERATION("DeletePath", false, delete_path)};
static const unary_operation COPY = {TREE_OPERATION("CopyPath", false, copy_path)};

static const unary_operation STAT_ROOT = {TREE_OPERATION("ListDir", true, list_dir), .map = map_stat_of_root};
static const unary_operation STAT = {
    TREE_OPERATION("ListDir", true, list_dir), .map = map_stat, .fallback = &STAT_ROOT,
    .fallback_on = {BOXD_ERR_NOT_FOUND, BOXD_ERR_FAILED_PRECONDITION}, .make_fallback_request = ask_for_root};
static const unary_operation EXISTS_ROOT = {TREE_OPERATION("ListDir", true, list_dir),
                                            .map = map_exists_of_root};
static const unary_operation EXISTS = {
    TREE_OPERATION("ListDir", true, list_dir), .map = map_exists, .fallback = &EXISTS_ROOT,
    .fallback_on = {BOXD_ERR_NOT_FOUND, BOXD_ERR_FAILED_PRECONDITION}, .make_fallback_request = ask_for_root};

/* In each of these requests field 1 is the box, and fields 2 and 3 are paths. */
static void submit(const unary_operation *kind, const request_setup *setup, const char *key,
                   const char *first, const char *second)
{
    unary *u = unary_new(kind, setup, key, NULL);
    if (!u)
        return;
    const wire_field fields[] = {{2, first}, {3, second}};
    boxd_error *error = request_error(&u->request);
    if (error->status == BOXD_OK && !wire_extend(grpc_empty_slice(), fields, 2, &u->body))
        error_no_memory(error, "starting a call");
    request_submit(&u->request);
}

/* The absolute path, allocated; NULL: `error` says why. */
static char *resolve(const char *path, const char *what, boxd_error *error)
{
    if (error->status != BOXD_OK || name_check_box_path(path, what, error) != BOXD_OK)
        return NULL;
    char *absolute = name_absolute_path(path);
    if (!absolute)
        error_no_memory(error, "starting a call");
    return absolute;
}

/* `"/home/boxd/x" in box "web-7"`, for messages. */
static const char *describe(const char *path, boxd_box *box, char *buffer, size_t size)
{
    char shown[160];
    (void)snprintf(buffer, size, "\"%s\" in %s", text_printable(path, shown, sizeof shown), box_subject(box));
    return buffer;
}

enum { DESCRIBED = 320 };

/* Submits an operation on `path`, or with `two_paths` from `path` to `to`. */
static void act(const unary_operation *kind, boxd_box *box, const char *path, bool two_paths, const char *to,
                const boxd_call_options *call, sink s)
{
    boxd_error error = BOXD_ERROR_INIT;
    char subject[DESCRIBED];
    char *first = resolve(path, "the path in the box", &error);
    char *second = two_paths ? resolve(to, "the new path in the box", &error) : NULL;
    submit(kind,
           &(request_setup){.box = box,
                            .subject = first && box ? describe(first, box, subject, sizeof subject) : NULL,
                            .call = call,
                            .fault = &error,
                            .sink = s},
           NULL, first, second);
    mem_free(first);
    mem_free(second);
}

/* Submits an operation that looks for `path` in the list of its parent. */
static void look_for(const unary_operation *kind, boxd_box *box, const char *path,
                     const boxd_call_options *call, sink s)
{
    boxd_error error = BOXD_ERROR_INIT;
    char subject[DESCRIBED];
    char *whole = resolve(path, "the path in the box", &error), *listed = NULL;
    if (whole) {
        clean_path(whole);
        const size_t parent = (size_t)(base_name(whole) - whole - 1);
        listed = is_listed_itself(whole) || parent == 0 ? mem_strdup(is_listed_itself(whole) ? whole : "/")
                                                        : mem_strndup(whole, parent);
        if (!listed)
            error_no_memory(&error, "starting a call");
    }
    submit(kind,
           &(request_setup){.box = box,
                            .subject = whole && box ? describe(whole, box, subject, sizeof subject) : NULL,
                            .call = call,
                            .fault = &error,
                            .sink = s},
           whole, listed, NULL);
    mem_free(whole);
    mem_free(listed);
}

void boxd_aio_box_list_dir(boxd_box *box, const char *path, const boxd_call_options *call,
                           boxd_dir_cb callback, void *user_data)
{
    act(&LIST_DIR, box, path, false, NULL, call, SINK(RESULT_DIR, callback, user_data));
}

void boxd_aio_box_mkdir(boxd_box *box, const char *path, const boxd_call_options *call, boxd_done_cb callback,
                        void *user_data)
{
    act(&MKDIR, box, path, false, NULL, call, SINK(RESULT_DONE, callback, user_data));
}

void boxd_aio_box_rename_path(boxd_box *box, const char *from, const char *to, const boxd_call_options *call,
                              boxd_done_cb callback, void *user_data)
{
    act(&RENAME, box, from, true, to, call, SINK(RESULT_DONE, callback, user_data));
}

void boxd_aio_box_delete_path(boxd_box *box, const char *path, const boxd_call_options *call,
                              boxd_done_cb callback, void *user_data)
{
    act(&DELETE, box, path, false, NULL, call, SINK(RESULT_DONE, callback, user_data));
}

void boxd_aio_box_copy_path(boxd_box *box, const char *from, const char *to, const boxd_call_options *call,
                            boxd_done_cb callback, void *user_data)
{
    act(&COPY, box, from, true, to, call, SINK(RESULT_DONE, callback, user_data));
}

void boxd_aio_box_stat(boxd_box *box, const char *path, const boxd_call_options *call,
                       boxd_dir_entry_cb callback, void *user_data)
{
    look_for(&STAT, box, path, call, SINK(RESULT_DIR_ENTRY, callback, user_data));
}

void boxd_aio_box_exists(boxd_box *box, const char *path, const boxd_call_options *call,
                         boxd_exists_cb callback, void *user_data)
{
    look_for(&EXISTS, box, path, call, SINK(RESULT_EXISTS, callback, user_data));
}
