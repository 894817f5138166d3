/*
 * file_tree.c: the tree of files in a box: directories listed and made, paths renamed, copied and deleted.
 *
 * There is no RPC that asks for one path: stat and exists look for its name in the list of its parent.
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
    entry->name = record_value(r, sent->name);
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

/* ---- one path among those of its parent ---- */

/* The path as it is asked for, in place: without empty and "." components and without a slash at its end.
 * ".." stays: where it leads only the box knows. */
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

/* Whether no list has its name, so that it is listed itself: then it is a directory. */
static bool is_listed_itself(const char *path)
{
    return !*base_name(path) || strcmp(base_name(path), "..") == 0;
}

/* Says that there is none. It is what the service would say. */
static void set_missing(const unary *u, boxd_error *error)
{
    error_set_sent(error, BOXD_ERR_NOT_FOUND, BOXD_SENT_YES, "there is no %s", u->request.subject);
}

typedef enum presence { THERE, MISSING, UNTOLD } presence;

/* Whether the path is in the list; `found` is its entry, NULL for one that was listed itself. */
static presence look_up(const unary *u, const ProtobufCMessage *reply, const BoxdPb__DirEntry **found,
                        boxd_error *error)
{
    const BoxdPb__ListDirResponse *list = (const void *)reply;
    *found = NULL;
    if (is_listed_itself(u->key))
        return THERE;
    for (size_t i = 0; i < list->n_entries; i++) {
        *found = list->entries[i];
        if (strcmp((*found)->name, base_name(u->key)) == 0)
            return THERE;
    }
    if (!list->truncated)
        return MISSING;
    error_set_sent(error, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES,
                   "the server listed only %zu entries of the directory of %s, and it is not among them; ask "
                   "with boxd_box_exec() and `stat`",
                   list->n_entries, u->request.subject);
    return UNTOLD;
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
    return p == THERE ? record_one(sizeof(boxd_dir_entry), found ? found : &itself, fill_entry, error) : NULL;
}

static void *map_exists(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__DirEntry *found;
    const presence p = look_up(u, reply, &found, error);
    return p == UNTOLD ? NULL : number_keep(p == THERE, error);
}

/* NOT_FOUND is said of a parent that is not there, and of a box; FAILED_PRECONDITION of a parent that is no
 * directory, and of a box that does not run. Where the box's root can be listed it was the parent, and the
 * path is not there either. */

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

static const operation LIST_DIR = {TREE_OPERATION("ListDir", true, list_dir), .record_size = sizeof(boxd_dir),
                                   .fill = fill_dir};
static const operation MKDIR = {TREE_OPERATION("Mkdir", false, mkdir)};
static const operation RENAME = {TREE_OPERATION("RenamePath", false, rename_path)};
static const operation DELETE = {TREE_OPERATION("DeletePath", false, delete_path)};
static const operation COPY = {TREE_OPERATION("CopyPath", false, copy_path)};

static const operation STAT_ROOT = {TREE_OPERATION("ListDir", true, list_dir), .map = map_stat_of_root};
static const operation STAT = {TREE_OPERATION("ListDir", true, list_dir),
                               .map = map_stat,
                               .otherwise = &STAT_ROOT,
                               .otherwise_on = BOXD_ERR_NOT_FOUND,
                               .otherwise_too = BOXD_ERR_FAILED_PRECONDITION,
                               .rebuild = ask_for_root};
static const operation EXISTS_ROOT = {TREE_OPERATION("ListDir", true, list_dir), .map = map_exists_of_root};
static const operation EXISTS = {TREE_OPERATION("ListDir", true, list_dir),
                                 .map = map_exists,
                                 .otherwise = &EXISTS_ROOT,
                                 .otherwise_on = BOXD_ERR_NOT_FOUND,
                                 .otherwise_too = BOXD_ERR_FAILED_PRECONDITION,
                                 .rebuild = ask_for_root};

/* Each of these requests has the box as its field 1, and paths as its fields 2 and 3. */
static void submit(const operation *kind, const request_setup *setup, const char *key, const char *first,
                   const char *second)
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

/* The path from the root, allocated; NULL: `error` says why. */
static char *resolve(const char *path, const char *what, boxd_error *error)
{
    if (error->status != BOXD_OK || name_check_path(path, what, error) != BOXD_OK)
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
    (void)snprintf(buffer, size, "\"%s\" in %s", name_printable(path, shown, sizeof shown), box_subject(box));
    return buffer;
}

enum { DESCRIBED = 320 };

/* For those that act on `path`, and `to` unless that is NULL. */
static void act(const operation *kind, boxd_box *box, const char *path, bool two_paths, const char *to,
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

/* For those that look for `path` in the list of its parent. */
static void look_for(const operation *kind, boxd_box *box, const char *path, const boxd_call_options *call,
                     sink s)
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
